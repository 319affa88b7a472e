"""Power cuts from session logs: several unclean ends together, until the first PC is on again."""

import numpy as np
import pytest

from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import Grade, MinuteState, Scope
from laaswatch_collector.timeline.facts import Session
from laaswatch_collector.timeline.power import power_cuts
from support.worlds import World

ON, OFF, BACK, END = 0, 20 * 60, 50 * 60, 80 * 60


def world(*pcs, skew=0):
    """One office whose PCs lost power at minute 20 (+ some seconds) and came back at minute 50."""
    found = World().office("a", *("g" * 20 + "u" * 30 + "g" * 30 for _ in pcs))
    for i, (seconds, clean) in enumerate(pcs, 1):
        pc = f"a.{i}"
        found.skew[pc] = skew
        ahead = found.start + skew
        found.sessions += [
            Session(pc, ahead + ON, ahead + OFF + seconds, clean),
            Session(pc, ahead + BACK + 60 * (i - 1), ahead + END, clean=True),
        ]
    return found


def cut_minutes(w):
    facts = w.facts()
    cut = power_cuts(facts.sessions, facts.agents, ["a"], w.start, w.minutes)
    return np.flatnonzero(cut[0]).tolist()


@pytest.mark.parametrize(
    ("pcs", "minutes"),
    [
        ([(0, False), (60, False)], list(range(20, 50))),
        ([(0, False)], list(range(20, 50))),
        ([(0, False), (0, True)], []),
        ([(0, True), (0, True)], []),
        ([(0, False), (400, False)], []),
        ([(0, False), (170, False), (9, True)], list(range(20, 50))),
    ],
    ids=["two together", "the only PC", "one of two", "orderly", "too far apart", "two of three"],
)
def test_a_cut_needs_unclean_ends_together(pcs, minutes):
    assert cut_minutes(world(*pcs)) == minutes


def test_a_wrong_clock_moves_nothing():
    assert cut_minutes(world((0, False), (5, False), skew=-25_200)) == list(range(20, 50))


def test_a_pc_that_nobody_turns_on_again_is_not_cut_off_for_ever():
    w = World().office("a", "g" * 20 + "u" * 700)
    w.sessions = [Session("a.1", w.start, w.start + OFF, clean=False)]
    assert cut_minutes(w) == list(range(20, 20 + 8 * 60))


def test_a_cut_is_down_inferred_and_never_more_than_that():
    w = world((0, False), (0, False))
    found = conclude(w.facts(), w.start, w.end, w.end, w.end)
    assert (found.state[0, 20:50] == MinuteState.DOWN).all()
    assert found.inferred[0, 20:50].all()
    (outage,) = found.outages
    assert (outage.scope, outage.grade, outage.inferred_minutes) == (
        Scope.OFFICE,
        Grade.INFERRED,
        30,
    )


def test_a_minute_that_a_pc_observed_had_power():
    w = world((0, False), (0, False)).office("b", "g" * 80)
    w.pcs["a.3"] = ("a", "g" * 80)
    found = conclude(w.facts(), w.start, w.end, w.end, w.end)
    assert (found.state[0] == MinuteState.UP).all()


def test_offices_of_a_province_that_lose_power_together_are_one_event():
    w = World(control="g" * 80)
    for i in range(6):
        province = "57" if i < 4 else "50"
        w.office(
            f"o{i}",
            "g" * 20 + "u" * 30 + "g" * 30 if i < 4 else "g" * 80,
            province=province,
            isp="AB"[i % 2],
        )
        if i < 4:
            w.sessions.append(Session(f"o{i}.1", w.start, w.start + OFF, clean=False))
            w.sessions.append(Session(f"o{i}.1", w.start + BACK, w.start + END, clean=True))
    (outage,) = conclude(w.facts(), w.start, w.end, w.end, w.end).outages
    assert (outage.scope, outage.key, len(outage.offices)) == (Scope.PROVINCE, "57", 4)
    assert outage.grade is Grade.INFERRED
