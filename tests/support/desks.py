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


def office(
    days,
    transacted,
    rate,
    down,
    *,
    hours=(0, DAY),
    weekday=None,
    resumes=False,
    absent=(),
    order="oldest",
    seed=0,
):
    """An office that posts `rate` entries a minute, first come first served, in `hours` of its day.

    `down`: stretches [a, b) without the site. `weekday`: a week's documents wait for this day of it.
    `resumes`: what an outage took from its hours, it goes on with in the same day's afterwards. `absent`: days.
    `order`: the desk takes the "oldest" or the "newest" first, or is three "clerks" with uneven work.
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

    def posted(without_site):
        open_hours = _with_rest(session, without_site, hours[1]) if resumes else session
        able = open_hours & (without_site == 0)
        if order == "clerks":
            return _by_clerks(ready, rate, able, seed)
        return _one_by_one(ready, np.cumsum(rate * able), newest=order == "newest")

    return Office(transacted, due, posted(x), posted(np.zeros(size)), x, days)


def _with_rest(session, x, resume_from):
    """The hours with what an outage took from them added at the end of the same day."""
    session = session.copy()
    for day in range(len(x) // DAY):
        lost = int((session & (x > 0))[day * DAY : (day + 1) * DAY].sum())
        rest = np.arange(day * DAY + resume_from, (day + 1) * DAY)
        session[rest[x[rest] == 0][:lost]] = True
    return session


def _one_by_one(ready, capacity, *, newest):
    """One desk; an entry takes one unit of capacity from when it is taken up."""
    found, waiting = np.full(len(ready), NEVER), []
    coming = np.argsort(ready, kind="stable").tolist()
    done = 0.0
    while coming or waiting:
        if not waiting:
            done = max(done, float(capacity[min(ready[coming[0]], len(capacity) - 1) - 1]))
        now = int(np.searchsorted(capacity, done - 1e-9))
        while coming and (ready[coming[0]] <= now or not waiting):
            waiting.append(coming.pop(0))
        entry = waiting.pop(-1 if newest else 0)
        done += 1
        if done > capacity[-1]:
            break
        found[entry] = int(np.searchsorted(capacity, done - 1e-9))
    return found


def _by_clerks(ready, rate, able, seed, clerks=3):
    """Several clerks take the oldest each; an entry takes one of them a random time."""
    dice = np.random.default_rng([seed, 77])
    need = dice.gamma(2.0, clerks / rate / 2.0, len(ready))
    work = np.cumsum(able)
    free = [0.0] * clerks
    found = np.full(len(ready), NEVER)
    for entry in np.argsort(ready, kind="stable").tolist():
        clerk = int(np.argmin(free))
        begins = max(free[clerk], float(work[min(ready[entry], len(work) - 1)]))
        free[clerk] = begins + need[entry]
        if free[clerk] <= work[-1]:
            found[entry] = int(np.searchsorted(work, free[clerk]))
    return found
