"""A site that is slow for everybody shows on quick lines too; one office alone may have any reason."""

import numpy as np

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import MinuteState
from laaswatch_collector.timeline.facts import AgentFacts, Facts, Office
from laaswatch_collector.timeline.packed import WORKED

START = 1_790_000_000 // 60 * 60
MINUTES = 120


def a_pc(office, usual, slow=(), times=8.0):
    """A PC that asks every minute, and takes `times` as long as usual in the minutes of `slow`."""
    rtt = np.full(MINUTES, usual, np.float32)
    rtt[list(slow)] *= times
    return AgentFacts(
        id=f"pc-{office}",
        office=office,
        t=START + 60 * np.arange(MINUTES),
        layers=np.full((MINUTES, 6), WORKED, np.uint8),
        rtt=rtt,
        cadence=60.0,
    )


def concluded(*pcs, isps=None):
    names = [pc.office for pc in pcs]
    offices = [Office(x, "57", (isps or {}).get(x, "A")) for x in names]
    end = START + 60 * MINUTES
    return conclude(Facts(tuple(offices), pcs), START, end, end, settled_until=end)


SLOW = range(40, 60)


def test_where_most_are_slow_the_quick_line_is_too():
    """120 ms of 15 ms usual are below any limit of that line's own; five others say what it is."""
    others = [a_pc(f"o{i}", 60.0, SLOW) for i in range(1, 6)]
    found = concluded(a_pc("o0", 15.0, SLOW), *others)
    assert (found.state[0, 40:60] == MinuteState.DEGRADED).all()
    assert (found.fault[0, 40:60] == FAULTS.index(Fault.SLOW)).all()
    assert (found.state[0, :40] == MinuteState.UP).all()


def test_alone_it_is_only_a_quick_line_that_took_longer():
    others = [a_pc(f"o{i}", 60.0) for i in range(1, 6)]
    found = concluded(a_pc("o0", 15.0, SLOW), *others)
    assert (found.state == MinuteState.UP).all()


def test_who_answers_as_ever_is_not_slow_in_any_company():
    others = [a_pc(f"o{i}", 60.0, SLOW) for i in range(1, 9)]
    found = concluded(a_pc("o0", 15.0), *others)
    assert (found.state[0] == MinuteState.UP).all()


def test_a_providers_slowness_is_its_own():
    isps = {f"o{i}": "B" for i in range(4, 10)}
    slow = [a_pc(f"o{i}", 20.0, SLOW) for i in range(4)]
    quick = [a_pc(f"o{i}", 20.0, SLOW if i == 9 else ()) for i in range(4, 10)]
    found = concluded(*slow, *quick, isps=isps)
    assert (found.state[:4, 40:60] == MinuteState.DEGRADED).all()
    assert (found.state[4:] == MinuteState.UP).all()


def test_two_offices_are_no_company():
    found = concluded(a_pc("o0", 15.0, SLOW), a_pc("o1", 15.0, SLOW))
    assert (found.state == MinuteState.UP).all()
