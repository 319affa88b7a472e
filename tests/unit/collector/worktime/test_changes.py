"""What a changed calendar touches: exactly the days and scopes that differ in what they decide."""

from dataclasses import replace
from datetime import date

from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.worktime.calendar import (
    OFFICE_HOURS,
    Calendar,
    CalendarDay,
    DatedHours,
    Hours,
    Kind,
    Status,
)
from laaswatch_collector.worktime.changes import changes, in_use

DAY = date(2026, 11, 3)
OFF = CalendarDay(
    "", DAY, "วันหยุด", "Day off", Kind.CABINET, Status.OFFICIAL, "notice", date(2026, 1, 1)
)
NEW_YEAR = replace(OFF, day=date(2026, 1, 1), kind=Kind.PUBLIC)
POLICY = load_policy()


def used(*days, policy=POLICY, version="1", **more):
    calendar = Calendar((NEW_YEAR, *days), **more)
    return in_use(calendar, policy.digest, policy.office_cut_off, version)


def touched(before, after):
    return [(x.scope, x.first, x.last, x.what, x.before, x.after) for x in changes(before, after)]


def test_a_day_that_was_added_touches_itself():
    assert touched(used(), used(OFF)) == [("", DAY, DAY, "days", "", "off")]
    assert touched(used(OFF), used()) == [("", DAY, DAY, "days", "off", "")]


def test_a_province_s_day_touches_the_province():
    eid = replace(OFF, scope="province:94", status=Status.ESTIMATED)
    assert touched(used(), used(eid)) == [("province:94", DAY, DAY, "days", "", "off?")]


def test_confirming_an_estimate_touches_its_day():
    guess = replace(OFF, status=Status.ESTIMATED)
    assert touched(used(guess), used(OFF)) == [("", DAY, DAY, "days", "off?", "off")]


def test_another_name_or_source_touches_nothing():
    renamed = replace(OFF, name_th="ชื่อใหม่", source="another letter", kind=Kind.PUBLIC)
    assert changes(used(OFF), used(renamed)) == ()
    assert changes(used(OFF), used(OFF)) == ()


def test_the_first_data_of_a_year_touch_the_year():
    first = replace(OFF, day=date(2028, 1, 3))
    (year, day) = sorted(touched(used(), used(first)), key=lambda x: x[1])
    assert year[:4] == ("", date(2028, 1, 1), date(2028, 12, 31), "years")
    assert day[:4] == ("", first.day, first.day, "days")


def test_hours_touch_their_office_or_everybody():
    late = Hours(((600, 1080),), frozenset({0}))
    assert [x[:4] for x in touched(used(), used(office_hours={"1": late}))] == [
        ("office:1", None, None, "hours")
    ]
    assert [x[:4] for x in touched(used(), used(hours=late))] == [("", None, None, "hours")]


def test_dated_hours_touch_their_days():
    row = DatedHours("office:1", DAY, date(2026, 11, 8), OFFICE_HOURS, Status.OFFICIAL, "order")
    assert [x[:4] for x in touched(used(), used(dated_hours=[row]))] == [
        ("office:1", DAY, date(2026, 11, 8), "dated")
    ]


def test_policy_and_rules_touch_everything_and_an_office_s_hour_that_office():
    stricter = replace(POLICY, closure_least=1)
    assert [x[:4] for x in touched(used(), used(policy=stricter))] == [("", None, None, "rules")]
    assert [x[:4] for x in touched(used(), used(version="2"))] == [("", None, None, "rules")]
    own = replace(POLICY, office_cut_off={"1": (15, 0)})
    assert touched(used(), used(policy=own)) == [("office:1", None, None, "cut_offs", "", "15:00")]


def test_the_version_of_a_policy_alone_touches_nothing():
    assert changes(used(), used(policy=replace(POLICY, version="2030-01-01"))) == ()
