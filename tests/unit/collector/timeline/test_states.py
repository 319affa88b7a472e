"""States of offices and PCs: who speaks for an office, and how much noise a single PC is allowed."""

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import MinuteState, Scope
from laaswatch_collector.timeline.facts import Facts, Office
from support.worlds import World


def states(world, row=0):
    found = conclude(world.facts(), world.start, world.end, world.end, world.end)
    return "".join("ugsb"[x] for x in found.state[row])


def outages(world, pcs=None):
    facts = world.facts()
    if pcs is not None:
        offices = tuple(Office(o.id, o.province, o.isp, pcs) for o in facts.offices)
        facts = Facts(offices, facts.agents, facts.sessions, facts.control)
    found = conclude(facts, world.start, world.end, world.end, world.end)
    return [
        (x.scope, x.key, (x.start - world.start) // 60, (x.end - world.start) // 60, x.fault)
        for x in found.outages
    ]


@pytest.mark.parametrize(
    ("pcs", "office"),
    [
        (("gggggtttgggg",), "gggggbbbgggg"),
        (("gggggtttgggg", "gggggggggggg"), "gggggggggggg"),
        (("gggggtttgggg", "gggguuuuuugg"), "gggggbbbgggg"),
        (("gggggtttgggg", "ggggguttgggg"), "gggggbbbgggg"),
        (("guuuuuuuuuug", "gguuuuuuuuug"), "gguuuuuuuuug"),
        (("ggggsssggggg" * 3,), "ggggsssggggg" * 3),
        (("ggggsggggggg" * 3, "g" * 36), "g" * 36),
    ],
    ids=["alone", "one of two", "only one sees", "both", "silence", "slow", "half slow"],
)
def test_the_state_of_an_office(pcs, office):
    assert states(World().office("a", *pcs)) == office


@pytest.mark.parametrize(
    ("pcs", "office"),
    [
        (("cccccccc",), "uuuuuuuu"),
        (("nnnnnnnn",), "uuuuuuuu"),
        (("gncncgncnc",), "gggggggggg"),
        (("gcccccccccg",), "gggggguuuug"),
        (("gggthncnhngg",), "gggbbbbbbbgg"),
        (("gghhhhhggg", "cccccccccc"), "ggbbbbbggg"),
        (("ggttttgggg", "cccccccccc"), "gggggggggg"),
        (("ggllllgggg", "nnnnnnnnnn"), "gggggggggg"),
        (("ggrrrrgggg", "nnrrrrnnnn"), "ggbbbbgggg"),
        (("gguuuuuugg", "nnnnnnnnnn"), "gguuuuuugg"),
    ],
    ids=[
        "connected says nothing of the page",
        "a line that works says nothing of the site",
        "between two looks",
        "an old look is none",
        "a fault stands until the next look",
        "the page fails for whoever asks",
        "who fails on the way stands alone",
        "no cable is the own fault",
        "both lines",
        "who asks is off",
    ],
)
def test_rounds_that_spare_the_site(pcs, office):
    """They show that the line works; they are no word about the page, and never turn down into up."""
    assert states(World().office("a", *pcs)) == office


def test_a_pc_that_fails_on_a_line_that_works_for_another_is_alone():
    world = World().office("a", "ggllllgggg", "nnnnnnnnnn")
    assert outages(world) == [(Scope.PC, "a.1", 2, 6, Fault.PC_LINK)]


def test_an_office_that_does_not_ask_is_no_witness_against_the_others():
    """Five offices fail at the page; ten that only connected neither fail nor vouch for the site."""
    world = World(control="bbbbbbbbbb")
    for n in range(5):
        world.office(f"a{n}", "ghhhhhhhgg", isp="AB"[n % 2])
    for n in range(10):
        world.office(f"b{n}", "cccccccccc", isp="AB"[n % 2])
    assert {x[:2] for x in outages(world)} == {(Scope.SITE, "")}


def test_a_pc_that_fails_beside_a_working_one_is_a_pc_fault():
    world = World().office("a", "ggggllllgggg", "gggggggggggg")
    assert outages(world) == [(Scope.PC, "a.1", 4, 8, Fault.PC_LINK)]


def test_a_cable_out_on_the_only_pc_seen_says_nothing_of_the_other_pcs():
    """The office counts as down, since nobody worked, but the blame is the PC's."""
    world = World().office("a", "ggggllllgggg")
    assert outages(world, pcs=4) == [(Scope.PC, "a.1", 4, 8, Fault.PC_LINK)]
    assert outages(world, pcs=1) == [(Scope.OFFICE, "a", 4, 8, Fault.PC_LINK)]


def test_two_pcs_without_link_are_the_office():
    world = World().office("a", "ggggllllgggg", "ggggllllgggg")
    assert outages(world, pcs=4) == [(Scope.OFFICE, "a", 4, 8, Fault.PC_LINK)]


def test_two_bad_minutes_of_one_pc_on_a_noisy_line_are_noise():
    noisy = "gggggggggtgggggggggh" * 6
    world = World().office("a", noisy + "gggttggg" + "gggtttggg")
    assert [x[2:4] for x in outages(world)] == [(131, 134)]
    quiet = World().office("a", "g" * 120 + "gggttggg")
    assert [x[2:4] for x in outages(quiet)] == [(123, 125)]


@pytest.mark.parametrize(
    ("cadence", "rounds", "expected"),
    [
        (300.0, "ggtgggg", []),
        (300.0, "ggttgggg", [(10, 20)]),
        (120.0, "gggtgggg", []),
        (120.0, "gggttgggg", [(6, 10)]),
        (30.0, "gggg" + "tttt" + "gggggggg", [(2, 4)]),
        (10.0, "g" * 12 + "t" * 18 + "g" * 24, [(2, 5)]),
        (10.0, "g" * 12 + "tttgtt" * 3 + "g" * 24, []),
    ],
)
def test_damping_counts_rounds_whatever_they_stand_for(cadence, rounds, expected):
    world = World(cadence=cadence).office("a", rounds)
    assert [x[2:4] for x in outages(world)] == expected


def test_a_gateway_that_never_answers_says_nothing():
    """Then a dead line is the line's fault, not the router's."""
    rows = "g" * 30 + "w" * 5 + "g" * 5
    world = World().office("a", rows)
    assert [x[-1] for x in outages(world)] == [Fault.GATEWAY]
    facts = world.facts()
    for agent in facts.agents:
        agent.layers[:, 1] = 0
    found = conclude(facts, world.start, world.end, world.end, world.end)
    assert [x.fault for x in found.outages] == [Fault.UPLINK]


@pytest.mark.parametrize("skew", [0, 300, -25_200, 543 * 31_556_952, -30_000_000])
def test_wrong_clocks_move_nothing(skew):
    rows = "g" * 20 + "t" * 5 + "g" * 20
    world = World().office("a", rows)
    world.skew["a.1"] = skew
    found = conclude(world.facts(), world.start, world.end, world.end, world.end)
    down = np.flatnonzero(found.state[0] == MinuteState.DOWN)
    assert down.tolist() == list(range(20, 25))
