"""The working clock for arrays says what the working clock says of each time."""

from datetime import date

import numpy as np
import pytest

from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.columns import MARGIN, WorkColumns

CLOCKS = (
    WorkClock(holidays=frozenset({date(2026, 6, 3), date(2026, 6, 1)})),
    WorkClock(hours=((540, 1020),), weekdays=frozenset({1, 2, 5})),
)
FIRST = WorkClock().second(date(2026, 5, 20), 0)
SPAN = 40 * 86_400


@pytest.mark.parametrize("clock", CLOCKS)
def test_deadlines_and_minutes_are_those_of_the_clock(clock):
    columns = WorkColumns(clock, FIRST, FIRST + SPAN)
    rng = np.random.default_rng(5)
    a = FIRST + rng.integers(0, SPAN, 400)
    b = a + rng.integers(-90_000, 900_000, 400)
    for days, at in ((0, None), (1, None), (3, (15, 30))):
        found = columns.deadlines(a, days, at).tolist()
        assert found == [clock.deadline(int(t), days, at) for t in a]
    worked = columns.working_minutes(a, b).tolist()
    assert worked == [clock.working_minutes(int(x), int(y)) for x, y in zip(a, b, strict=True)]


def test_midnight_is_the_local_one():
    clock = CLOCKS[0]
    columns = WorkColumns(clock, FIRST, FIRST + SPAN)
    at = np.array([FIRST, FIRST + 1, FIRST + 86_399])
    assert columns.next_midnight(at).tolist() == [FIRST + 86_400] * 3
    assert columns.local_minute(at).tolist() == [0, 0, 1439]


@pytest.mark.parametrize("days", [-MARGIN - 1, 60 + MARGIN])
def test_beyond_the_table_nothing_is_guessed(days):
    columns = WorkColumns(CLOCKS[0], FIRST, FIRST + SPAN)
    with pytest.raises(IndexError):
        columns.deadlines(np.array([FIRST + days * 86_400]), 1)
