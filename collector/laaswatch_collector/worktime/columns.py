"""The working clock for many times at once: the same answers as `WorkClock`, out of one table by local day."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.worktime.clock import WorkClock

_DAY = 86_400
_EPOCH = date(1970, 1, 1)
MARGIN = 120
"""Days before and after the span that the table knows, for deadlines that lie beyond it."""

Seconds = NDArray[np.int64]


class WorkColumns:
    """For times (seconds since 1970) in [first, last] and deadlines up to `MARGIN` days beyond.

    IndexError for times further out: nothing is guessed.
    """

    def __init__(self, clock: WorkClock, first: int, last: int) -> None:
        self._offset = clock.zone_offset_minutes * 60
        self._first = (first + self._offset) // _DAY - MARGIN
        days = (last + self._offset) // _DAY + MARGIN - self._first + 1
        start = _EPOCH + timedelta(days=self._first)
        works = np.array([clock.is_working_day(start + timedelta(days=k)) for k in range(days)])
        self._working = np.flatnonzero(works)
        # Rank in the list of working days of each day itself, or of the next working day.
        self._rank = np.concatenate(([0], np.cumsum(works)))[:-1]
        periods = [clock.periods(start + timedelta(days=k)) for k in range(days)]
        most = max((len(x) for x in periods), default=0)
        # Of each day, period by period: from and to in seconds of the day, nothing where it has fewer.
        table = np.zeros((most, 2, days), np.int64)
        for day, found in enumerate(periods):
            for k, (low, high) in enumerate(found):
                table[k, 0, day], table[k, 1, day] = low * 60, high * 60
        self._periods = table
        self._end = table[:, 1].max(axis=0) if most else np.zeros(days, np.int64)
        length = (table[:, 1] - table[:, 0]).sum(axis=0)
        self._before = np.concatenate(([0], np.cumsum(length)))[:-1]

    def deadlines(self, t: Seconds, days: int, at: tuple[int, int] | None = None) -> Seconds:
        """D(t) of each time, as `WorkClock.deadline`."""
        day, _ = self._split(t)
        due = self._working[self._rank[day] + days]
        second = self._end[due] if at is None else (at[0] * 60 + at[1]) * 60
        return np.asarray((due + self._first) * _DAY + second - self._offset, np.int64)

    def working_minutes(self, a: Seconds, b: Seconds) -> NDArray[np.int64]:
        """W(a, b) of each pair, as `WorkClock.working_minutes`."""
        return np.asarray(np.maximum(0, self._worked(b) - self._worked(a)) // 60, np.int64)

    def local_minute(self, t: Seconds) -> NDArray[np.int64]:
        """The minute of the local day in which each time lies."""
        return self._split(t)[1] // 60

    def next_midnight(self, t: Seconds) -> Seconds:
        """Where the local day after each time's begins."""
        return np.asarray(t + _DAY - (t + self._offset) % _DAY, np.int64)

    def _worked(self, t: Seconds) -> Seconds:
        day, second = self._split(t)
        of_day = np.zeros_like(second)
        for low, high in self._periods:
            of_day += np.clip(second - low[day], 0, (high - low)[day])
        return np.asarray(self._before[day] + of_day, np.int64)

    def _split(self, t: Seconds) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        day, second = np.divmod(t + self._offset, _DAY)
        day = day - self._first
        if len(day) and int(day.min()) < 0:
            raise IndexError("a time before the table's first day")
        return day, second
