"""Everything that /metrics says. Labels are bounded: province, isp, role, fault, scope, book, band, verdict,
state and the newest months; never an office, a PC or a person.

What must survive a restart is read from the store at each scrape; what only this process knows (how often
the same report came twice, how long a recomputation took) comes from `counted` and starts anew with it.
"""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from laaswatch_agent import __version__
from laaswatch_agent.report.vocabulary import Result, State
from laaswatch_collector.counted import PROCESS
from laaswatch_collector.server.live import Live, is_fresh, parts_of_site, read_live
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.figures import Figures, figures

CACHE_SECONDS = 5.0
"""Several scrapers that come together cost one look into the store."""
ISPS = frozenset(("NT", "AIS", "3BB", "TRUE", "GIN", "MOBILE", "SATELLITE", "LOCAL"))
"""Known providers; the registry's free text must not make series, so others are `OTHER`."""
ALIASES = {"TOT": "NT", "CAT": "NT", "DTAC": "TRUE"}


def isp_label(isp: str) -> str:
    """The provider's label, one of ISPS, OTHER, or UNKNOWN where the registry says nothing."""
    name = isp.strip().upper()
    if not name:
        return "UNKNOWN"
    name = ALIASES.get(name, name)
    return name if name in ISPS else "OTHER"


class Exposition:
    """The text of /metrics, at most `CACHE_SECONDS` old. `text` blocks: call it from a worker thread."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_FromStore(database, now))
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._lock = Lock()

    def text(self, accept: str) -> tuple[bytes, str]:
        """(body, content type) for an Accept header."""
        encode, content_type = choose_encoder(accept)
        with self._lock:
            kept = self._kept.get(content_type)
            if kept is None or time.monotonic() - kept[0] >= CACHE_SECONDS:
                body = encode(_both(self._registry))
                kept = self._kept[content_type] = (time.monotonic(), body)
        return kept[1], content_type


class _Joined(CollectorRegistry):
    """Registries read as one."""

    def __init__(self, *registries: CollectorRegistry) -> None:
        super().__init__()
        self._registries = registries

    def collect(self) -> Iterable[Metric]:
        for registry in self._registries:
            for family in registry.collect():
                # "Since when" as a series of its own says nothing that Prometheus would not see.
                family.samples = [x for x in family.samples if not x.name.endswith("_created")]
                yield family


def _both(registry: CollectorRegistry) -> CollectorRegistry:
    return _Joined(registry, PROCESS)


class _FromStore(Collector):
    """Reads the store and the live view at each collection."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All families; a figure that is not known is left out, never zero."""
        now = self._now()
        found = self._database.read(lambda c: figures(c, now))
        live = read_live(self._database, now)
        yield from _collector(found, now)
        yield from _offices(found, live)
        yield from _site(live, now)
        yield from _conclusions(found)


def _gauge(
    name: str, text: str, labels: list[str], values: Mapping[Any, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"laaswatch_{name}", text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(list(key), value)
    return family


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"laaswatch_{name}", text, value=value)


def _collector(found: Figures, now: datetime) -> Iterable[Metric]:
    yield _gauge(
        "build_info", "The collector's version; always 1.", ["version"], {(__version__,): 1}
    )
    yield _counter("reports_stored", "Reports ever stored by this collector's database.", found.reports_stored)  # fmt: skip
    yield _counter(
        "agent_rounds_dropped",
        "Rounds that agents had to throw away and said so.",
        found.rounds_dropped,
    )
    yield _gauge("agents", "Enrolled agents.", ["role", "state"], found.agents)
    yield _gauge(
        "recompute_waiting",
        "Local days whose conclusions wait to be computed again.",
        [],
        {(): found.stale_days},
    )
    if found.newest_report_at is not None:
        age = max(0.0, (now - found.newest_report_at).total_seconds())
        yield _gauge(
            "last_report_age_seconds", "Since the newest contact of any agent.", [], {(): age}
        )


def _offices(found: Figures, live: Live) -> Iterable[Metric]:
    states: Tally[tuple[str, ...]] = Tally()
    faults: Tally[tuple[str, ...]] = Tally()
    for code, office in live.view.offices.items():
        province, isp = found.offices.get(code, ("", ""))
        place = (province, isp_label(isp))
        states[(*place, str(office.state))] += 1
        if office.state in (State.DOWN, State.DEGRADED):
            faults[(*place, str(office.fault), str(office.scope) or "none")] += 1
    for province, isp in {key[:2] for key in states}:
        for state in State:
            states[province, isp, str(state)] += 0
    yield _gauge(
        "offices",
        "Watched offices by their state now; unknown means that no PC of theirs is heard.",
        ["province", "isp", "state"],
        states,
    )
    yield _gauge(
        "offices_with_fault",
        "Offices that are down or degraded now, by fault and by whose fault it seems to be.",
        ["province", "isp", "fault", "scope"],
        faults,
    )


def _site(live: Live, now: datetime) -> Iterable[Metric]:
    parts = parts_of_site(live, now)
    yield _gauge(
        "site_up",
        "Whether a part of the accounting site works, as our control probe sees it; absent if it is not heard.",
        ["role"],
        {(x.role,): float(x.result.result is Result.OK) for x in parts},
    )
    yield _gauge(
        "site_answer_seconds",
        "How long that part took to answer our control probe.",
        ["role"],
        {
            (x.role,): x.result.ms / 1000
            for x in parts
            if x.result.result is Result.OK and x.result.ms is not None
        },
    )
    yield _gauge(
        "controls_heard",
        "Control probes of ours that are heard now.",
        [],
        {(): sum(is_fresh(x, now) for x in live.controls)},
    )


def _conclusions(found: Figures) -> Iterable[Metric]:
    yield _gauge("outages_going_on", "Outages that go on.", ["scope", "fault"], found.going_on)
    yield _gauge(
        "outages", "Outages that began in the month.", ["month", "scope", "fault"], found.outages
    )  # fmt: skip
    yield _gauge(
        "outage_seconds",
        "Time of the outages that began in the month.",
        ["month", "scope"],
        {k: 60 * v for k, v in found.outage_minutes.items()},
    )
    yield _gauge(
        "entries",
        "Ledger entries of the month by how they stand against their deadlines.",
        ["month", "province", "book", "band"],
        found.entries,
    )
    yield _gauge(
        "late_entries",
        "Late ledger entries of the month by what explains them.",
        ["month", "province", "book", "verdict"],
        found.late,
    )
    yield _gauge(
        "offices_not_current",
        "Offices with at least one late entry in the month.",
        ["month", "province"],
        found.not_current,
    )
