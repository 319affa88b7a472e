"""The queue replay: the office's own posting curve, with the work that outages displaced given back.

N(m) = entries posted by m. q(m) = entries that could have been posted: ready, not posted, not overtaken.
Displaced d(m) = min(q(m), d(m−1) + μ·a(m)·x(m) − made up), with μ the postings per minute at work and a(m) how
likely the desk was at work (`explanation.desk`). The counterfactual time of the entry with posting rank k is
the first m ≥ t with N(m) + d(m) ≥ k (methods.md §8). Entries are taken in the order in which they were posted;
in an office that works from the top of the pile, what is given back goes to the newest that waits.

What the office's own ledger says against a loss counts: what was posted in spite of an outage was not lost
to it, and what was posted at hours at which it never posts otherwise, on a day with an outage, is work of
that outage made up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.explanation.desk import (
    DISTURBED,
    READY_AFTER,
    Days,
    Desk,
    counts,
    read_desk,
)

DENIED_SHARE = 0.75
"""Posting this much of the usual during an outage contradicts it. At a partner's one gets along at half speed."""
IMMUNE_SHARE = 0.5
"""Posting this much of the usual during all outages together shows that they do not stop this office."""
IMMUNE_LEAST = 2.0
"""Postings to be expected during outages before that can be said."""
DEGRADED_PRIOR = 4.0
"""Expected postings that the usual loss of a slow minute is worth against what this office did in them."""


@dataclass(frozen=True, slots=True)
class Replay:
    """`curve`: N + d at every working minute, never falling. `most`: the same had every minute of which nothing
    is known been down. `rank`: the posting rank of each entry, from 1.

    `lost`: the loss of each minute, less what was posted in spite of it. `denied`: down minutes in which
    the office went on posting as ever, so that its own ledger speaks against the outage.
    """

    curve: NDArray[np.float64]
    most: NDArray[np.float64]
    rank: NDArray[np.int64]
    newest_first: bool
    desk: Desk
    busy_since: NDArray[np.int64]
    lost: NDArray[np.float64]
    denied: NDArray[np.bool_]

    @property
    def rate(self) -> float:
        """μ: postings per minute at work."""
        return self.desk.rate


def replay(
    transacted: NDArray[np.int64],
    posted: NDArray[np.int64],
    overtaken_at: NDArray[np.int64],
    x: NDArray[np.float64],
    days: Days,
    observed: NDArray[np.bool_] | None = None,
    ready_after: int = READY_AFTER,
    newest_first: bool = False,
) -> Replay:
    """Replay an office. All times are indices of working minutes; posted ≥ len(x) means not yet posted.

    `x`: the loss of each minute. `observed`: where anything is known (everywhere by default). `newest_first`:
    as `desk.takes_newest` says; then nothing counts as overtaken (pass "never" for all).
    """
    size = len(x)
    seen = np.ones(size, np.bool_) if observed is None else observed
    leave = np.minimum(posted, overtaken_at)
    desk = read_desk(transacted, posted, leave, x, seen, days, ready_after)
    postings = counts(posted, size)
    expected = desk.rate * desk.likely * (desk.queue > 0)
    lost = really_lost(_slow_loss(x, postings, expected), postings, expected)
    if _is_immune(x, postings, expected):
        lost = np.where(x >= 1.0, 0.0, lost)
    made_up = _made_up(x, postings, desk.habit, days)
    posted_by = np.cumsum(postings)

    def curve(loss: NDArray[np.float64]) -> NDArray[np.float64]:
        # What a minute displaces is there when the minute is over.
        gain = np.concatenate(([0.0], (desk.rate * desk.likely * loss)[:-1]))
        displaced = _displaced(desk.queue, gain - made_up)
        return np.asarray(np.maximum.accumulate(posted_by + displaced), np.float64)

    order = np.lexsort((transacted, posted))
    rank = np.empty(len(posted), np.int64)
    rank[order] = np.arange(1, len(posted) + 1)
    found = curve(lost)
    return Replay(
        found,
        found if seen.all() else curve(np.where(seen, lost, 1.0)),
        rank,
        newest_first,
        desk,
        _busy_since(desk.queue),
        lost,
        (x >= 1.0) & (lost <= 1.0 - DENIED_SHARE),
    )


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


