"""Whatever two calendars differ in: where an office's clock or certainty differs, a change reaches that office
and that day; where no change reaches, nothing differs.
"""

import random
from datetime import date, timedelta

from laaswatch_collector.worktime.calendar import (
    OFFICE_HOURS,
    Calendar,
    CalendarDay,
    DatedHours,
    Hours,
    Kind,
    Status,
    scopes_of,
)
from laaswatch_collector.worktime.changes import changes, in_use
from support.soak import seed, soak

TRIES = soak(150, 20_000)
FIRST = date(2026, 9, 21)
DAYS = [FIRST + timedelta(days=n) for n in range(21)]
PLACES = (("57", "6570401"), ("94", "6940401"), ("94", "6940402"))
SCOPES = ("", "region:north", "region:south", "province:57", "province:94", "office:6940402")
SHORT = Hours(((540, 720),), frozenset(range(6)))


def a_calendar(dice):
    days = [
        CalendarDay(
            dice.choice(SCOPES),
            dice.choice(DAYS),
            f"วัน {n}",
            "Day",
            dice.choice((Kind.PUBLIC, Kind.CABINET, Kind.WORKS)),
            dice.choice(tuple(Status)),
            "s",
            FIRST,
        )
        for n in range(dice.randrange(6))
    ]
    dated = [
        DatedHours(
            dice.choice(SCOPES), day, day + timedelta(days=dice.randrange(4)), SHORT,
            dice.choice(tuple(Status)), "s",
        )
        for day in dice.sample(DAYS, dice.randrange(3))
    ]  # fmt: skip
    own = {"6940402": SHORT} if dice.random() < 0.3 else {}
    return Calendar(days, OFFICE_HOURS, own, dated)


def one_change_more(calendar, dice):
    """The same with one row taken away or added."""
    more = a_calendar(dice)
    days = list(calendar.days)
    if days and dice.random() < 0.4:
        days.pop(dice.randrange(len(days)))
    else:
        days += more.days[:1]
    dated = more.dated_hours if dice.random() < 0.3 else calendar.dated_hours
    return Calendar(days, OFFICE_HOURS, calendar.office_hours, dated)


def test_a_change_reaches_everything_that_differs():
    dice = random.Random(seed())
    for _ in range(TRIES):
        the_change_reaches_what_differs(dice)


def the_change_reaches_what_differs(dice):
    before = a_calendar(dice)
    after = a_calendar(dice) if dice.random() < 0.3 else one_change_more(before, dice)
    found = changes(in_use(before, "p", {}, "1"), in_use(after, "p", {}, "1"))
    for province, office in PLACES:
        scopes = scopes_of(province, office)
        clocks = before.work_clock(province, office), after.work_clock(province, office)
        for day in DAYS:
            sure = [x.estimated(day, province, office) for x in (before, after)]
            differs = clocks[0].periods(day) != clocks[1].periods(day) or sure[0] != sure[1]
            reached = any(
                x.scope in scopes and (x.first is None or x.first <= day <= x.last) for x in found
            )
            assert reached or not differs, (day, office, found)


def test_the_same_calendar_in_any_order_is_no_change():
    dice = random.Random(seed())
    for _ in range(TRIES):
        one = a_calendar(dice)
        rows = list(one.days)
        dice.shuffle(rows)
        other = Calendar(rows, OFFICE_HOURS, one.office_hours, one.dated_hours)
        assert changes(in_use(one, "p", {}, "1"), in_use(other, "p", {}, "1")) == ()
