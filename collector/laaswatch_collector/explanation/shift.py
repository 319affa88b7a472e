"""The shift fraction: would the time that outages took have brought the posting before its deadline?

s = min(1, Σ over [t, p*) of w·x ÷ Σ over [D, p) of w), p* = min(p, overtaken); 0 if p* ≤ D (methods.md §8).
"""

import numpy as np
from numpy.typing import NDArray

OVERTAKEN_AFTER = 90
"""Working minutes: an entry this much younger that is posted first shows that the older one was not waiting."""

NEVER = int(np.iinfo(np.int64).max)
"""The time of what does not happen."""


def overtaken(transacted: NDArray[np.int64], posted: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each entry, the first posting of any entry transacted ≥ 90 working minutes later (axis indices)."""
    order = np.argsort(transacted, kind="stable")
    by_time = transacted[order]
    first_after = np.minimum.accumulate(posted[order][::-1])[::-1]
    at = np.searchsorted(by_time, transacted + OVERTAKEN_AFTER, side="left")
    return np.asarray(np.append(first_after, NEVER)[at], np.int64)


def shift_fraction(
    since: NDArray[np.int64],
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    overtaken_at: NDArray[np.int64],
    lost: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The fraction s of each entry, counted from `since` (its transaction).

    `lost`, `weight`: cumulative sums of w·x and w, one longer than the axis.
    """
    last = len(lost) - 1
    stop = np.minimum(np.minimum(posted, overtaken_at), last)
    needed = weight[np.minimum(posted, last)] - weight[np.minimum(due, last)]
    taken = lost[stop] - lost[np.minimum(since, last)]
    share = np.where(
        needed > 0, np.minimum(1.0, taken / np.where(needed > 0, needed, 1.0)), (taken > 0) * 1.0
    )
    waited = (np.minimum(posted, overtaken_at) >= due) & ~((overtaken_at <= due) & (due < posted))
    return np.where(waited, share, 0.0)


def cumulative(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over [0, k) for every k, so that a span is a difference of two."""
    return np.concatenate(([0.0], np.cumsum(values)))
