"""The minutes that a simulation knows: 07:30 to 17:30 of each working day, laid end to end.

A *slot* is one such minute. Nights, weekends and holidays have no slots: the PCs are off.
"""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

OPENS = 7 * 60 + 30
DAY_SLOTS = 600
ZONE_SECONDS = 7 * 3600
HOURS = ((8 * 60 + 30, 12 * 60), (13 * 60, 16 * 60 + 30))
"""Office hours in minutes of the day, as in methods.md §7."""
END_OF_OFFICE = 16 * 60 + 30

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Axis:
    """The working days of a simulation. The first `month_days` of them lie in the month itself."""

    days: tuple[date, ...]
    month_days: int

    @property
    def slots(self) -> int:
        """How many minutes there are."""
        return len(self.days) * DAY_SLOTS

    def minute_of_day(self) -> Ints:
        """Local minute of the day of every slot."""
        return np.tile(np.arange(OPENS, OPENS + DAY_SLOTS), len(self.days))

    def working(self) -> Bools:
        """Which slots are office hours."""
        minute = self.minute_of_day()
        (open_am, shut_am), (open_pm, shut_pm) = HOURS
        return ((minute >= open_am) & (minute < shut_am)) | (
            (minute >= open_pm) & (minute < shut_pm)
        )

    def day_start(self, day: int) -> int:
        """Seconds since 1970 of the first slot of a day."""
        return _midnight(self.days[day]) + OPENS * 60

    def second(self, slot: int) -> int:
        """Seconds since 1970 at which a slot begins."""
        return self.day_start(slot // DAY_SLOTS) + slot % DAY_SLOTS * 60

    def at(self, day: int, minute_of_day: int) -> int:
        """The slot of a local time on a day, held inside the day."""
        return day * DAY_SLOTS + min(max(minute_of_day - OPENS, 0), DAY_SLOTS - 1)


def month_axis(year: int, month: int, holidays: Collection[date], tail_days: int = 0) -> Axis:
    """The working days of a month, and of `tail_days` working days after it."""
    last = date(year, month, calendar.monthrange(year, month)[1])
    days = [day for n in range(1, last.day + 1) if _works(day := date(year, month, n), holidays)]
    in_month = len(days)
    day = last
    while len(days) < in_month + tail_days:
        day += timedelta(days=1)
        if _works(day, holidays):
            days.append(day)
    return Axis(tuple(days), in_month)


def _works(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86400 - ZONE_SECONDS