def counterfactual(
    r: Replay, entries: NDArray[np.int64], transacted: NDArray[np.int64], short: float = 0.0
) -> NDArray[np.int64]:
    """The working minutes at which these entries would have been posted; len(curve) if not within the axis.

    `short`: the part of an entry that may be missing: the replay deals in fractions of entries.
    """
    return _posted_along(r, r.curve, entries, transacted, short)


def at_most(
    r: Replay, entries: NDArray[np.int64], transacted: NDArray[np.int64], short: float = 0.0
) -> NDArray[np.int64]:
    """The same had every minute of which nothing is known been down: no outage unseen can have done more."""
    return _posted_along(r, r.most, entries, transacted, short)


def _posted_along(
    r: Replay,
    curve: NDArray[np.float64],
    entries: NDArray[np.int64],
    transacted: NDArray[np.int64],
    short: float,
) -> NDArray[np.int64]:
    if r.newest_first:
        return _from_the_top(curve + short, r.desk.ready)[entries]
    reached = np.searchsorted(curve, r.rank[entries] - short - 1e-9, side="left")
    return np.asarray(np.maximum(reached, transacted), np.int64)


def _from_the_top(curve: NDArray[np.float64], ready: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each entry is posted along a curve if the newest that waits is always taken."""
    found = np.full(len(ready), len(curve), np.int64)
    done = np.diff(np.floor(curve + 1e-9), prepend=0.0).astype(np.int64)
    coming = np.argsort(ready, kind="stable").tolist()
    pile: list[int] = []
    at = 0
    for minute in np.flatnonzero(done).tolist():
        while at < len(coming) and ready[coming[at]] <= minute:
            pile.append(coming[at])
            at += 1
        for _ in range(min(int(done[minute]), len(pile))):
            found[pile.pop()] = minute
    return found


def _slow_loss(
    x: NDArray[np.float64], postings: NDArray[np.int64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The losses, those of slow minutes as far as this office's own postings in them bear them out."""
    slow = (x > 0) & (x < 1.0)
    if not slow.any():
        return x
    usual = float(x[slow].mean())
    due, done = float(expected[slow].sum()), int(postings[slow].sum())
    loss = 1.0 - (done + (1.0 - usual) * DEGRADED_PRIOR) / (due + DEGRADED_PRIOR)
    return np.where(slow, min(1.0, max(0.0, loss)), x)


def _is_immune(
    x: NDArray[np.float64], postings: NDArray[np.int64], expected: NDArray[np.float64]
) -> bool:
    """Whether this office goes on posting whatever is down: another line, or outages that are none."""
    down = np.concatenate(([False], x >= 1.0, [False]))
    inner = down[1:-1] & down[:-2] & down[2:]
    due = float(expected[inner].sum())
    return due >= IMMUNE_LEAST and int(postings[inner].sum()) > IMMUNE_SHARE * due


def _made_up(
    x: NDArray[np.float64],
    postings: NDArray[np.int64],
    habit: NDArray[np.float64],
    days: Days,
) -> NDArray[np.float64]:
    """Postings at unusual hours of a day with an outage: without it, they would have come before."""
    day = days.day - days.day[0]
    after = np.bincount(day, weights=(x >= 1.0).astype(np.float64))[day] > DISTURBED
    unusual = np.maximum(0.0, 1.0 - 2.0 * habit)
    return np.asarray(postings * unusual * (after & (x < 1.0)), np.float64)


def _busy_since(queue: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each minute, the first minute of the stretch of waiting work that it lies in; itself if none."""
    idle = np.concatenate(([True], queue[:-1] == 0))
    return np.maximum.accumulate(np.where(idle, np.arange(len(queue)), 0))


def _displaced(queue: NDArray[np.int64], net: NDArray[np.float64]) -> NDArray[np.float64]:
    """d(m) = d(m−1) + net(m), held between 0 and q(m); walked only from gains on: everywhere else it is 0."""
    found = np.zeros(len(queue))
    most, change = queue.tolist(), net.tolist()
    done = 0
    for start in np.flatnonzero(net > 0).tolist():
        if start < done:
            continue
        d, run = 0.0, []
        for m in range(start, len(most)):
            d = d + change[m]
            if d > most[m]:
                d = float(most[m])
            if d <= 0.0:
                break
            run.append(d)
        done = start + len(run)
        found[start:done] = run
    return found
