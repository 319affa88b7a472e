"""The shift fraction: would the time that outages took have brought the posting before its deadline?

s = min(1, Σ over [t, p*) of w·x ÷ Σ over [D, p) of w), p* = min(p, overtaken); 0 if p* ≤ D (methods.md §8).
"""

import numpy as np
from numpy.typing import NDArray

OVERTAKEN_AFTER = 90
"""Working minutes: an entry this much younger that is posted first shows that the older one was not waiting."""


def overtaken(transacted: NDArray[np.int64], posted: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each entry, the first posting of any entry transacted ≥ 90 working minutes later (axis indices)."""
    order = np.argsort(transacted, kind="stable")
    by_time = transacted[order]
    first_after = np.minimum.accumulate(posted[order][::-1])[::-1]
    never = np.iinfo(np.int64).max
    at = np.searchsorted(by_time, transacted + OVERTAKEN_AFTER, side="left")
    return np.asarray(np.append(first_after, never)[at], np.int64)


def shift_fraction(
    transacted: int,
    due: int,
    posted: int,
    overtaken_at: int,
    lost: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> float:
    """The fraction s of one entry. `lost`, `weight`: cumulative sums of w·x and w, one longer than the axis."""
    if min(posted, overtaken_at) < due or overtaken_at <= due < posted:
        return 0.0
    stop = min(posted, overtaken_at)
    last = len(lost) - 1
    needed = float(weight[min(posted, last)] - weight[min(due, last)])
    taken = float(lost[min(stop, last)] - lost[min(transacted, last)])
    if needed <= 0:
        return 1.0 if taken > 0 else 0.0
    return min(1.0, taken / needed)


def cumulative(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over [0, k) for every k, so that a span is a difference of two."""
    return np.concatenate(([0.0], np.cumsum(values)))
