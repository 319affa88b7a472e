"""What a second line would have saved: worked examples, and a desk whose other life is known."""

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.axis import WorkAxis
from laaswatch_collector.outlook.second_line import Others, line_minutes, second_line
from laaswatch_collector.timeline.conclusions import SCOPES, MinuteState, Scope
from support.desks import DAY, arrivals, office, working_days

ALWAYS = 1.0


def axis_of(days, *outages):
    """An axis with outages (from, to, scope, fault); everything else is up."""
    size = len(days.day)
    state = np.full(size, MinuteState.UP, np.uint8)
    scope, fault = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    x = np.zeros(size)
    for a, b, s, f in outages:
        state[a:b], scope[a:b], fault[a:b] = MinuteState.DOWN, SCOPES.index(s), FAULTS.index(f)
        x[a:b] = 1.0
    minute = days.day * 1440 + days.of_day - 420
    return WorkAxis(
        minute,
        state,
        scope,
        fault,
        np.zeros(size, np.bool_),
        np.ones(size, np.uint8),
        x,
        state == MinuteState.DOWN,
        np.ones(size, np.bool_),
        420,
    )


def others(size, share=ALWAYS, offices=8, usual=ALWAYS):
    known = np.full(size, offices, np.int64)
    return Others((known * share).astype(np.int64), known, offices, usual)


DAYS = working_days(10)
LINE = (4 * DAY - 60, 5 * DAY + 300)
SITE = (7 * DAY, 8 * DAY + 200)


def the_office(down, seed=3):
    return office(DAYS, arrivals(DAYS, 40, seed), 0.14, down, seed=seed)


def saved(found, axis, company):
    return second_line(
        found.transacted, found.due, found.posted, axis, company, np.ones(len(found.due), np.bool_)
    )


@pytest.mark.parametrize("seed", range(4))
def test_it_saves_what_the_same_desk_would_not_have_been_late_with(seed):
    real = the_office([LINE, SITE], seed)
    with_second = the_office([SITE], seed)
    late = int((real.posted >= real.due)[real.due < len(DAYS.day)].sum())
    still = int((with_second.posted >= with_second.due)[real.due < len(DAYS.day)].sum())
    axis = axis_of(
        DAYS, (*LINE, Scope.ISP_PROVINCE, Fault.UPLINK), (*SITE, Scope.SITE, Fault.SITE_HTTP)
    )
    found = saved(real, axis, others(len(DAYS.day)))
    assert found.late == late
    assert found.avoided.middle == pytest.approx(late - still, abs=max(4, 0.15 * (late - still)))
    assert found.avoided.low == found.avoided.high, (
        "a second line that always works leaves no doubt"
    )
    assert found.minutes.middle == found.line_minutes == LINE[1] - LINE[0]


@pytest.mark.parametrize(
    ("scope", "fault"),
    [
        (Scope.SITE, Fault.SITE_HTTP),
        (Scope.PROVINCE, Fault.UPLINK),
        (Scope.UNDECIDED, Fault.SITE_TCP),
        (Scope.OFFICE, Fault.UNKNOWN),  # a power cut: nobody saw where the way broke
        (Scope.OFFICE, Fault.PC_LINK),
        (Scope.PC, Fault.PC_CLOCK),
    ],
)
def test_it_saves_nothing_from_what_is_not_the_line(scope, fault):
    real = the_office([LINE])
    found = saved(real, axis_of(DAYS, (*LINE, scope, fault)), others(len(DAYS.day)))
    assert found.late > 0
    assert (found.avoided.high, found.line_minutes, found.outages) == (0, 0, 0)


@pytest.mark.parametrize("scope", [Scope.OFFICE, Scope.ISP, Scope.ISP_PROVINCE])
def test_line_scopes_count(scope):
    axis = axis_of(DAYS, (*LINE, scope, Fault.GATEWAY))
    assert np.flatnonzero(line_minutes(axis)).tolist() == list(range(*LINE))


def test_where_the_others_were_down_too_it_would_hardly_have_helped():
    real = the_office([LINE])
    axis = axis_of(DAYS, (*LINE, Scope.ISP_PROVINCE, Fault.UPLINK))
    size = len(DAYS.day)
    good = saved(real, axis, others(size))
    bad = saved(real, axis, others(size, share=0.0))
    # Eight offices saw it down, four offices' worth of usual up-time against them: one third.
    assert bad.chance == pytest.approx(4 / 12)
    assert good.chance == 1.0
    assert bad.avoided.middle == pytest.approx(good.avoided.middle / 3, rel=0.3)
    assert bad.avoided.low == 0
    assert bad.avoided.high == good.avoided.high


def test_without_another_provider_in_sight_nothing_is_said():
    real = the_office([LINE])
    axis = axis_of(DAYS, (*LINE, Scope.ISP, Fault.UPLINK))
    size = len(DAYS.day)
    nobody = Others(np.zeros(size, np.int64), np.zeros(size, np.int64), 0, 0.0)
    assert saved(real, axis, nobody) is None
    unseen = Others(np.zeros(size, np.int64), np.zeros(size, np.int64), 5, 0.0)
    assert saved(real, axis, unseen) is None


def test_it_never_saves_more_than_was_late():
    for seed in range(6):
        dice = np.random.default_rng(seed)
        a = int(dice.integers(DAY, 6 * DAY))
        line = (a, a + int(dice.integers(10, 2 * DAY)))
        real = the_office([line], seed)
        axis = axis_of(DAYS, (*line, Scope.ISP, Fault.UPLINK))
        found = saved(real, axis, others(len(DAYS.day), share=0.5, usual=0.9))
        assert 0 <= found.avoided.low <= found.avoided.middle <= found.avoided.high <= found.late
        assert found.minutes.high <= found.line_minutes
