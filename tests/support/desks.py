"""A small office whose desk is known: what it posts with an outage and without, by the same draws."""

from dataclasses import dataclass

import numpy as np

from laaswatch_collector.explanation.desk import Days

DAY = 420
NEVER = 10**6


@dataclass
class Office:
    """`posted`: what the ledger shows. `would`: the postings had there been no outage."""

    transacted: np.ndarray
    due: np.ndarray
    posted: np.ndarray
    would: np.ndarray
    x: np.ndarray
    days: Days

    @property
    def truth(self):
        """Of each entry: "" on time, else explained or not (late without the outage as well)."""
        late, anyway = self.posted >= self.due, self.would >= self.due
        return np.select([~late, anyway], ["", "not"], "explained")


def working_days(count, first_weekday=0):
    """The axis of so many working days, Monday to Friday."""
    k = np.arange(count * DAY)
    of_day, day = k % DAY, k // DAY + first_weekday
    lunch = np.where(of_day < 210, 0, 60)
    return Days(510 + of_day + lunch, day % 5 + day // 5 * 7 + 4, day % 5)


def arrivals(days, each_day, seed):
    """So many transactions on each working day, at random minutes."""
    dice = np.random.default_rng(seed)
    count = len(days.day) // DAY
    return np.sort(
        np.concatenate(
            [d * DAY + dice.choice(DAY - 60, each_day, replace=False) for d in range(count)]
        )
    )


def office(days, transacted, rate, down, *, hours=(0, DAY), weekday=None, resumes=False, absent=()):
    """An office that posts `rate` entries a minute, first come first served, in `hours` of its day.

    `down`: stretches [a, b) without the site. `weekday`: a week's documents wait for this day of it.
    `resumes`: what an outage took from its hours, it goes on with in the same day's afterwards. `absent`: days.
    """
    size = len(days.day)
    x = np.zeros(size)
    for a, b in down:
        x[a:b] = 1.0
    ready = transacted + 30
    if weekday is not None:
        of_day = transacted // DAY
        opens = (of_day + (weekday - of_day % 5)) * DAY
        ready = np.maximum(ready, np.where(of_day % 5 <= weekday, opens, opens + 5 * DAY))
    of_day = np.arange(size) % DAY
    session = (of_day >= hours[0]) & (of_day < hours[1])
    for day in absent:
        session[day * DAY : (day + 1) * DAY] = False
    due = np.minimum((transacted // DAY + 2) * DAY, size)
    return Office(
        transacted,
        due,
        _posted(ready, rate, session, x, hours[1] if resumes else None),
        _posted(ready, rate, session, np.zeros(size), None),
        x,
        days,
    )


def _posted(ready, rate, session, x, resume_from):
    size = len(x)
    session = session.copy()
    if resume_from is not None:
        for day in range(size // DAY):
            lost = int((session & (x > 0))[day * DAY : (day + 1) * DAY].sum())
            rest = np.arange(day * DAY + resume_from, (day + 1) * DAY)
            rest = rest[x[rest] == 0]
            session[rest[:lost]] = True
    capacity = np.concatenate(([0.0], np.cumsum(rate * session * (x == 0))))
    done, found = 0.0, np.full(len(ready), NEVER)
    for k in np.argsort(ready, kind="stable"):
        done = max(done, capacity[min(ready[k], size)]) + 1
        if done <= capacity[-1]:
            found[k] = np.searchsorted(capacity, done - 1e-9) - 1
    return found
