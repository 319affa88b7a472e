"""What an office's PCs measured in each five minutes of a day, in a few hundred bytes.

For each slot that has rounds at all: how many, of how many PCs, what each layer came to, and how the delays
were spread (`timeline.sketch`). Slots without rounds are absent, and stay so: nobody looked.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import zstandard
from numpy.typing import NDArray

from laaswatch_collector.evidence.number_columns import Bytes, read, write
from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts
from laaswatch_collector.timeline.packed import FAILED, WORKED
from laaswatch_collector.timeline.sketch import BUCKETS, Sketch, bucket_of, empty, quantile

SLOT = 300
"""Seconds."""
MEASURES = ("connect", "page")
"""What is sketched: the TCP connect to the deciding site, and its whole page."""
_HEAD = struct.Struct("<BIII")
_VERSION = 1
_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Rollup:
    """An office over some time.

    `slots`: a row for each slot that has rounds: its number (seconds since 1970 // SLOT), rounds, PCs, then
    failed and worked for each of COLUMNS. `delays`: for each of MEASURES rows of slot, bucket, count.
    """

    slots: NDArray[np.int64]
    delays: tuple[NDArray[np.int64], ...]

    @property
    def rounds(self) -> int:
        """How many rounds it sums up."""
        return int(self.slots[:, 1].sum())


def roll_up(agents: Iterable[AgentFacts]) -> dict[str, Rollup]:
    """The rounds of agents, by office. Agents without rounds leave no trace."""
    by_office: dict[str, list[AgentFacts]] = {}
    for agent in agents:
        if len(agent.t):
            by_office.setdefault(agent.office, []).append(agent)
    return {office: _office(of_office) for office, of_office in sorted(by_office.items())}


def _office(agents: Sequence[AgentFacts]) -> Rollup:
    slot = np.concatenate([agent.t for agent in agents]) // SLOT
    present, row = np.unique(slot, return_inverse=True)
    layers = np.concatenate([agent.layers for agent in agents])
    counts = [present, np.bincount(row)]
    seen = np.concatenate([np.unique(agent.t // SLOT) for agent in agents])
    counts.append(np.bincount(np.searchsorted(present, seen)))
    for code in range(layers.shape[1]):
        for result in (FAILED, WORKED):
            hit = row[layers[:, code] == result]
            counts.append(np.bincount(hit, minlength=len(present)))
    delays = (
        np.concatenate([agent.rtt for agent in agents]),
        np.concatenate([_page(agent) for agent in agents]),
    )
    return Rollup(
        np.stack(counts, axis=1).astype(np.int64), tuple(_spread(slot, x) for x in delays)
    )


def _page(agent: AgentFacts) -> NDArray[np.float32]:
    return np.full(len(agent.t), np.nan, np.float32) if agent.page is None else agent.page


def _spread(slot: NDArray[np.int64], ms: NDArray[np.float32]) -> NDArray[np.int64]:
    told = ~np.isnan(ms)
    key, count = np.unique(slot[told] * BUCKETS + bucket_of(ms[told]), return_counts=True)
    return np.stack((key // BUCKETS, key % BUCKETS, count), axis=1).astype(np.int64)


def to_bytes(rollup: Rollup) -> bytes:
    """For the store."""
    written = [write(table) for table in (rollup.slots, *rollup.delays)]
    told = [[len(rollup.slots), *map(len, rollup.delays)], [x.columns for x in written]]
    frames = (
        json.dumps(told, separators=(",", ":")).encode(),
        b"".join(x.low for x in written),
        b"".join(x.high for x in written),
    )
    compress = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress
    return _HEAD.pack(_VERSION, *map(len, frames)) + compress(b"".join(frames))


def from_bytes(data: bytes) -> Rollup:
    """What `to_bytes` wrote. Raises ValueError if it is damaged."""
    version, *lengths = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"written by another laaswatch (form {version})")
    try:
        text = zstandard.ZstdDecompressor().decompress(data[_HEAD.size :])
    except zstandard.ZstdError as error:
        raise ValueError(f"damaged: {error}") from error
    first, second = lengths[0], lengths[0] + lengths[1]
    counts, columns = json.loads(text[:first])
    low, high = Bytes(text[first:second]), Bytes(text[second:])
    slots, *delays = (read(n, x, low, high) for n, x in zip(counts, columns, strict=True))
    return Rollup(slots, tuple(delays))


@dataclass(slots=True)
class Totals:
    """Roll-ups of any offices and any times, added up; results go by the names of COLUMNS, delays by MEASURES."""

    rounds: int = 0
    failed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    worked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    delays: dict[str, Sketch] = field(default_factory=lambda: {name: empty() for name in MEASURES})

    def add(self, rollup: Rollup, start: int, end: int) -> None:
        """Count the slots that begin in [start, end), seconds since 1970."""
        slots = rollup.slots[_within(rollup.slots, start, end)]
        self.rounds += int(slots[:, 1].sum())
        for i, name in enumerate(COLUMNS):
            self.failed[name] += int(slots[:, 3 + 2 * i].sum())
            self.worked[name] += int(slots[:, 4 + 2 * i].sum())
        for name, rows in zip(MEASURES, rollup.delays, strict=True):
            inside = rows[_within(rows, start, end)]
            np.add.at(self.delays[name], inside[:, 1], inside[:, 2])

    def loss(self, layer: str) -> float | None:
        """The share of tries of a layer that failed; None if nobody tried."""
        tried = self.failed[layer] + self.worked[layer]
        return self.failed[layer] / tried if tried else None

    def delay(self, measure: str, q: float) -> float | None:
        """A quantile of a measure in ms, right within `sketch.ERROR`; None if there is none."""
        return quantile(self.delays[measure], q)


def _within(rows: NDArray[np.int64], start: int, end: int) -> NDArray[np.bool_]:
    begins = rows[:, 0] * SLOT
    return (begins >= start) & (begins < end)
