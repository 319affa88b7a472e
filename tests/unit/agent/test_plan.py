"""What the collector may ask of an agent, and how the site is spared."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.plan import (
    Plan,
    SitePlan,
    cadence_at,
    depth_of,
    plan_of,
    turns,
)
from laaswatch_agent.report.vocabulary import Depth


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ({}, SitePlan()),
        ({"site": None}, SitePlan()),
        ({"site": {}}, SitePlan()),
        (
            {"site": {"depth": "connect", "every": 800, "in_trouble": 300}},
            SitePlan(Depth.CONNECT, 800, 300),
        ),
        ({"site": {"depth": "local"}}, SitePlan(Depth.LOCAL)),
        ({"site": {"depth": "flood", "every": -5, "in_trouble": "x"}}, SitePlan()),
        ({"site": {"depth": ["full"], "every": True}}, SitePlan()),
        ({"site": {"every": 60, "in_trouble": 600}}, SitePlan(Depth.FULL, 60, 60)),
        ({"site": {"every": 1e300}}, SitePlan(Depth.FULL, 86_400, 86_400)),
        ({"site": {"every": float("nan")}}, SitePlan()),
    ],
)
def test_the_site_in_a_plan(said, site):
    """Odd values are passed over; trouble never makes an agent rarer."""
    assert plan_of(said).site == site


def test_days_that_are_none_are_passed_over():
    days = ["2026-12-05", "2026-13-01", 7, None, *["2026-12-10"] * 100]
    assert plan_of({"quiet_days": days}).quiet_days == {date(2026, 12, 5), date(2026, 12, 10)}


@pytest.mark.parametrize(
    ("local", "seconds"),
    [
        ("2026-11-23 07:59", 300),  # a Monday
        ("2026-11-23 08:00", 30),
        ("2026-11-23 16:59", 30),
        ("2026-11-23 17:00", 300),
        ("2026-11-22 10:00", 300),  # a Sunday
        ("2026-12-07 10:00", 300),  # the day in lieu of 5 December
        ("2026-12-08 10:00", 30),
    ],
)
def test_rounds_are_rarer_while_offices_are_closed(local, seconds):
    wall = datetime.fromisoformat(f"{local}+07:00").timestamp() * 1000
    plan = Plan(quiet_days=frozenset({date(2026, 12, 7)}))
    assert cadence_at(int(wall), 30, plan) == seconds


def test_the_office_hours_are_the_collectors_not_a_wrong_clocks():
    """A PC that takes local time for UTC is seven hours ahead; its skew puts it right."""
    nine = datetime(2026, 11, 23, 2, 0, tzinfo=UTC).timestamp() * 1000
    seven_hours = 7 * 3_600_000
    assert cadence_at(int(nine) + seven_hours, 30, Plan(skew_ms=-seven_hours)) == 30
    assert cadence_at(2**62, 30, Plan()) == 30  # no time at all


@pytest.mark.parametrize(("round_seconds", "seconds"), [(30, 300), (60, 600), (900, 900)])
def test_quiet_rounds_are_not_too_rare(round_seconds, seconds):
    assert cadence_at(0, round_seconds, Plan()) == seconds  # a Thursday, 07:00


@pytest.mark.parametrize(
    ("seconds", "count"), [(0, 1), (29, 1), (30, 1), (30.1, 2), (60, 2), (800, 27)]
)
def test_turns(seconds, count):
    assert turns(seconds, 30) == count


@given(st.floats(0, 3600), st.floats(0, 3600), st.lists(st.booleans(), min_size=1, max_size=300))
def test_the_site_is_touched_no_more_often_than_planned(every, in_trouble, troubles):
    """Whatever goes wrong and when: so many rounds lie between two touches."""
    site = SitePlan(Depth.FULL, every, min(in_trouble, every))
    since, gaps, last = 0, [], None
    for n, trouble in enumerate(troubles):
        depth = depth_of(site, since, 30.0, trouble=trouble)
        since = since + 1 if depth is Depth.LOCAL else 0
        if depth is not Depth.LOCAL:
            if last is not None:
                gaps.append(n - last)
            last = n
    assert all(gap >= turns(site.in_trouble, 30.0) for gap in gaps)


def test_a_site_that_is_switched_off_is_never_touched():
    site = SitePlan(Depth.LOCAL, 0, 0)
    assert {depth_of(site, n, 30.0, trouble=True) for n in range(100)} == {Depth.LOCAL}
