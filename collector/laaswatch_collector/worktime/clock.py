"""The working clock: which minutes count, how many lie between two times, and when a deadline falls.

Times are whole seconds since 1970 in UTC. Thailand keeps UTC+7 all year, so a fixed offset serves, also
on machines without a time-zone database. Hours and days off are data (config/calendar, methods.md §7).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1)
_DAY = 86_400

Periods = tuple[tuple[int, int], ...]
OFFICE_HOURS: Periods = ((8 * 60 + 30, 12 * 60), (13 * 60, 16 * 60 + 30))
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class WorkClock:
    """Working hours as [from, to) minutes of the local day, on these weekdays (0 = Monday), less holidays.

    `dated`: days with hours of their own, whatever their weekday; none at all on a day off. A holiday stays one.
    """

    hours: Periods = OFFICE_HOURS
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    zone_offset_minutes: int = 420
    dated: Mapping[date, Periods] = field(default_factory=dict, hash=False)

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this local day."""
        return bool(self.periods(day))

    def periods(self, day: date) -> Periods:
        """The working periods of this local day; none on a day off."""
        if day in self.holidays:
            return ()
        found = self.dated.get(day)
        if found is not None:
            return found
        return self.hours if day.weekday() in self.weekdays else ()

    def is_working(self, t: int) -> bool:
        """Whether this second lies in working hours."""
        day, second = self._local(t)
        return any(a * 60 <= second < b * 60 for a, b in self.periods(day))

    def working_minutes(self, a: int, b: int) -> int:
        """W(a, b): whole working minutes in [a, b); 0 where b ≤ a."""
        if b <= a:
            return 0
        total = 0
        for day in self._days(a, b):
            start = self.second(day, 0)
            for low, high in self.periods(day):
                total += max(0, min(b, start + high * 60) - max(a, start + low * 60))
        return total // 60

    def mask(self, start: int, minutes: int) -> NDArray[np.bool_]:
        """One flag a minute from `start`: does it lie in working hours?"""
        working = np.zeros(minutes, np.bool_)
        for day in self._days(start, start + minutes * 60):
            first = self.second(day, 0) - start
            for low, high in self.periods(day):
                a, b = (first + low * 60) // 60, (first + high * 60) // 60
                working[max(0, a) : max(0, b)] = True
        return working

    def working_day(self, t: int) -> date:
        """The local day of t if the office works then, else the next working day."""
        day = self._local(t)[0]
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day after this day."""
        for _ in range(count):
            day += timedelta(days=1)
            while not self.is_working_day(day):
                day += timedelta(days=1)
        return day

    def working_day_before(self, day: date) -> date:
        """The nearest working day before this day."""
        day -= timedelta(days=1)
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def deadline(self, t: int, days: int, at: tuple[int, int] | None = None) -> int:
        """D(t): `at` (hour, minute; by default the end of working hours) on the days-th working day after t's."""
        day = self.add_working_days(self.working_day(t), days)
        minute = self.periods(day)[-1][1] if at is None else at[0] * 60 + at[1]
        return self.second(day, minute)

    def second(self, day: date, minute: int) -> int:
        """A minute of a local day in seconds since 1970."""
        return (day - _EPOCH).days * _DAY + (minute - self.zone_offset_minutes) * 60

    def local_day(self, t: int) -> date:
        """The local day on which this second lies."""
        return self._local(t)[0]

    def _local(self, t: int) -> tuple[date, int]:
        days, second = divmod(t + self.zone_offset_minutes * 60, _DAY)
        return _EPOCH + timedelta(days=days), second

    def _days(self, a: int, b: int) -> Iterator[date]:
        day, last = self._local(a)[0], self._local(b)[0]
        while day <= last:
            yield day
            day += timedelta(days=1)
