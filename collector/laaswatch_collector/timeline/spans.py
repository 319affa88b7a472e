"""Outages from a row of rounds or minutes (methods.md §5): start, stop, merge, bridge, drop.

The row holds UNKNOWN, GOOD or BAD. Unknown never becomes an outage by itself: it is bridged, and counted
as inferred, only where both sides are bad and the gap is short enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

UNKNOWN, GOOD, BAD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Damping:
    """How many in a row start and stop an outage; the rest in steps of the row (minutes)."""

    start: int
    stop: int = 3
    merge: int = 5
    least: int = 2
    bridge: int = 30

    def of(self, steps: int) -> "Damping":
        """The same in rounds that stand for several minutes each: two bad ones are 2 × `steps` minutes."""
        return replace(self, start=self.start * steps, stop=self.stop * steps)


PC = Damping(start=3)
NOISY_PC = Damping(start=5)
OFFICE = Damping(start=2)
ONE_NOISY_PC = Damping(start=3)
"""An office that one PC on a noisy line speaks for: two bad rounds would mostly be noise."""

Span = tuple[int, int]


def spans(row: NDArray[np.uint8], damping: Damping) -> list[Span]:
    """The outages of a row as [first bad, one past the last bad), merged and without the too short ones."""
    found: list[Span] = []
    for first, end in _raw(row, damping):
        if found and first - found[-1][1] <= damping.merge and _joinable(row, found[-1][1], first):
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return [(a, b) for a, b in found if b - a >= damping.least]


def painted(
    row: NDArray[np.uint8], damping: Damping
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The same outages as flags: (down, inferred), inferred being the unknown steps inside them."""
    down = np.zeros(len(row), np.bool_)
    for a, b in spans(row, damping):
        down[a:b] = True
    return down, down & (row == UNKNOWN)


def _joinable(row: NDArray[np.uint8], a: int, b: int) -> bool:
    """A gap with observed good steps may be damped away; one of pure unknown is the bridge's business."""
    return bool((row[a:b] == GOOD).any()) or a == b


def _raw(row: NDArray[np.uint8], damping: Damping) -> Iterator[Span]:
    """Outages before merging: [first of `start` bad in a row, one past the last bad before `stop` good)."""
    first = last = -1  # -1: no outage under way
    bad_from, bad, good = (
        0,
        0,
        0,
    )  # the run of bad steps that may start one; good ones that may stop it
    for code, a, b in _runs(row):
        if code == UNKNOWN:
            if b - a <= damping.bridge:
                continue  # too short to say anything: what stands on both sides decides
            ends, bad = first >= 0, 0
        elif code == BAD:
            bad_from, bad, good = (a if bad == 0 else bad_from), bad + b - a, 0
            if first < 0 and bad >= damping.start:
                first = bad_from
            last, ends = b, False
        else:
            bad, good = 0, good + b - a
            ends = first >= 0 and good >= damping.stop
        if ends:
            yield first, last
            first = -1
    if first >= 0:
        yield first, last


def _runs(row: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    if not len(row):
        return
    edges = np.flatnonzero(np.diff(row)) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(row)]))
    yield from zip(row[starts].tolist(), starts.tolist(), ends.tolist(), strict=True)
