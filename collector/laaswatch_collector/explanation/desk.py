"""When an office is at work on its books, learned from its own postings.

An hour without internet takes nothing from a desk that would not have been posting in it. So the replay needs
the desk's habits: some offices post all day, some in two hours before noon, some gather a week's documents
for Friday. They are read off the minutes in which entries waited and the site worked: a gap between two
postings that is much longer than usual shows that nobody was posting, by the office's own choice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

READY_AFTER = 30
"""Working minutes between a transaction and the moment when its entry can be posted."""
PAUSE = 4.0
"""A gap between postings so many times the usual one is a pause of the desk's own, no slow posting."""
LEAST_PAUSE = 30
SLOT = 15
"""Minutes of the day that share one habit."""
SLOT_PRIOR, WEEKDAY_PRIOR = 20, 3
"""Minutes, and days, of the office's mean that are mixed into a slot's and a weekday's share: few say little."""
LEAST_DAY = 120
"""Minutes with waiting entries and a usable site from which on a day could have been one of posting."""
DISTURBED = 10
"""Down or slow minutes from which on a day says nothing about habits."""
LEAST_HABIT = 600
"""Undisturbed minutes that are needed to look at these alone."""
ABSENT = 0.03
"""How often nobody is at the desk for a whole day, for reasons of the office's own."""
LEAST_POSTINGS = 20
"""An office with fewer has no habits that could be known: it counts as always at work."""

GATHERED = 0.05
"""At most this share of a week's entries is posted before the day for which they are gathered."""
GATHERED_LEAST = 10
GATHERED_WEEKS = 3
IDLE_POSTINGS = 2.0
"""So many postings that did not come show that a desk with waiting entries was idle by choice."""
IDLE_WEEKS = 0.4
_DISTURBED_DAY = 120

ORDER_MARGIN = 60
"""Working minutes for which both of two neighbours must have been ready before their order says anything."""
ORDER_PAIRS = 20
NEWEST_SHARE = 0.6
"""This share of neighbours posted in reverse makes a desk that works from the top of the pile."""


@dataclass(frozen=True, slots=True)
class Days:
    """Labels of each working minute of the axis: minute of the day, day number, weekday (0 = Monday)."""

    of_day: NDArray[np.int64]
    day: NDArray[np.int64]
    weekday: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Desk:
    """`ready`: for each entry, the minute from which on it could be posted. By working minute: `queue`, the
    entries that waited; `open`, whether the desk was seen at work (a queue, a usable site and postings);
    `habit`, the share of such minutes in which it is at work at that time of day and week; `likely`, the
    same for this very day. `rate`: postings per minute at work.
    """

    ready: NDArray[np.int64]
    queue: NDArray[np.int64]
    open: NDArray[np.bool_]
    habit: NDArray[np.float64]
    likely: NDArray[np.float64]
    rate: float


def read_desk(
    transacted: NDArray[np.int64],
    posted: NDArray[np.int64],
    leave: NDArray[np.int64],
    loss: NDArray[np.float64],
    observed: NDArray[np.bool_],
    days: Days,
    ready_after: int = READY_AFTER,
) -> Desk:
    """The desk of an office. Times are indices of working minutes; posted ≥ size means not yet posted.

    `leave`: when each entry left the queue, by its posting or because it turned out that it was not in it.
    `loss`: of each minute, 0 where the site was usable. `observed`: where anything is known at all.
    """
    size = len(loss)
    postings = counts(posted, size)
    usable = (loss == 0) & observed
    ready = transacted + ready_after
    queue = waiting(ready, leave, size)
    at_work = _at_work(queue, usable, postings)
    if int(postings.sum()) < LEAST_POSTINGS:
        return _without_habits(ready, queue, usable, postings)
    gate = _gathering_day(transacted, posted, queue, loss, usable, at_work, postings, days)
    if gate is not None:
        ready = np.maximum(ready, gate)
        queue = waiting(ready, leave, size)
        at_work = _at_work(queue, usable, postings)
    known = (queue > 0) & usable
    rate = _rate(at_work, postings)
    habit = _habit(known, at_work, loss, postings, days)
    present = _present(rate * habit * (queue > 0) * np.where(observed, 1 - loss, 0), postings, days)
    return Desk(ready, queue, at_work, habit, np.where(known, at_work, habit * present), rate)


