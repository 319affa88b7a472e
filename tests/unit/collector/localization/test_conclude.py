"""Whose fault: site, ISP, province, office, PC; and what is never concluded."""

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.localization.conclude import conclude, settled_before
from laaswatch_collector.timeline.conclusions import Grade, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock
from support.country import (
    DNS,
    LINK,
    ROUTER,
    SITE_HTTP,
    SITE_TCP,
    START,
    UPLINK,
    country,
    office,
    pc,
)

END = START + 86_400
ISPS = ("NT", "AIS", "TRUE")
BROKEN = (600, 660)


def concluded(facts, now=END + 7 * 86_400, settled_until=END):
    return conclude(facts, START, END, now=now, settled_until=settled_until)


def a_country(hit=lambda i, isp, province: False, layers=SITE_TCP, control=True, n=18):
    """Offices spread over three ISPs and two provinces, two PCs each; `hit` ones fail from 10:00 to 11:00."""
    offices, agents = [], []
    for i in range(n):
        isp, province = ISPS[i % 3], ("57", "50")[i // 3 % 2]
        name = f"o{i:02d}"
        offices.append(office(name, isp=isp, province=province))
        faults = [(*BROKEN, layers)] if hit(i, isp, province) else []
        agents += [pc(f"{name}-{k}", name, 420, faults=faults) for k in range(2)]
    spans = [(540, 600, True), (*BROKEN, control), (660, 1020, True)] if control is not None else []
    return country(offices, agents, spans)


def wide(conclusions):
    return [
        (x.scope, x.key, (x.start - START) // 60, (x.end - START) // 60)
        for x in conclusions.outages
        if x.scope not in (Scope.OFFICE, Scope.PC)
    ]


def test_a_quiet_day_has_no_outages():
    found = concluded(a_country())
    assert found.outages == ()
    assert (found.state[:, 540:960] == MinuteState.UP).all()
    assert (found.state[:, :540] == MinuteState.UNKNOWN).all()


def test_everybody_and_the_control_fail_it_is_the_site():
    found = concluded(a_country(lambda *_: True, control=False))
    assert wide(found) == [(Scope.SITE, "", 600, 660)]
    (outage,) = found.outages
    assert (outage.fault, outage.grade, len(outage.offices)) == (
        Fault.SITE_TCP,
        Grade.CORROBORATED,
        18,
    )
    assert outage.evidence["control_failed_minutes"] == 60


def test_three_isps_fail_alike_it_is_the_site_even_without_a_control():
    assert wide(concluded(a_country(lambda *_: True, SITE_HTTP, control=None))) == [
        (Scope.SITE, "", 600, 660)
    ]


def test_one_isp_fails_and_the_control_works_it_is_the_isp():
    found = concluded(a_country(lambda i, isp, province: isp == "NT"))
    assert wide(found) == [(Scope.ISP, "NT", 600, 660)]


def test_a_dead_line_of_one_isp_is_the_isp():
    found = concluded(a_country(lambda i, isp, province: isp == "AIS", UPLINK))
    assert wide(found) == [(Scope.ISP, "AIS", 600, 660)]
    assert found.outages[0].fault is Fault.UPLINK


def test_only_one_isp_and_no_control_is_undecided():
    offices = [office(f"o{i}", province=("57", "50")[i % 2]) for i in range(8)]
    agents = [
        pc(f"{x.id}-{k}", x.id, 420, faults=[(*BROKEN, SITE_TCP)]) for x in offices for k in (0, 1)
    ]
    found = concluded(country(offices, agents, control=()))
    assert wide(found) == [(Scope.UNDECIDED, "", 600, 660)]


def test_a_province_with_several_isps_fails():
    found = concluded(a_country(lambda i, isp, province: province == "57", UPLINK))
    assert wide(found) == [(Scope.PROVINCE, "57", 600, 660)]


def test_an_isp_in_one_province_fails():
    found = concluded(a_country(lambda i, isp, province: (isp, province) == ("NT", "57"), UPLINK))
    assert wide(found) == [(Scope.ISP_PROVINCE, "NT/57", 600, 660)]


def test_one_office_fails_alone():
    found = concluded(a_country(lambda i, *_: i == 4, DNS))
    (outage,) = found.outages
    assert (outage.scope, outage.key, outage.fault) == (Scope.OFFICE, "o04", Fault.DNS)
    assert outage.grade is Grade.MEASURED


def test_one_pc_fails_while_its_neighbour_works():
    facts = country(
        [office("o")],
        [pc("a", "o", 420, faults=[(*BROKEN, LINK)]), pc("b", "o", 420)],
    )
    (outage,) = concluded(facts).outages
    assert (outage.scope, outage.key, outage.fault) == (Scope.PC, "a", Fault.PC_LINK)
    assert (concluded(facts).state[0, 600:660] == MinuteState.UP).all()


def test_dead_routers_are_no_evidence_against_an_isp():
    """Faults inside offices are left out, however many there are at once."""
    found = concluded(a_country(lambda i, isp, province: isp == "NT", ROUTER))
    assert wide(found) == []
    assert {x.fault for x in found.outages} == {Fault.GATEWAY}


def test_a_gateway_that_never_answers_says_nothing():
    silent = (1, 0, 1, 1, 1, 1)
    broken = (1, 0, 0, 0, 0, 0)
    facts = country(
        [office("o", pcs=1)], [pc("a", "o", 420, layers=silent, faults=[(*BROKEN, broken)])]
    )
    (outage,) = concluded(facts).outages
    assert outage.fault is Fault.UPLINK


def test_a_stopped_agent_is_unknown_never_down():
    facts = a_country()
    stopped = country(
        facts.offices,
        [
            pc(a.id, a.office, 420, off=[(600, 1000)]) if a.office == "o03" else a
            for a in facts.agents
        ],
    )
    found = concluded(stopped)
    assert found.outages == ()
    assert (found.state[3, 600:960] == MinuteState.UNKNOWN).all()


def test_silence_between_two_bad_sides_is_bridged_and_marked():
    facts = country(
        [office("o", pcs=1)],
        [pc("a", "o", 420, faults=[(600, 602, UPLINK), (622, 624, UPLINK)], off=[(602, 622)])],
    )
    found = concluded(facts)
    assert (found.state[0, 600:624] == MinuteState.DOWN).all()
    assert found.inferred[0, 602:622].all()
    assert not found.inferred[0, 600:602].any()
    assert found.outages[0].inferred_minutes == 20
    assert found.outages[0].grade is Grade.INFERRED


@pytest.mark.parametrize("skew", [-25_200, 400, -(10**7), 4 * 10**7, 543 * 31_557_600])
def test_a_wrong_clock_moves_nothing(skew):
    right = concluded(country([office("o")], [pc("a", "o", 420, faults=[(*BROKEN, UPLINK)])]))
    wrong = concluded(
        country([office("o")], [pc("a", "o", 420, faults=[(*BROKEN, UPLINK)], skew=skew)])
    )
    assert np.array_equal(right.state, wrong.state)
    assert right.outages == wrong.outages


@pytest.mark.parametrize("cadence", [60.0, 120.0, 180.0, 300.0])
def test_a_round_stands_for_its_cadence(cadence):
    found = concluded(
        country([office("o")], [pc("a", "o", 420, faults=[(600, 660, UPLINK)], cadence=cadence)])
    )
    assert (found.state[0, 540:600] == MinuteState.UP).all()
    assert (found.state[0, 600:660] == MinuteState.DOWN).all()


def test_slow_is_degraded_not_down():
    agent = pc("a", "o", 420)
    agent.rtt[60:120] = 900
    found = concluded(country([office("o")], [agent]))
    assert (found.state[0, 600:660] == MinuteState.DEGRADED).all()
    assert found.fault[0, 610] == FAULTS.index(Fault.SLOW)


def test_an_outage_that_reaches_the_present_is_going_on():
    facts = a_country(lambda i, *_: i == 4, UPLINK)
    during = START + 655 * 60
    past = country(
        facts.offices,
        [
            pc(a.id, a.office, 115, faults=[(*BROKEN, UPLINK)] if a.office == "o04" else ())
            for a in facts.agents
        ],
    )
    (outage,) = concluded(past, now=during).outages
    assert outage.ongoing
    assert not concluded(facts).outages[0].ongoing


def test_minutes_settle_after_three_working_days():
    monday = START + 7 * 86_400
    clock = WorkClock()
    assert settled_before(clock, monday + 36_000) == START + 3 * 86_400


def test_a_first_office_that_fails_together_with_the_control_points_at_the_site():
    """There are no peers yet, but our own probe elsewhere fails as well."""
    facts = country(
        [office("o")],
        [pc("a", "o", 420, faults=[(*BROKEN, SITE_TCP)])],
        [(540, 600, True), (*BROKEN, False), (660, 1020, True)],
    )
    assert wide(concluded(facts)) == [(Scope.SITE, "", 600, 660)]


def test_a_first_office_whose_line_is_dead_says_nothing_about_the_site():
    facts = country(
        [office("o")],
        [pc("a", "o", 420, faults=[(*BROKEN, UPLINK)])],
        [(540, 600, True), (*BROKEN, False), (660, 1020, True)],
    )
    assert wide(concluded(facts)) == []


def test_an_outage_is_over_once_its_office_was_seen_to_work_again():
    agent = pc("a", "o", 65, faults=[(590, 600, UPLINK)])
    (outage,) = concluded(country([office("o")], [agent]), now=START + 605 * 60).outages
    assert not outage.ongoing
