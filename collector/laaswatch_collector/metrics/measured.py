"""What agents measured, counted since this process began to be scraped: histograms and counters that only grow.

Rounds are counted when they arrive, late ones too; when they were made, remote write tells
(`laaswatch_collector.remote_write`).
"""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import LAYERS
from laaswatch_collector.metrics.labels import isp_label
from laaswatch_collector.metrics.text import Family, bucketed, counter, gauge
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.new_reports import NewReport, new_reports, newest_id
from laaswatch_collector.timeline.packed import FAILED, WORKED, unpack

CONNECT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PAGE = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds."""
LOSS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Shares of a report's rounds."""
CLOCK_OFF_MS = 300_000
"""A PC's clock that is further off is trouble: certificates fail, and the books get wrong times."""
AT_ONCE = 20_000
MOST_LOOKS = 100
"""Looks of AT_ONCE reports that one scrape may take; what lies beyond is passed over."""
PLACE = ("province", "isp")

Place = tuple[str, ...]


class Measured:
    """Counts of one process. `look` blocks, and may be called by several threads."""

    def __init__(self) -> None:
        self._through: int | None = None
        self._lock = Lock()
        self._spreads = (
            _Spread("connect_seconds", "Time of the connection to the deciding part of the site (a round trip).", CONNECT),
            _Spread("page_seconds", "Time of the whole page of the site.", PAGE),
            _Spread("report_loss_ratio", "Share of a report's rounds that found no way out to any reference.", LOSS),
        )  # fmt: skip
        self._layers: Tally[tuple[str, ...]] = Tally()
        self._clocks_off: dict[str, str] = {}
        self._heard: set[str] = set()

    def look(
        self, database: Database, now: datetime, offices: Mapping[str, tuple[str, str]]
    ) -> None:
        """Count what came since the last look; the first one only remembers where to begin."""
        with self._lock:
            if self._through is None:
                self._through = database.read(newest_id)
                return
            for _ in range(MOST_LOOKS):
                after = self._through
                found = database.read(lambda c, after=after: new_reports(c, after, AT_ONCE, now))  # type: ignore[misc]
                if not found:
                    return
                self._through = found[-1].id
                self._count([x for x in found if x.role != "control"], offices)
            self._through = database.read(newest_id)

    def _count(self, found: Sequence[NewReport], offices: Mapping[str, tuple[str, str]]) -> None:
        if not found:
            return
        places: dict[Place, int] = {}
        number = np.empty(len(found), np.int64)
        for i, x in enumerate(found):
            province, isp = offices.get(x.office, ("", ""))
            number[i] = places.setdefault((province, isp_label(isp)), len(places))
            self._heard.add(province)
            if abs(x.sent_ms - x.received_ms) > CLOCK_OFF_MS:
                self._clocks_off[x.agent] = province
            else:
                self._clocks_off.pop(x.agent, None)
        rounds = unpack(b"".join(x.packed for x in found))
        report = np.repeat(np.arange(len(found)), [x.rounds for x in found])
        of = number[report]
        keys = list(places)
        connect, page, loss = self._spreads
        connect.add(keys, of, rounds["rtt"] / 1000.0)
        page.add(keys, of, rounds["http_ms"] / 1000.0)
        for layer in map(str, LAYERS):
            for result, name in ((WORKED, "worked"), (FAILED, "failed")):
                hit = np.bincount(of[rounds[layer] == result], minlength=len(keys))
                for key, count in zip(keys, hit.tolist(), strict=True):
                    self._layers[(*key, layer, name)] += count
        tried = np.bincount(report[rounds["reference"] <= WORKED], minlength=len(found))
        failed = np.bincount(report[rounds["reference"] == FAILED], minlength=len(found))
        asked = tried > 0
        loss.add(keys, number[asked], failed[asked] / tried[asked])

    def families(self) -> Iterator[Family]:
        """What was counted so far."""
        with self._lock:
            for spread in self._spreads:
                yield spread.family()
            yield counter(
                "layer_rounds",
                "Rounds by what a layer came to, where it was tried.",
                (*PLACE, "layer", "result"),
                self._layers,
            )
            off = Tally(self._clocks_off.values())
            yield gauge(
                "agents_clock_off",
                "PCs whose clock was more than five minutes off when they last reported.",
                ("province",),
                {(province,): off[province] for province in self._heard},
            )


class _Spread:
    """Histograms of one measure, by place."""

    def __init__(self, name: str, text: str, bounds: tuple[float, ...]) -> None:
        self._name, self._text = name, text
        self._bounds = np.array(bounds)
        self._told = [*map(str, bounds), "+Inf"]
        self._counts: dict[Place, NDArray[np.int64]] = {}
        self._sums: dict[Place, float] = {}

    def add(
        self, keys: Sequence[Place], of: NDArray[np.int64], values: NDArray[np.floating]
    ) -> None:
        """Count values (NaN = there is none), each of the place with its number in `keys`."""
        told = ~np.isnan(values)
        of, values = of[told], values[told].astype(np.float64)
        width = len(self._told)
        bucket = np.searchsorted(self._bounds, values - 1e-9)
        counts = np.bincount(of * width + bucket, minlength=len(keys) * width)
        sums = np.bincount(of, values, minlength=len(keys))
        for i, key in enumerate(keys):
            own = counts[i * width : (i + 1) * width]
            self._counts[key] = self._counts.get(key, 0) + own
            self._sums[key] = self._sums.get(key, 0.0) + float(sums[i])

    def family(self) -> Family:
        samples = [
            sample
            for key, counts in sorted(self._counts.items())
            for sample in bucketed(PLACE, key, self._told, counts.tolist(), self._sums[key])
        ]
        return Family(f"laaswatch_{self._name}", "histogram", self._text, samples)
