"""The worked examples of working time and deadlines (methods.md §7)."""

from datetime import date, datetime, timedelta, timezone

import pytest

from laaswatch_collector.worktime.clock import WorkClock

BANGKOK = timezone(timedelta(hours=7))
CLOCK = WorkClock(holidays=frozenset({date(2026, 6, 3)}))  # Wednesday 3 June 2026 is a holiday
MON, TUE, WED, THU, FRI, SAT, _, NEXT_MON, NEXT_TUE = range(1, 10)


def at(day, hour, minute=0):
    return int(datetime(2026, 6, day, hour, minute, tzinfo=BANGKOK).timestamp())


@pytest.mark.parametrize(
    ("transacted", "due"),
    [
        (at(MON, 9), at(TUE, 16, 30)),
        (at(TUE, 10), at(THU, 16, 30)),
        (at(FRI, 15), at(NEXT_MON, 16, 30)),
        (at(SAT, 9), at(NEXT_TUE, 16, 30)),
    ],
)
def test_a_deadline_is_the_end_of_the_next_working_day(transacted, due):
    assert CLOCK.deadline(transacted, 1) == due


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        (at(MON, 11, 30), at(MON, 13, 30), 60),
        (at(MON, 9), at(TUE, 16, 30), 810),
        (at(WED, 0), at(THU, 0), 0),
        (at(TUE, 9), at(MON, 9), 0),
    ],
)
def test_working_minutes_leave_out_lunch_nights_and_holidays(a, b, minutes):
    assert CLOCK.working_minutes(a, b) == minutes


def test_the_mask_counts_what_working_minutes_counts():
    start, end = at(MON, 0), at(MON, 0) + 14 * 86_400
    mask = CLOCK.mask(start, (end - start) // 60)
    assert mask.sum() == CLOCK.working_minutes(start, end) == 9 * 420
    assert mask[8 * 60 + 30]
    assert not mask[8 * 60 + 29]
    assert not mask[12 * 60 + 30]


def test_a_mask_may_start_within_working_hours():
    mask = CLOCK.mask(at(MON, 9), 10)
    assert mask.all()


def test_is_working_at_the_edges():
    assert CLOCK.is_working(at(MON, 8, 30))
    assert not CLOCK.is_working(at(MON, 16, 30))
    assert not CLOCK.is_working(at(SAT, 10))
