"""Hours that hold only on some days: weekends at year end, an office's own order."""

from datetime import date, datetime

import numpy as np
import pytest

from laaswatch_collector.worktime.calendar import (
    Calendar,
    CalendarDay,
    CalendarError,
    DatedHours,
    Hours,
    Kind,
    Status,
    parse_dated_hours,
)
from laaswatch_collector.worktime.columns import WorkColumns
from laaswatch_collector.worktime.thai import BANGKOK

FIRST, LAST = date(2026, 9, 25), date(2026, 9, 30)  # Friday to Wednesday
HOLIDAY = CalendarDay(
    "", date(2026, 9, 29), "วันหยุด", "Day off", Kind.CABINET, Status.OFFICIAL, "s", FIRST
)
LONG = DatedHours(
    "", FIRST, LAST, Hours(((510, 1200),), frozenset(range(5))), Status.OFFICIAL, "order"
)
WEEKEND = DatedHours(
    "office:1", FIRST, LAST, Hours(((540, 960),), frozenset({5, 6})), Status.ESTIMATED, "order"
)
CALENDAR = Calendar([HOLIDAY], dated_hours=[LONG, WEEKEND])


def test_longer_hours_hold_on_their_days_only():
    clock = CALENDAR.work_clock("57", "2")
    assert clock.periods(date(2026, 9, 24)) == ((510, 720), (780, 990))
    assert clock.periods(date(2026, 9, 25)) == ((510, 1200),)
    assert clock.periods(date(2026, 9, 26)) == ()
    assert clock.periods(date(2026, 9, 29)) == (), "a holiday stays one"
    assert clock.periods(date(2026, 10, 1)) == ((510, 720), (780, 990))


def test_an_office_s_own_order_has_the_last_word():
    clock = CALENDAR.work_clock("57", "1")
    assert clock.periods(date(2026, 9, 26)) == ((540, 960),)
    assert clock.periods(date(2026, 9, 25)) == (), "its order names the weekend alone"


def test_minutes_and_deadlines_follow():
    clock = CALENDAR.work_clock("57", "2")
    friday, monday = (datetime(2026, 9, d, 8, tzinfo=BANGKOK).timestamp() for d in (25, 28))
    assert clock.working_minutes(int(friday), int(monday)) == 690
    assert clock.deadline(int(friday), 0) == clock.second(FIRST, 1200)
    assert clock.is_working(int(datetime(2026, 9, 25, 12, 30, tzinfo=BANGKOK).timestamp()))
    mask = clock.mask(clock.second(FIRST, 0), 1440)
    assert int(mask.sum()) == 690


@pytest.mark.parametrize("office", ["1", "2"])
def test_the_clock_for_arrays_says_the_same(office):
    clock = CALENDAR.work_clock("57", office)
    start = clock.second(date(2026, 9, 14), 0)
    columns = WorkColumns(clock, start, start + 25 * 86_400)
    rng = np.random.default_rng(9)
    a = start + rng.integers(0, 20 * 86_400, 500)
    b = a + rng.integers(0, 4 * 86_400, 500)
    worked = columns.working_minutes(a, b).tolist()
    assert worked == [clock.working_minutes(int(x), int(y)) for x, y in zip(a, b, strict=True)]
    assert columns.deadlines(a, 1).tolist() == [clock.deadline(int(x), 1) for x in a]


def test_what_is_estimated_is_told():
    assert CALENDAR.estimated(date(2026, 9, 26), "57", "1")
    assert not CALENDAR.estimated(date(2026, 9, 26), "57", "2")


ROW = {
    "scope": "office:1 2",
    "first": "2026-09-26",
    "last": "2026-09-27",
    "hours": ["09:00-16:00"],
    "weekdays": ["sat", "sun"],
    "status": "official",
    "source": "order 1/2569",
}


def test_a_row_holds_for_each_office_that_it_names():
    found = parse_dated_hours([ROW], "hours.yaml")
    assert [x.scope for x in found] == ["office:1", "office:2"]
    assert found[0].hours == Hours(((540, 960),), frozenset({5, 6}))


@pytest.mark.parametrize(
    "change",
    [
        {"last": "2026-09-25"},
        {"last": "2027-10-25"},
        {"first": "26/9/2569"},
        {"source": ""},
        {"status": "sure"},
        {"scope": "planet:1"},
        {"hours": ["9-16"]},
        {"more": "keys"},
    ],
)
def test_a_wrong_row_is_refused_with_its_place(change):
    with pytest.raises(CalendarError, match=r"hours\.yaml, row 1"):
        parse_dated_hours([ROW | change], "hours.yaml")
