"""The ladder of steps: which make sense, where an office stands, what is next."""

from datetime import UTC, date, datetime

import pytest

from laaswatch_agent.knowledge.articles import Step, Text, Track
from laaswatch_collector.advice.escalation import (
    Standing,
    due_by_custom,
    ladder,
    next_of,
    steps_for,
)
from laaswatch_collector.advice.tried import Outcome, TriedStep
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.timeline.conclusions import Scope

TODAY = date(2026, 11, 3)
AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def step(who, outcome=Outcome.DID_NOT_HELP, due=None):
    return TriedStep(1, "6860101", AT, who, "", Text("ก", "a"), "", due, outcome)


def test_the_circular_s_two_tracks_never_merge():
    """No internet: the province and a partner's line. Slow: the owner's advice, then provider or expert."""
    none, slow = steps_for(Track.NO_ACCESS, None), steps_for(Track.DEGRADED, Scope.OFFICE)
    assert Step.PARTNER in none
    assert Step.PARTNER not in slow
    assert Step.OWNER in slow
    assert Step.OWNER not in none


@pytest.mark.parametrize("scope", [Scope.SITE, Scope.ISP, Scope.ISP_PROVINCE, Scope.PROVINCE])
def test_nobody_is_sent_to_a_router_while_others_are_at_fault(scope):
    assert Step.IT not in steps_for(Track.NO_ACCESS, scope)


def test_a_pc_s_own_trouble_stays_in_the_office():
    assert steps_for(Track.NO_ACCESS, Scope.PC) == (Step.SELF, Step.IT)


def test_each_step_stands_as_its_last_try_left_it():
    taken = [
        step(Step.SELF, Outcome.WAITING),
        step(Step.SELF, Outcome.DID_NOT_HELP),
        step(Step.ISP, Outcome.WAITING, date(2026, 11, 2)),
        step(Step.OWNER, Outcome.WAITING, date(2026, 11, 3)),
    ]
    rungs = ladder((Step.SELF, Step.IT, Step.ISP), taken, TODAY)
    assert [(x.step, x.standing, x.times) for x in rungs] == [
        (Step.SELF, Standing.NO_HELP, 2),
        (Step.IT, Standing.NOT_YET, 0),
        (Step.ISP, Standing.OVERDUE, 1),
        (Step.OWNER, Standing.WAITING, 1),  # taken though not on the ladder: never hidden
    ]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], Step.SELF),
        ([step(Step.SELF)], Step.IT),
        ([step(Step.SELF), step(Step.IT, Outcome.WAITING)], None),
        ([step(Step.SELF), step(Step.ISP, Outcome.WAITING, date(2026, 11, 2))], Step.ISP),
        ([step(Step.SELF, Outcome.HELPED)], None),
        ([step(x) for x in (Step.SELF, Step.IT, Step.ISP, Step.PARTNER)], None),
    ],
    ids=["none", "first failed", "waiting", "overdue", "helped", "all tried"],
)
def test_one_step_at_a_time(taken, expected):
    found = next_of(ladder(steps_for(Track.NO_ACCESS, None), taken, TODAY))
    assert (found.step if found else None) is expected


def test_answers_of_others_are_due_on_the_next_working_day():
    clock = load_calendar(None).work_clock("86", "6860101")
    friday, monday = date(2026, 10, 30), date(2026, 11, 2)
    assert due_by_custom(Step.ISP, friday, clock) == monday
    assert due_by_custom(Step.SELF, friday, clock) is None


def test_an_answer_is_not_overdue_on_its_day():
    assert not step(Step.ISP, Outcome.WAITING, TODAY).is_overdue(TODAY)
    assert step(Step.ISP, Outcome.WAITING, date(2026, 11, 2)).is_overdue(TODAY)
    assert not step(Step.ISP, Outcome.HELPED, date(2026, 11, 2)).is_overdue(TODAY)
