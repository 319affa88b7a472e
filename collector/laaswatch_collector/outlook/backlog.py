"""When an office's present backlog will be cleared, at the pace at which it has been posting. Pure.

Every past working day is one observation of what the office can do: what it posted, and whether work was
left over. A day that ended with nothing waiting shows only that it could have done at least so much; in its
place stands a day that did more. The future is drawn from runs of past days, so that slow weeks stay together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
INNER = 0.8
RUN = 3
"""Working days that are drawn together."""
MOST_DAYS = 60
LEAST_DAYS = 10
LEAST_POSTINGS = 20
"""With less behind it nothing is forecast."""


@dataclass(frozen=True, slots=True)
class PastDays:
    """One element a working day, oldest first: entries `posted`, `left` waiting at its end, and its weekday."""

    posted: NDArray[np.int64]
    left: NDArray[np.int64]
    weekday: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Working days from now until as many entries as wait now have been posted: the middle of the draws and the
    ends of the interval. None: not within `MOST_DAYS`. `days`: how many past days it rests on.
    """

    waiting: int
    middle: float | None
    low: float | None
    high: float | None
    days: int


def forecast(
    waiting: int, past: PastDays, weekday: int, rest_of_day: float, seed: int = 0
) -> Forecast | None:
    """The forecast; None with too little behind it.

    `weekday`: of today (0 = Monday). `rest_of_day`: the share of a day's postings that usually still comes today.
    """
    days = len(past.posted)
    if waiting <= 0:
        return Forecast(0, 0.0, 0.0, 0.0, days)
    if days < LEAST_DAYS or int(past.posted.sum()) < LEAST_POSTINGS:
        return None
    dice = np.random.default_rng(seed)
    could = _could(past, dice)
    needed = np.array(
        [_days_needed(waiting, could[k], past, weekday, rest_of_day, dice) for k in range(DRAWS)]
    )
    tail = (1 - INNER) / 2
    low, middle, high = np.quantile(needed, (tail, 0.5, 1 - tail), method="nearest").tolist()
    return Forecast(waiting, _or_none(middle), _or_none(low), _or_none(high), days)


def _could(past: PastDays, dice: np.random.Generator) -> NDArray[np.int64]:
    """(draws, days): what the office could have posted on each past day.

    A day with nothing left over is only a lower bound; it is replaced by one of the days that did at least as
    much, if there is any.
    """
    found = np.tile(past.posted, (DRAWS, 1))
    for day in np.flatnonzero(past.left == 0).tolist():
        more = past.posted[(past.posted >= past.posted[day]) & (past.posted > 0)]
        if len(more):
            found[:, day] = dice.choice(more, DRAWS)
    return found


def _days_needed(
    waiting: int,
    could: NDArray[np.int64],
    past: PastDays,
    weekday: int,
    rest_of_day: float,
    dice: np.random.Generator,
) -> float:
    """Working days until `waiting` entries are posted, in one drawn future."""
    left = float(waiting)
    gone, first = 0.0, rest_of_day
    day_of_week = weekday
    while gone < MOST_DAYS:
        start = _start(past, day_of_week, dice)
        for k in range(start, min(start + RUN, len(could))):
            share = first
            capacity = float(could[k]) * share
            if capacity >= left:
                return gone + share * left / max(capacity, 1e-9)
            left -= capacity
            gone += share
            first = 1.0
            day_of_week = (day_of_week + 1) % 5
    return float(MOST_DAYS)


def _start(past: PastDays, weekday: int, dice: np.random.Generator) -> int:
    """Where a run of past days begins: on the same weekday, so that a weekly rhythm stays one."""
    same = np.flatnonzero(past.weekday == weekday)
    return int(dice.choice(same)) if len(same) >= 2 else int(dice.integers(len(past.posted)))


def _or_none(days: float) -> float | None:
    return None if days >= MOST_DAYS else days
