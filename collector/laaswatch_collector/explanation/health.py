"""How well an office's posting can be foretold: the health figure beside its verdicts.

The replay says when an entry would have been posted without the outages. Nobody can check that; but in weeks
without outages one can. Each such week is foretold from what the office did in all other weeks (its hours, its
pace) and from what had come in, as if nobody knew what was posted in it, and then compared with what was.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.explanation.axis import WorkAxis
from laaswatch_collector.explanation.desk import read_desk
from laaswatch_collector.explanation.shift import overtaken

LEAST_WEEKS = 2
LEAST_ENTRIES = 50
LEAST_OTHERS = 100
"""Postings outside the week from which the office's pace is learned."""
DISTURBED = 60
"""Down or slow working minutes, weighed by their loss, with which a week is no longer one without outages."""
UNSEEN = 420
"""Working minutes of which nothing is known, likewise: a day."""
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Health:
    """`median_error`: working minutes between foretold and real posting, without sign. `right_side`: the share of
    entries foretold on the side of their deadline on which they were. Both None where there are too few
    `weeks` without outages or too few `entries` in them: insufficient, not bad.
    """

    weeks: int
    entries: int
    median_error: float | None
    right_side: float | None


def health(
    transacted: NDArray[np.int64],
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    axis: WorkAxis,
) -> Health:
    """Foretell every week without outages. Times as in `office.explain_office`."""
    size = len(axis.minute)
    if not size or not len(posted):
        return Health(0, 0, None, None)
    days = axis.days
    week = (days.day + 3) // 7
    leave = np.minimum(posted, overtaken(transacted, posted))
    errors, sides, weeks = [], [], 0
    for number in np.unique(week).tolist():
        inside = week == number
        a, b = int(inside.argmax()), size - int(inside[::-1].argmax())
        disturbed = float(axis.x[inside].sum()) > DISTURBED
        unseen = int((inside & ~axis.known).sum()) > UNSEEN
        others = int(((posted < a) | ((posted >= b) & (posted < size))).sum())
        if disturbed or unseen or others < LEAST_OTHERS:
            continue
        desk = read_desk(transacted, posted, leave, axis.x, axis.known & ~inside, days)
        which, foretold = _foretell(transacted, leave, desk.ready, desk.habit * desk.rate, a, b)
        real = (posted[which] < b) & (posted[which] >= a)
        which, foretold = which[real], foretold[real]
        weeks += bool(len(which))
        errors.append(np.abs(foretold - posted[which]))
        sides.append((foretold >= due[which]) == (posted[which] >= due[which]))
    count = sum(len(x) for x in errors)
    if weeks < LEAST_WEEKS or count < LEAST_ENTRIES:
        return Health(weeks, count, None, None)
    return Health(
        weeks,
        count,
        float(np.median(np.concatenate(errors))),
        float(np.concatenate(sides).mean()),
    )


def _foretell(
    transacted: NDArray[np.int64],
    leave: NDArray[np.int64],
    ready: NDArray[np.int64],
    pace: NDArray[np.float64],
    a: int,
    b: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which entries were there to post in [a, b), and when a desk of this pace posts them, in turn.

    What the desk has not come to by the end of the week is foretold for its end.
    """
    there = np.flatnonzero((leave >= a) & (ready < b) & (leave > ready))
    there = there[np.lexsort((transacted[there], ready[there]))]
    at = np.maximum(ready[there], a)
    done = np.concatenate(([0.0], np.cumsum(pace[a:b])))
    # In turn: entry k is done one entry's work after the one before it, or after it was ready.
    work = done[np.minimum(at - a, b - a)]
    turn = np.arange(len(there))
    ends = np.maximum.accumulate(work - turn) + turn + _HALF
    return there, np.asarray(a + np.searchsorted(done, ends).clip(0, b - a), np.int64)
