"""When ledger entries come about and get posted: one desk an office, with and without the faults.

The desk takes entries in the order in which they are ready and posts at a pace, only in its hours and
only while the site can be used. The same desk run again without any fault gives the counterfactual:
an entry late in the one and on time in the other is late *because of* the faults.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.simulate.axis import DAY_SLOTS, END_OF_OFFICE, OPENS, Axis, Bools, Ints
from laaswatch_collector.simulate.cast import SimulatedOffice
from laaswatch_collector.simulate.streams import stream

FORGOTTEN = 0.02
"""Share of entries that slip somebody's mind for days."""
SLOW_PACE = 0.4
_BUSY_LAST_DAYS = 1.5
_SESSION = 150
_CUT_OFF = 15 * 60 + 30 - OPENS
"""As config/lateness.yaml has it: after 15:30 the day's account is closed."""

_BOOKS = (
    (Book.CASH_RECEIPTS_JOURNAL, "counter", 0.5),
    (Book.RECEIPTS_REGISTER, "counter", 0.2),
    (Book.CASH_PAYMENTS_JOURNAL, "payment", 0.3),
)


class Habit(StrEnum):
    """How an office keys its entries."""

    STEADY = "steady"
    DAILY_SESSION = "daily_session"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class SimulatedEntry:
    """An entry of a book. Slots; `posted` and `posted_without_faults` are None beyond the simulation.

    `due` is the last slot's end in which it counts as tolerated: the end of the next working day.
    `forgotten` says that a person, not the line, delayed it.
    """

    office_code: str
    book: Book
    kind: str
    doc_no: str
    transacted: int
    due: int | None
    posted: int | None
    posted_without_faults: int | None
    forgotten: bool
    amount: int

    @property
    def late(self) -> bool | None:
        """Posted at or after the deadline; None where the simulation ends before it."""
        return _late(self.posted, self.due)

    @property
    def late_because_of_faults(self) -> bool:
        """Late, and it would not have been without the faults."""
        return self.late is True and _late(self.posted_without_faults, self.due) is False


def _late(posted: int | None, due: int | None) -> bool | None:
    if due is None:
        return None
    return posted is None or posted >= due


def habit_of(seed: int, office: SimulatedOffice) -> Habit:
    """The habit of an office."""
    habits = list(Habit)
    return habits[int(stream(seed, "habit", office.code).choice(3, p=[0.6, 0.34, 0.06]))]


def entries_of_office(
    seed: int,
    axis: Axis,
    office: SimulatedOffice,
    usable: Bools,
    slow: Bools,
) -> tuple[SimulatedEntry, ...]:
    """The entries that one office makes in the month, posted under `usable` and without faults."""
    random = stream(seed, "ledger", office.code)
    habit = habit_of(seed, office)
    working = axis.working()
    transacted = _transactions(random, axis, office, working)
    count = len(transacted)
    forgotten = random.random(count) < FORGOTTEN
    ready = np.minimum(
        transacted + random.integers(5, 60, count) + forgotten * _forgetting(random, count),
        axis.slots,
    )
    if habit is Habit.WEEKLY:
        ready = np.maximum(ready, _week_end(axis, ready))
    session_start = int(random.integers(9 * 60, 14 * 60))
    hours = _SESSION if habit is Habit.DAILY_SESSION else 420
    pace = office.entries_a_day / float(random.uniform(0.35, 0.75)) / hours
    desk = _Desk(axis, working, habit, session_start, pace)
    never = np.zeros(axis.slots, bool)
    posted = desk.post(ready, usable, slow)
    without = desk.post(ready, ~never, never)
    books = random.choice(len(_BOOKS), count, p=[share for _, _, share in _BOOKS])
    amounts = np.maximum(20, random.lognormal(6.5, 1.2, count)).astype(int)
    return tuple(
        SimulatedEntry(
            office_code=office.code,
            book=_BOOKS[books[i]][0],
            kind=_BOOKS[books[i]][1],
            doc_no=f"{'RSP'[books[i]]}{i + 1:05d}",
            transacted=int(transacted[i]),
            due=_due(axis, _BOOKS[books[i]][0], int(transacted[i])),
            posted=_inside(axis, posted[i]),
            posted_without_faults=_inside(axis, without[i]),
            forgotten=bool(forgotten[i]),
            amount=int(amounts[i]),
        )
        for i in range(count)
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    axis: Axis
    working: Bools
    habit: Habit
    session_start: int
    pace: float

    def post(self, ready: Ints, usable: Bools, slow: Bools) -> Ints:
        """The slot in which each entry is posted; `axis.slots` where the days are not enough."""
        capacity = self.pace * (self._hours(usable) & usable) * np.where(slow, SLOW_PACE, 1.0)
        done = np.concatenate([[0.0], np.cumsum(capacity)])
        posted = np.full(len(ready), self.axis.slots)
        finished = 0.0
        for i in np.argsort(ready, kind="stable"):
            finished = max(finished, float(done[ready[i]])) + 1
            if finished <= done[-1]:
                posted[i] = int(np.searchsorted(done, finished - 1e-9)) - 1
        return posted

    def _hours(self, usable: Bools) -> Bools:
        """The desk's hours. A session that a fault cut short goes on for as long after it, that day."""
        if self.habit is not Habit.DAILY_SESSION:
            return self.working
        hours = np.zeros(self.axis.slots, bool)
        for day in range(len(self.axis.days)):
            start = self.axis.at(day, self.session_start)
            today = slice(start, (day + 1) * DAY_SLOTS)
            open_now = np.flatnonzero(self.working[today])[:_SESSION]
            lost = int((~usable[today][open_now]).sum())
            more = np.flatnonzero(self.working[today])[_SESSION:][:lost]
            hours[start + np.concatenate([open_now, more])] = True
        return hours


def _transactions(
    random: np.random.Generator, axis: Axis, office: SimulatedOffice, working: Bools
) -> Ints:
    rates = np.full(axis.month_days, office.entries_a_day)
    rates[-3:] *= _BUSY_LAST_DAYS
    chosen = []
    for day, count in enumerate(random.poisson(rates)):
        slots = np.flatnonzero(working[day * DAY_SLOTS : (day + 1) * DAY_SLOTS])
        chosen.append(day * DAY_SLOTS + np.sort(random.choice(slots, min(count, len(slots)))))
    return np.concatenate(chosen)


def _forgetting(random: np.random.Generator, count: int) -> Ints:
    return random.lognormal(np.log(2.2 * DAY_SLOTS), 0.6, count).astype(np.int64)


def _week_end(axis: Axis, ready: Ints) -> NDArray[np.int64]:
    """The morning of the last working day of each entry's week."""
    weeks = [day.isocalendar()[:2] for day in axis.days]
    last_of_week = {week: day for day, week in enumerate(weeks)}
    days = np.minimum(ready // DAY_SLOTS, len(axis.days) - 1)
    return np.array([axis.at(last_of_week[weeks[day]], 9 * 60) for day in days], np.int64)


def _due(axis: Axis, book: Book, slot: int) -> int | None:
    """The end of the next working day; money taken after the cut-off belongs to the day after."""
    after_hours = book is not Book.CASH_PAYMENTS_JOURNAL and slot % DAY_SLOTS >= _CUT_OFF
    day = slot // DAY_SLOTS + (2 if after_hours else 1)
    return None if day >= len(axis.days) else axis.at(day, END_OF_OFFICE)


def _inside(axis: Axis, slot: int) -> int | None:
    return None if slot >= axis.slots else int(slot)
