"""The queue replay: the office's own posting curve, with the work that outages displaced given back.

N(m) = entries posted by m. q(m) = entries that could have been posted: transacted 30 minutes ago, not posted,
not overtaken. μ = postings per weighted busy up-minute. Displaced d(m) = min(q(m), d(m−1) + μ·w(m)·x(m)).
The counterfactual time of the entry with posting rank k is the first m ≥ t with N(m) + d(m) ≥ k
(methods.md §8). Entries are taken in the order in which the office posted them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

READY_AFTER = 30
"""Working minutes between a transaction and the moment when its entry can be posted."""

DENIED_SHARE = 0.75
"""Posting this much of the usual during an outage contradicts it. At a partner's one gets along at half speed."""


@dataclass(frozen=True, slots=True)
class Replay:
    """`curve`: N + d at every working minute. `rank`: the posting rank of each entry, from 1.

    `lost`: the loss of each minute, less what was posted in spite of it. `denied`: down minutes in which
    the office went on posting as ever, so that its own ledger speaks against the outage.
    """

    curve: NDArray[np.float64]
    rank: NDArray[np.int64]
    rate: float
    busy_since: NDArray[np.int64]
    lost: NDArray[np.float64]
    denied: NDArray[np.bool_]


def replay(
    transacted: NDArray[np.int64],
    posted: NDArray[np.int64],
    overtaken_at: NDArray[np.int64],
    x: NDArray[np.float64],
    weight: NDArray[np.float64],
    ready_after: int = READY_AFTER,
) -> Replay:
    """Replay an office. All times are indices of working minutes; posted ≥ len(x) means not yet posted."""
    size = len(x)
    done = _counted(posted, size)
    ready = transacted + ready_after
    leave = np.minimum(posted, overtaken_at)
    waits = leave > ready
    queue = _counted(ready[waits], size) - _counted(leave[waits], size)
    up = (queue > 0) & (x == 0)
    busy = float(weight[up].sum())
    # A posting at minute m was worked for in the minute before it: count it if either was up and busy.
    worked = up | np.concatenate(([False], up[:-1]))
    rate = float(np.diff(done, prepend=0)[worked].sum()) / busy if busy > 0 else 0.0
    # What a minute displaces is there when the minute is over.
    lost = really_lost(x, np.diff(done, prepend=0), rate * weight * (queue > 0))
    gain = np.concatenate(([0.0], (rate * weight * lost)[:-1]))
    displaced = _displaced(queue, gain)
    order = np.lexsort((transacted, posted))
    rank = np.empty(len(posted), np.int64)
    rank[order] = np.arange(1, len(posted) + 1)
    denied = (x >= 1.0) & (lost <= 1.0 - DENIED_SHARE)
    return Replay(done + displaced, rank, rate, _busy_since(queue), lost, denied)


def really_lost(
    x: NDArray[np.float64], postings: NDArray[np.int64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The loss of each minute, less what the office posted in spite of the outage.

    An outage displaced what would have been posted in it (`expected`) less what was: an office that went on
    as ever lost nothing, one that worked at a partner's at half speed lost half. Each stretch of down
    minutes is weighed as a whole; its first and last minute are left out, since clocks agree to a minute.
    """
    down = np.concatenate(([False], x >= 1.0, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(down))
    found = x.copy()
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        due = float(expected[a:b].sum())
        done = int(postings[a + 1 : b - 1].sum())
        if done and due > 0:
            found[a:b] *= max(0.0, 1.0 - done / due)
    return found


def counterfactual(r: Replay, entry: int, transacted: int) -> int:
    """The working minute at which this entry would have been posted; len(curve) if not within the axis."""
    reached = r.curve[transacted:] >= r.rank[entry] - 1e-9
    return transacted + int(np.argmax(reached)) if reached.any() else len(r.curve)


def _counted(at: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many of these have come by each minute (inclusive)."""
    inside = at[at < size]
    return np.asarray(np.cumsum(np.bincount(inside, minlength=size)), np.int64)


def _busy_since(queue: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each minute, the first minute of the stretch of waiting work that it lies in; itself if none."""
    idle = np.concatenate(([True], queue[:-1] == 0))
    return np.maximum.accumulate(np.where(idle, np.arange(len(queue)), 0))


def _displaced(queue: NDArray[np.int64], gain: NDArray[np.float64]) -> NDArray[np.float64]:
    """d(m) = min(q(m), d(m−1) + gain(m)) without a loop: S + min(0, running minimum of q − S)."""
    total = np.cumsum(gain)
    room = np.minimum.accumulate(queue - total)
    return np.maximum(0.0, total + np.minimum(room, 0.0))
