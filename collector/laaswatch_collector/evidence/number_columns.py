"""Whole numbers in rows, written small: what the row before or another column tells is not said again.

A clock runs on by nearly the same step, and the second round's time lies nearly the same step after the
first's: what is left of such columns is the little by which they differ. Of the rest the low bytes are noise
and the higher ones nearly nothing, so the two are kept apart for whoever compresses them.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 2**53
"""Values must lie within ±MOST, so that no difference of differences leaves 64 bits."""
LARGE = 1_000_000
"""Columns of numbers like this or larger (times, counters) may tell of every later one."""
CLOCKS, NEAR = 8, 12
"""So many of the first such columns, and of the columns just before, are tried for each."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """What a value is told by: the column `other` to its left (-1: none), and the row before if it `runs_on`.

    The rest, less `middle`, in steps of `unit`, is written in `width` bytes. `first` is where a column begins
    that runs on.
    """

    other: int
    runs_on: bool
    first: int
    middle: int
    unit: int
    width: int


@dataclass(frozen=True, slots=True)
class Written:
    """Rows as bytes: how each column is written (see `Column`), all low bytes, all higher ones."""

    columns: list[tuple[int, ...]]
    low: bytes
    high: bytes


class Bytes:
    """Bytes handed out piece by piece, in their order."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def take(self, count: int) -> NDArray[np.uint8]:
        """The next so many; ValueError if they are not there."""
        piece, self._data = self._data[:count], self._data[count:]
        if len(piece) != count:
            raise ValueError("the columns end too early")
        return np.frombuffer(piece, np.uint8)


def write(rows: Rows) -> Written:
    """Every value must lie within ±MOST."""
    columns: list[tuple[int, ...]] = []
    low: list[bytes] = []
    high: list[bytes] = []
    clocks: list[int] = []
    for i in range(rows.shape[1]):
        column, rest = _cheapest(rows, i, sorted({*clocks[:CLOCKS], *range(max(0, i - NEAR), i)}))
        columns.append(tuple(map(int, astuple(column))))
        planes = rest.astype("<u8").view(np.uint8).reshape(len(rest), 8)
        low += [planes[:, k].tobytes() for k in range(min(1, column.width))]
        high += [planes[:, k].tobytes() for k in range(1, column.width)]
        if len(rows) and abs(int(rows[0, i])) >= LARGE:
            clocks.append(i)
    return Written(columns, b"".join(low), b"".join(high))


def read(count: int, columns: Sequence[Sequence[int]], low: Bytes, high: Bytes) -> Rows:
    """`count` rows as they were written; their bytes are taken from the front of `low` and `high`."""
    rows = np.zeros((count, len(columns)), np.int64)
    for i, (other, runs_on, first, middle, unit, width) in enumerate(columns):
        planes = np.zeros((count - runs_on, 8), np.uint8)
        for k in range(width):
            planes[:, k] = (high if k else low).take(len(planes))
        values = _unfold(planes.view("<u8").reshape(-1)) * unit + middle
        if runs_on:
            values = np.cumsum(np.concatenate((np.array([first], np.int64), values)))
        rows[:, i] = values + rows[:, other] if other >= 0 else values
    return rows


def _cheapest(rows: Rows, i: int, clocks: Sequence[int]) -> tuple[Column, NDArray[np.uint64]]:
    values = rows[:, i]
    best = (_cost(values), -1, False, values)
    for other in (-1, *clocks):
        told = values - rows[:, other] if other >= 0 else values
        for runs_on, rest in ((False, told), (True, np.diff(told))):
            best = min(best, (_cost(rest) + _SAID, other, runs_on, rest), key=lambda x: x[0])
    _, other, runs_on, rest = best
    first = int(values[0] - (rows[0, other] if other >= 0 else 0)) if runs_on else 0
    middle = int(np.median(rest)) if len(rest) else 0
    rest = rest - middle
    unit = int(np.gcd.reduce(rest)) or 1 if len(rest) else 1
    folded = _fold(rest // unit)
    width = (int(folded.max(initial=0)).bit_length() + 7) // 8
    return Column(other, runs_on, first, middle, unit, width), folded


_SAID = 16.0
"""Bits by which another way of telling must be better than the plain one."""


def _cost(rest: Rows) -> float:
    """About how many bits these numbers take."""
    if not len(rest):
        return 0.0
    return float(np.log2(1 + np.abs(rest - int(np.median(rest)))).sum())


def _fold(values: Rows) -> NDArray[np.uint64]:
    """0, -1, 1, -2, … as 0, 1, 2, 3, …: small numbers of either sign have no high bytes."""
    return np.where(values < 0, -2 * values - 1, 2 * values).astype(np.uint64)


def _unfold(folded: NDArray[np.uint64]) -> Rows:
    values = folded.astype(np.int64)
    return np.where(values & 1, -((values + 1) >> 1), values >> 1)
