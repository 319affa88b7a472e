"""What speaks against a claimed outage, and faults that come when they are convenient."""

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.explanation.coincidence import (
    WINDOW,
    at_stake,
    coincidence,
    own_fault_minutes,
)
from laaswatch_collector.explanation.contradictions import Flag, Witness, contradictions
from laaswatch_collector.timeline.conclusions import Grade, Outage, Scope
from support.honest import office

START, END = 10_000, 20_000


def outage(scope=Scope.OFFICE, fault=Fault.UPLINK):
    return Outage("x", scope, "o", fault, START, END, ("o",), 1, 0, Grade.MEASURED, True)


def witness(**times):
    empty = dict.fromkeys(("posted", "contacts", "reached", "broken"), ())
    return Witness(**{k: np.array(v, np.int64) for k, v in (empty | times).items()})


def flags(seen, **kind):
    return [(x.flag, x.count, x.first) for x in contradictions([outage(**kind)], seen)]


def test_nothing_speaks_against_an_outage_that_nothing_passed_through():
    outside = [START - 1, START + 30, END - 30, END + 1]
    assert flags(witness(posted=outside, contacts=outside, reached=outside)) == []


@pytest.mark.parametrize(
    ("what", "flag"),
    [
        ("posted", Flag.POSTED_INSIDE),
        ("contacts", Flag.CONTACT_INSIDE),
        ("reached", Flag.PEER_REACHED),
        ("broken", Flag.CHAIN_BROKEN),
    ],
)
def test_each_contradiction_is_found_counted_and_dated(what, flag):
    assert flags(witness(**{what: [12_000, 13_000]})) == [(flag, 2, 12_000)]


def test_a_wide_outage_is_not_the_offices_claim():
    assert flags(witness(posted=[12_000], reached=[12_000]), scope=Scope.ISP) == []


def test_reaching_the_collector_says_nothing_against_a_fault_beyond_the_line():
    assert flags(witness(contacts=[12_000]), fault=Fault.SITE_TCP) == []


def test_a_cable_out_on_every_pc_is_said():
    assert flags(witness(), fault=Fault.PC_LINK) == [(Flag.CABLE_OUT, 1, START)]


def test_faults_are_counted_that_began_in_the_last_four_hours_of_a_day():
    ends = np.array([420, 840])
    local, wide = np.zeros(840, bool), np.zeros(840, bool)
    local[100:300] = True  # began in the morning
    local[400:500] = True  # 20 minutes of this day; the next morning is not before a deadline
    local[700:730] = wide[720:800] = True
    assert own_fault_minutes(local, wide, ends).tolist() == [20, 20]
    due = np.array([420, 420, 840, 840])
    posted = np.array([420 - WINDOW - 1, 420 - WINDOW, 900, 840 - WINDOW - 5])
    assert at_stake(posted, due, ends).tolist() == [1, 1]


def judged(seed, pulls=0.0):
    o = office(seed, pulls)
    return coincidence(
        at_stake(o.posted, o.due, o.day_ends), own_fault_minutes(o.local, o.wide, o.day_ends)
    )


def test_honest_offices_are_hardly_ever_flagged():
    """At most one in a hundred; of 3,000 measured it was one."""
    found = [judged(seed) for seed in range(600)]
    assert sum(x.chance is not None for x in found) > 150
    assert sum(x.flagged for x in found) <= 6


def test_who_pulls_the_plug_before_deadlines_is_told_from_chance():
    found = [judged(seed, pulls=0.9) for seed in range(40)]
    assert sum(x.flagged for x in found) >= 15


def test_three_months_and_three_events_are_needed():
    some = np.array([5, 1, 9] * 20)
    assert coincidence(some[:59], some[:59]).chance is None
    assert coincidence(some, np.array([30, 30] + [0] * 58)).chance is None
    assert coincidence(np.full(60, 3), some).chance is None  # nothing tells one day from another
    assert coincidence(some, some).chance is not None