def takes_newest(transacted: NDArray[np.int64], posted: NDArray[np.int64], size: int) -> bool:
    """Whether the desk works from the top of the pile: last in, first out.

    Then a younger entry that is posted first says nothing about an older one. It shows in neighbours: of two
    entries that arose one after the other and waited together, the younger one goes first.
    """
    order = np.argsort(transacted, kind="stable")
    older, younger = posted[order][:-1], posted[order][1:]
    both_ready = transacted[order][1:] + READY_AFTER + ORDER_MARGIN
    told = (np.minimum(older, younger) >= both_ready) & (np.minimum(older, younger) < size)
    told &= older != younger
    pairs = int(told.sum())
    return pairs >= ORDER_PAIRS and int((younger < older)[told].sum()) >= NEWEST_SHARE * pairs


def counts(at: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many of these fall on each minute of the axis."""
    return np.asarray(np.bincount(at[at < size], minlength=size), np.int64)


def waiting(ready: NDArray[np.int64], leave: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many entries wait in each minute: ready by then, and not gone."""
    waits = leave > ready
    return np.asarray(
        np.cumsum(counts(ready[waits], size)) - np.cumsum(counts(leave[waits], size)), np.int64
    )


def _without_habits(
    ready: NDArray[np.int64],
    queue: NDArray[np.int64],
    usable: NDArray[np.bool_],
    postings: NDArray[np.int64],
) -> Desk:
    at_work = (queue > 0) & usable
    always = np.ones(len(queue))
    return Desk(ready, queue, at_work, always, always, _rate(at_work, postings))


def _at_work(
    queue: NDArray[np.int64], usable: NDArray[np.bool_], postings: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The minutes in which the desk was posting or about to: all but the pauses of its own.

    Gaps are counted in minutes in which it could have posted, so that an outage is no pause.
    """
    able = (queue > 0) & usable
    at = np.flatnonzero(postings)
    if len(at) < 2 or int(postings.sum()) < LEAST_POSTINGS:
        return able & bool(len(at))
    clock = np.cumsum(able)
    gaps = np.diff(clock[at], prepend=0)
    usual = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else float(LEAST_PAUSE)
    coming = np.searchsorted(at, np.arange(len(queue)), side="left")
    following = np.minimum(coming, len(at) - 1)
    short = gaps[following] <= max(float(LEAST_PAUSE), PAUSE * usual)
    about_to = clock[at[following]] - clock <= usual
    return np.asarray(able & (coming < len(at)) & (short | about_to), np.bool_)


def _rate(at_work: NDArray[np.bool_], postings: NDArray[np.int64]) -> float:
    """Postings per minute at work. What is posted in a minute was worked for in the one before it."""
    busy = int(at_work.sum())
    worked = at_work | np.concatenate(([False], at_work[:-1]))
    return float(postings[worked].sum()) / busy if busy else 0.0


def _habit(
    known: NDArray[np.bool_],
    at_work: NDArray[np.bool_],
    loss: NDArray[np.float64],
    postings: NDArray[np.int64],
    days: Days,
) -> NDArray[np.float64]:
    """How likely the desk is at work: the hours that it keeps on days when it posts, times how often it
    posts on that weekday. From undisturbed days alone if there are enough.
    """
    day = days.day - days.day[0]
    calm = known & (np.bincount(day, weights=(loss > 0).astype(np.float64))[day] <= DISTURBED)
    if int(calm.sum()) >= LEAST_HABIT:
        known, at_work = calm, at_work & calm
    posts = np.bincount(day, weights=postings) > 0
    hours = _share(at_work & posts[day], known & posts[day], days.of_day // SLOT, SLOT_PRIOR)
    first = np.flatnonzero(np.diff(day, prepend=-1))
    possible = np.bincount(day, weights=known)[day[first]] >= LEAST_DAY
    worked = posts[day[first]] & possible
    if not possible.any():
        return hours
    weekdays = _share(worked, possible, days.weekday[first], WEEKDAY_PRIOR)
    of_day = np.zeros(int(day[-1]) + 1)
    of_day[day[first]] = weekdays
    return np.asarray(np.clip(hours * of_day[day], 0.0, 1.0), np.float64)


def _share(
    hit: NDArray[np.bool_], possible: NDArray[np.bool_], label: NDArray[np.int64], prior: float
) -> NDArray[np.float64]:
    """The share of hits by label, drawn towards the mean by `prior`; 1 where nothing is known."""
    if not possible.any():
        return np.ones(len(label))
    mean = int(hit.sum()) / int(possible.sum())
    size = int(label.max()) + 1
    hits = np.bincount(label[hit], minlength=size)
    of = np.bincount(label[possible], minlength=size)
    return np.asarray(((hits + prior * mean) / (of + prior))[label], np.float64)


def _present(
    expected: NDArray[np.float64], postings: NDArray[np.int64], days: Days
) -> NDArray[np.float64]:
    """How likely somebody was at the desk that day, for every minute.

    1 where anything was posted; where much was to be expected and nothing came, the office was closed.
    """
    day = days.day - days.day[0]
    none = np.bincount(day, weights=postings) == 0
    silence = np.exp(-np.bincount(day, weights=expected))
    there = np.where(none, (1 - ABSENT) * silence / ((1 - ABSENT) * silence + ABSENT), 1.0)
    return np.asarray(there[day], np.float64)


def _gathering_day(
    transacted: NDArray[np.int64],
    posted: NDArray[np.int64],
    queue: NDArray[np.int64],
    loss: NDArray[np.float64],
    usable: NDArray[np.bool_],
    at_work: NDArray[np.bool_],
    postings: NDArray[np.int64],
    days: Days,
) -> NDArray[np.int64] | None:
    """For an office that gathers a week's documents for one day: when that day begins, for each entry.

    None for all others. It shows by entries that are never posted before that day of their week although the
    desk was idle, with the site usable, just before it. A desk that is merely behind is never idle.
    """
    first = np.flatnonzero(np.diff(days.day, prepend=days.day[0] - 1))
    week = (days.day + 3) // 7
    size = len(loss)
    of_entry = week[np.minimum(transacted, size - 1)]
    slot = days.of_day // SLOT
    slots = int(slot.max()) + 1
    habit = (np.bincount(slot[at_work], minlength=slots) + 1) / (
        np.bincount(slot[(queue > 0) & usable], minlength=slots) + 4
    )
    idle_rate = _rate(at_work, postings) * habit[slot] * ((queue > 0) & usable)
    found = None
    for weekday in range(1, 5):
        begins = {int(week[a]): int(a) for a in first if days.weekday[a] <= weekday}
        begin = np.zeros(int(week.max()) + 1, np.int64)
        begin[list(begins)] = list(begins.values())
        gate = begin[of_entry]
        early = (posted < size) & (transacted < gate)
        if int(early.sum()) < GATHERED_LEAST or len(set(of_entry[early].tolist())) < GATHERED_WEEKS:
            continue
        if float((posted[early] < gate[early]).mean()) > GATHERED:
            continue
        before = [
            (int(first[k - 1]), int(first[k]))
            for k in range(1, len(first))
            if begins.get(int(week[first[k]])) == first[k] and week[first[k - 1]] == week[first[k]]
        ]
        told = [
            _idle(a, b, idle_rate, postings)
            for a, b in before
            if queue[b - 1] > 0 and int((loss[a:b] >= 1).sum()) <= _DISTURBED_DAY
        ]
        if len(told) >= 2 and sum(told) >= IDLE_WEEKS * len(told):
            found = gate
    return found


def _idle(a: int, b: int, idle_rate: NDArray[np.float64], postings: NDArray[np.int64]) -> bool:
    """Whether the end of the day [a, b), after its last posting, was idle though work waited."""
    last = np.flatnonzero(postings[a:b])
    since = a + int(last[-1]) + 1 if len(last) else a
    return float(idle_rate[since:b].sum()) >= IDLE_POSTINGS
