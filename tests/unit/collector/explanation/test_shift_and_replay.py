"""The worked examples of "was it the outage?" (methods.md §8)."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.axis import clock_weight, work_axis
from laaswatch_collector.explanation.desk import Days
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes, Verdict
from laaswatch_collector.explanation.replay import counterfactual, really_lost, replay
from laaswatch_collector.explanation.shift import overtaken
from laaswatch_collector.explanation.verdict import (
    DEFAULT_VERDICT_RULES,
    GRADES,
    VERDICTS,
    decide,
    explained_fraction,
    grade,
)
from laaswatch_collector.timeline.conclusions import SCOPES, Conclusions, Grade, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock

BANGKOK = timezone(timedelta(hours=7))
CLOCK = WorkClock(holidays=frozenset({date(2026, 6, 3)}))
START = int(datetime(2026, 6, 1, tzinfo=BANGKOK).timestamp())
DAYS = 12


def at(day, hour, minute=0):
    return int(datetime(2026, 6, day, hour, minute, tzinfo=BANGKOK).timestamp())


def a_month(*down, scope=Scope.SITE, fault=Fault.SITE_TCP, unknown=(), settled=DAYS):
    """One office, up all day but for `down` and `unknown` spans of (from, to) seconds."""
    shape = (1, DAYS * 1440)
    state = np.full(shape, MinuteState.UP, np.uint8)
    scopes, faults = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for a, b in down:
        part = slice((a - START) // 60, (b - START) // 60)
        state[0, part] = MinuteState.DOWN
        scopes[0, part] = SCOPES.index(scope)
        faults[0, part] = FAULTS.index(fault)
    for a, b in unknown:
        state[0, (a - START) // 60 : (b - START) // 60] = MinuteState.UNKNOWN
    return Conclusions(
        "t",
        START,
        ("o",),
        state,
        scopes,
        faults,
        np.zeros(shape, np.bool_),
        np.full(shape, 2, np.uint8),
        (),
        START + settled * 86_400,
    )


TUESDAY_AFTERNOON = (at(2, 13, 30), at(2, 16, 30))


def one_day(minutes):
    """The labels of an axis that is one long Monday."""
    k = np.arange(minutes)
    return Days(510 + k, np.zeros(minutes, np.int64), np.zeros(minutes, np.int64))


def one(posted, conclusions=None):
    entry = EntryTimes("e", "o", at(1, 9), at(2, 16, 30), posted)
    (found,) = explain([entry], conclusions or a_month(TUESDAY_AFTERNOON), CLOCK)
    return found


def test_ten_past_nine_on_thursday_is_forty_minutes_late_and_fully_shifted():
    found = one(at(4, 9, 10))
    assert (found.tardiness, found.shift_fraction) == (40, 1.0)


def test_four_in_the_afternoon_is_too_late_for_three_lost_hours():
    found = one(at(4, 16))
    assert found.tardiness == 390
    assert found.shift_fraction == pytest.approx(0.462, abs=0.001)


def test_the_figures_of_the_counterfactual_sentence():
    found = one(at(4, 9, 10))
    assert found.window_minutes == 810
    assert (found.usable_minutes, found.down_minutes, found.unknown_minutes) == (630, 180, 0)
    assert (found.scope, found.fault) == (Scope.SITE, "site_tcp")


def test_replay_gives_the_displaced_work_back():
    """Ten entries at 0, one every ten minutes, down [30, 60): posted 10, 20, 30, 70, …, 130."""
    posted = np.array([10, 20, 30, 70, 80, 90, 100, 110, 120, 130])
    transacted = np.zeros(10, np.int64)
    x = np.zeros(200)
    x[30:60] = 1.0
    never = np.full(10, np.iinfo(np.int64).max)
    run = replay(transacted, posted, never, x, one_day(200), ready_after=0)
    assert run.rate == pytest.approx(0.1)
    back = counterfactual(run, np.arange(10), transacted)
    assert back.tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    late = posted >= 105
    assert np.flatnonzero(late).tolist() == [7, 8, 9]
    due = np.full(10, 105)
    assert (explained_fraction(due, posted, back, never, 30)[late] == 1.0).all()


@pytest.mark.parametrize(
    ("in_spite", "left"),
    [([], 1.0), (range(40, 100, 10), 0.5), (range(35, 100, 5), 0.0), ([30, 149], 1.0)],
    ids=["none", "half as many", "as ever", "at the edges"],
)
def test_what_was_posted_in_spite_of_an_outage_was_not_lost(in_spite, left):
    """An outage of two hours in an office that posts an entry every ten minutes."""
    x, postings = np.zeros(200), np.zeros(200, np.int64)
    x[30:150] = 1.0
    postings[list(in_spite)] = 1
    lost = really_lost(x, postings, np.full(200, 0.1))
    assert lost[30:150] == pytest.approx(left)
    assert not lost[:30].any()


def test_an_office_that_went_on_as_ever_contradicts_the_outage():
    """It posts every ten minutes, on Tuesday afternoon too; one entry it left lying until Thursday."""
    times = [at(day, h, m) for day in (1, 2, 4) for h in (9, 10, 14, 15) for m in range(0, 60, 10)]
    entries = [
        EntryTimes(f"e{i}", "o", before, at(5, 16, 30), after)
        for i, (before, after) in enumerate(zip(times, times[6:], strict=False))
    ]
    waiting = EntryTimes("late", "o", at(2, 13), at(2, 16, 30), at(4, 9, 10))
    down = a_month((at(2, 13, 30), at(2, 15, 50)))
    (found,) = [x for x in explain([*entries, waiting], down, CLOCK) if x.entry == "late"]
    assert found.grade is Grade.CONTRADICTED
    assert found.verdict is not Verdict.EXPLAINED


def test_an_idle_office_explains_nothing():
    """Nothing was waiting during the outage: nothing is given back."""
    posted, transacted = np.array([10, 150]), np.array([0, 100])
    x = np.zeros(200)
    x[30:60] = 1.0
    run = replay(transacted, posted, np.full(2, 10**9), x, one_day(200), ready_after=0)
    assert counterfactual(run, np.arange(2), transacted).tolist() == [10, 150]


def test_a_younger_entry_posted_first_shows_that_the_older_was_not_waiting():
    transacted, posted = np.array([0, 50, 90, 200]), np.array([500, 60, 100, 210])
    assert overtaken(transacted, posted).tolist()[:3] == [100, 210, 210]
    due, late, back, later = (np.array([n]) for n in (105, 500, 90, 100))
    assert explained_fraction(due, late, back, later, most=30) == 0


def test_no_outage_explains_nothing():
    found = one(at(4, 9, 10), a_month())
    assert (found.verdict, found.explained_fraction) == (Verdict.NOT_EXPLAINED, 0.0)


def test_a_cable_that_is_out_on_every_pc_excuses_nothing():
    found = one(at(4, 9, 10), a_month(TUESDAY_AFTERNOON, scope=Scope.OFFICE, fault=Fault.PC_LINK))
    assert found.verdict is Verdict.NOT_EXPLAINED
    assert found.down_minutes == 180


def test_too_little_is_known_for_a_verdict():
    found = one(at(4, 9, 10), a_month(unknown=[(at(1, 9), at(2, 16))]))
    assert found.verdict is Verdict.NO_EVIDENCE


def test_minutes_that_may_still_change_leave_the_verdict_open():
    assert one(at(4, 9, 10), a_month(TUESDAY_AFTERNOON, settled=2)).verdict is Verdict.PENDING


def test_entries_on_time_get_no_explanation():
    entry = EntryTimes("e", "o", at(1, 9), at(2, 16, 30), at(2, 10))
    assert explain([entry], a_month(TUESDAY_AFTERNOON), CLOCK) == ()


@pytest.mark.parametrize(
    ("explained", "at_most", "shift", "unknown", "verdict"),
    [
        (1.0, 1.0, 0.5, 0.0, Verdict.EXPLAINED),
        (1.0, 1.0, 0.5, 0.9, Verdict.EXPLAINED),
        (0.99, 1.0, 1.0, 0.51, Verdict.NO_EVIDENCE),
        (0.99, 0.99, 1.0, 0.51, Verdict.PARTLY),
        (0.25, 1.0, 0.0, 0.5, Verdict.PARTLY),
        (0.0, 0.25, 0.0, 0.51, Verdict.NO_EVIDENCE),
        (0.0, 0.24, 0.0, 1.0, Verdict.NOT_EXPLAINED),
        (0.24, 1.0, 1.0, 0.0, Verdict.NOT_EXPLAINED),
    ],
)
def test_verdicts_in_their_order(explained, at_most, shift, unknown, verdict):
    assert decided(explained, at_most, shift, unknown) is verdict


def test_with_few_postings_the_lost_time_must_weigh_up_the_tardiness():
    assert decided(1.0, 1.0, 0.49, 0.0, habits_known=True) is Verdict.EXPLAINED
    assert decided(1.0, 1.0, 0.49, 0.0, habits_known=False) is Verdict.PARTLY
    assert decided(1.0, 1.0, 0.5, 0.0, habits_known=False) is Verdict.EXPLAINED


def decided(*figures, habits_known=True):
    columns = [np.array([x]) for x in (*figures, True)]
    (code,) = decide(*columns, rules=DEFAULT_VERDICT_RULES, habits_known=habits_known)
    return VERDICTS[code]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ({"wide": 60, "measured": 0, "single": 0, "inferred": 0}, Grade.CORROBORATED),
        ({"wide": 30, "measured": 30, "single": 0, "inferred": 0}, Grade.MEASURED),
        ({"wide": 0, "measured": 30, "single": 30, "inferred": 0}, Grade.SINGLE_PC),
        ({"wide": 0, "measured": 0, "single": 30, "inferred": 30}, Grade.INFERRED),
        ({"wide": 0, "measured": 0, "single": 0, "inferred": 0}, Grade.NONE),
    ],
)
def test_the_grade_is_the_best_that_suffices(minutes, expected):
    columns = {name: np.array([n]) for name, n in minutes.items()}
    (code,) = grade(**columns, needed=np.array([60.0]))
    assert GRADES[code] is expected


def test_the_clock_weight_follows_when_the_office_posts():
    axis = work_axis(a_month(), 0, CLOCK)
    mornings = np.flatnonzero((axis.minute + 420) % 1440 < 9 * 60)
    weight = clock_weight(axis, np.tile(mornings, 3))
    assert weight[mornings].min() > 5
    assert weight.mean() == pytest.approx(1.0, abs=0.01)
    assert clock_weight(axis, mornings[:50]).tolist() == [1.0] * len(axis.minute)
