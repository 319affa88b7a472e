"""How many seconds of an office's outages lie between two times: for many pairs at once.

Outages are intervals that neither overlap nor touch. Their edges alternate between beginning and end, so a
time's place among the edges says both whether it lies inside one and how much of them has gone by. The place
comes from a table by cells of time; only times whose cell has an edge in it are looked up one by one.
"""

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int32] | NDArray[np.int64]
CELL_BITS = 10
"""A cell is 2¹⁰ seconds: few enough for a table, short enough that most have no edge in them."""


class Intervals:
    """`starts` and `ends` of one office's outages, ascending, none negative."""

    def __init__(self, starts: Times, ends: Times) -> None:
        edges = np.empty(2 * len(starts), starts.dtype)
        edges[::2], edges[1::2] = starts, ends
        lengths = np.cumsum(ends - starts, dtype=np.int64)
        # Sum so far = base + slope · t: outside an outage what is over, inside also what of it has gone by.
        self._base = np.zeros(len(edges) + 1, np.int64)
        self._base[2::2] = lengths
        self._base[1::2] = lengths - ends
        cells = edges >> CELL_BITS
        last = int(cells[-1]) if len(cells) else 0
        counted = np.bincount(cells, minlength=last + 1)
        self._edges = edges
        self._last = last + 1
        # Edges before each cell, and beyond the last cell all of them; −1 − n where one lies in the cell.
        self._place = np.zeros(last + 2, np.int32)
        self._place[1:] = np.cumsum(counted)
        np.invert(self._place[:-1], out=self._place[:-1], where=counted > 0)

    def sums(self, a: Times, b: Times) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Of each pair: whether `a` lies inside an outage, and the seconds of outage in [a, b)."""
        before, inside = self._until(a)
        return inside, self._until(b)[0] - before

    def _until(self, at: Times) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        place = self._place[np.minimum(at >> CELL_BITS, self._last)]
        unsure = np.flatnonzero(place < 0)
        place[unsure] = np.searchsorted(self._edges, at[unsure], side="right")
        inside = (place & 1).astype(np.bool_)
        found = self._base[place]
        found[inside] += at[inside]
        return found, inside
