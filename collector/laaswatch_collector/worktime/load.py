"""When the accounting site is expected to be slow, as data: year end, month ends, the first morning.

Expected load moves no deadline and explains nothing. It only keeps offices from calling their provider for
what is nobody's line, and warns before the fiscal year ends.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from laaswatch_collector.worktime.clock import WorkClock

WARN_WORKING_DAYS = 5
"""Working days before 30 September from which on the year's end is shown as a warning."""


class LoadError(ValueError):
    """A row of the file that cannot be used; says which and why."""


class Days(StrEnum):
    """Which working days of a month."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """So many working days at one end of some months; `since` and `until` in minutes of the local day."""

    name_th: str
    name_en: str
    months: frozenset[int]
    days: Days
    count: int
    since: int
    until: int
    source: str
    confidence: str

    def holds_on(self, day: date, clock: WorkClock) -> bool:
        """Whether this working day of the office is one of the window's."""
        if day.month not in self.months or not clock.is_working_day(day):
            return False
        step = timedelta(days=1 if self.days is Days.LAST else -1)
        rank, at = 0, day
        while at.month == day.month and rank <= self.count:
            rank += clock.is_working_day(at)
            at += step
        return rank <= self.count


@dataclass(frozen=True, slots=True)
class Expected:
    """A window on a day."""

    window: LoadWindow
    day: date


def expected_load(at: int, clock: WorkClock, windows: Sequence[LoadWindow]) -> LoadWindow | None:
    """The window in which this moment (seconds since 1970) lies; the first of the file that fits."""
    day = clock.local_day(at)
    minute = (at - clock.second(day, 0)) // 60
    for window in windows:
        if window.since <= minute < window.until and window.holds_on(day, clock):
            return window
    return None


def next_load(
    day: date, clock: WorkClock, windows: Sequence[LoadWindow], within: int = 7
) -> Expected | None:
    """The first window from this day on, at most `within` days ahead."""
    for ahead in range(within + 1):
        at = day + timedelta(days=ahead)
        for window in windows:
            if window.holds_on(at, clock):
                return Expected(window, at)
    return None


def year_ends(day: date, clock: WorkClock) -> date | None:
    """30 September if it is at most `WARN_WORKING_DAYS` working days ahead, today counted: there is no grace
    across it. None on all other days.
    """
    end = date(day.year, 9, 30)
    if day > end or (end - day).days > 4 * WARN_WORKING_DAYS:
        return None
    days = (day + timedelta(days=n) for n in range((end - day).days + 1))
    return end if sum(clock.is_working_day(x) for x in days) <= WARN_WORKING_DAYS else None


def parse_load(data: object) -> tuple[LoadWindow, ...]:
    """The file's content → windows; raises LoadError."""
    if not isinstance(data, Mapping) or set(data) != {"windows"}:
        raise LoadError("expected the key windows")
    rows = data["windows"]
    if not isinstance(rows, list):
        raise LoadError("windows: expected a list")
    return tuple(_parse_row(row, f"windows, row {number}") for number, row in enumerate(rows, 1))


_KEYS = {"name_th", "name_en", "months", "days", "count", "hours", "source", "confidence"}


def _parse_row(row: object, where: str) -> LoadWindow:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise LoadError(f"{where}: expected the keys {', '.join(sorted(_KEYS))}")
    if not row["source"] or row["confidence"] not in {"low", "medium", "high"}:
        raise LoadError(f"{where}: needs a source, and a confidence of low, medium or high")
    months = row["months"]
    if not isinstance(months, list) or not months:
        raise LoadError(f"{where}: months must be a list of 1 to 12")
    count = str(row["count"])
    if not re.fullmatch(r"[1-9]|1[0-5]", count, re.ASCII):
        raise LoadError(f"{where}: count must be 1 to 15 working days")
    numbers = [str(x) for x in months]
    if not all(re.fullmatch(r"[1-9]|1[0-2]", x, re.ASCII) for x in numbers):
        raise LoadError(f"{where}: months must be a list of 1 to 12")
    try:
        days = Days(str(row["days"]))
    except ValueError:
        raise LoadError(f"{where}: days must be first or last") from None
    hours = re.fullmatch(
        r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", str(row["hours"]), re.ASCII
    )
    if hours is None:
        raise LoadError(f"{where}: {row['hours']!r} is not a period such as 08:30-12:00")
    a, b, c, d = (int(x) for x in hours.groups())
    if not a * 60 + b < c * 60 + d <= 1440:
        raise LoadError(f"{where}: {row['hours']!r} does not end after it starts")
    return LoadWindow(
        str(row["name_th"]),
        str(row["name_en"]),
        frozenset(int(x) for x in numbers),
        days,
        int(count),
        a * 60 + b,
        c * 60 + d,
        str(row["source"]),
        str(row["confidence"]),
    )
