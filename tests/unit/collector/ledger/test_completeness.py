"""Complete and current; and that nothing is said about days nobody handed in."""

from datetime import date, timedelta

import pytest

from laaswatch_collector.ledger.completeness import QuietRun, Standing, quiet_runs, standing
from laaswatch_collector.worktime.clock import WorkClock

CLOCK = WorkClock(holidays=frozenset({date(2026, 10, 13), date(2026, 10, 23)}))
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 30)
EVERY_DAY = {FIRST + timedelta(days=n) for n in range(30)}


def but(*days):
    return EVERY_DAY - {date(2026, 10, day) for day in days}


def test_weekends_and_holidays_are_not_quiet_days():
    working = {day for day in EVERY_DAY if CLOCK.is_working_day(day)}
    assert quiet_runs(working, CLOCK, FIRST, LAST) == []


def test_a_quiet_run_goes_on_over_the_weekend():
    runs = quiet_runs(but(8, 9, 12, 14), CLOCK, FIRST, LAST)
    assert runs == [QuietRun(date(2026, 10, 8), date(2026, 10, 14), 4)]


@pytest.mark.parametrize(
    ("entry_days", "late", "known_until", "expected"),
    [
        (EVERY_DAY, 0, LAST, Standing.CURRENT),
        (EVERY_DAY, 3, LAST, Standing.NOT_CURRENT),
        (but(5, 6, 7, 8), 0, LAST, Standing.CURRENT),
        (but(5, 6, 7, 8, 9), 0, LAST, Standing.NOT_OPERATING),
        (but(5, 6, 7, 8, 9), 3, LAST, Standing.NOT_OPERATING),
        (set(), 0, date(2026, 10, 2), Standing.CURRENT),
        (set(), 0, LAST, Standing.NOT_OPERATING),
        (set(), 0, None, Standing.UNKNOWN),
        (set(), 0, date(2026, 9, 30), Standing.UNKNOWN),
    ],
)
def test_the_standing_needs_five_quiet_working_days(entry_days, late, known_until, expected):
    assert standing(entry_days, late, CLOCK, FIRST, known_until, 5) is expected
