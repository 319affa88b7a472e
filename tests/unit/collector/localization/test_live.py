"""The live view: who is heard, what they say now, and whose fault it seems to be."""

import pytest

from laaswatch_agent.report.vocabulary import Fault, State
from laaswatch_collector.localization.live import LiveAgent, live_view
from laaswatch_collector.localization.silence import Silence
from laaswatch_collector.timeline.conclusions import Scope

NOW = 1_780_000_000


def agent(
    office,
    fault=Fault.NONE,
    *,
    isp="A",
    province="57",
    ago=10,
    delay=5,
    control=False,
    n=1,
    asked=True,
):
    """An agent whose newest round was received `ago` seconds ago, `delay` seconds after it was made."""
    received = NOW - ago
    return LiveAgent(
        f"{office}.{n}",
        office,
        province,
        isp,
        control,
        received - delay,
        received,
        30.0,
        fault,
        asked,
    )


def our_control(fault=Fault.NONE, **more):
    return agent("centre", fault, control=True, **more)


def seen(*agents):
    return live_view(agents, NOW)


@pytest.mark.parametrize(
    ("agents", "state", "fresh"),
    [
        ([agent("a")], State.UP, 1),
        ([agent("a", Fault.SLOW)], State.DEGRADED, 1),
        ([agent("a", Fault.DNS)], State.DOWN, 1),
        ([agent("a", Fault.DNS), agent("a", n=2)], State.UP, 2),
        ([agent("a", Fault.DNS), agent("a", ago=300, n=2)], State.DOWN, 1),
        ([agent("a", Fault.DNS, ago=300)], State.UNKNOWN, 0),
        ([agent("a", Fault.DNS, delay=8 * 3600)], State.UNKNOWN, 0),
        ([agent("a", Fault.UNKNOWN)], State.UNKNOWN, 0),
        ([agent("a", asked=False)], State.UNKNOWN, 1),
        ([agent("a"), agent("a", asked=False, n=2)], State.UP, 2),
        ([agent("a", Fault.SITE_HTTP), agent("a", asked=False, n=2)], State.DOWN, 2),
        ([agent("a", Fault.PC_LINK), agent("a", asked=False, n=2)], State.UP, 2),
        ([agent("a", Fault.UPLINK), agent("a", asked=False, ago=300, n=2)], State.DOWN, 1),
    ],
    ids=[
        "up",
        "slow",
        "down",
        "one works",
        "the other is stale",
        "silent",
        "backlog",
        "no verdict",
        "the page was not asked for",
        "the prober asked",
        "the page fails for whoever asks",
        "the other's line works",
        "the other's line worked once",
    ],
)
def test_the_state_of_an_office(agents, state, fresh):
    office = seen(*agents).offices["a"]
    assert (office.state, office.fresh, office.agents) == (state, fresh, len(agents))


@pytest.mark.parametrize(
    ("control", "site_state", "scope"),
    [
        (Fault.NONE, State.UP, Scope.OFFICE),
        (Fault.SITE_TCP, State.DOWN, Scope.SITE),
        (Fault.UPLINK, State.UNKNOWN, Scope.OFFICE),
        (Fault.SLOW, State.DEGRADED, Scope.OFFICE),
    ],
    ids=["control works", "control fails too", "control's own line", "control is slow"],
)
def test_with_one_office_the_control_decides(control, site_state, scope):
    view = seen(agent("a", Fault.SITE_TCP), our_control(control))
    assert view.site_state is site_state
    assert view.offices["a"].scope is scope


@pytest.mark.parametrize(
    ("control", "scope"),
    [(Fault.SLOW, Scope.SITE), (Fault.LOSSY, Scope.NONE), (Fault.NONE, Scope.NONE)],
)
def test_slowness_that_the_control_sees_too_is_the_sites(control, scope):
    """Else an office is told to close its tabs and to call its provider while the site is slow for all."""
    view = seen(agent("a", Fault.SLOW), agent("b", Fault.LOSSY), our_control(control))
    assert view.offices["a"].scope is scope
    assert view.offices["b"].scope is Scope.NONE


def test_a_cable_out_is_never_the_site():
    view = seen(agent("a", Fault.PC_LINK), our_control(Fault.SITE_HTTP))
    assert view.offices["a"].scope is Scope.OFFICE
    assert view.site_scope is Scope.SITE


def test_most_offices_of_one_isp_fail_and_the_control_works():
    hit = [agent(f"a{i}", Fault.UPLINK, isp="A") for i in range(4)]
    well = [agent(f"b{i}", isp="B") for i in range(6)]
    view = seen(*hit, *well, our_control())
    assert {view.offices[f"a{i}"].scope for i in range(4)} == {Scope.ISP}
    assert view.site_state is State.UP


def test_most_offices_of_two_isps_fail_without_a_control():
    view = seen(*(agent(f"o{i}", Fault.SITE_HTTP, isp="AB"[i % 2]) for i in range(6)))
    assert (view.site_state, view.site_scope) == (State.DOWN, Scope.SITE)


def test_one_isp_alone_without_a_control_is_undecided():
    view = seen(*(agent(f"o{i}", Fault.SITE_TCP) for i in range(6)))
    assert (view.site_state, view.site_scope) == (State.UNKNOWN, Scope.UNDECIDED)
    assert {x.scope for x in view.offices.values()} == {Scope.UNDECIDED}


def test_one_isp_fails_and_another_shows_that_the_site_works():
    hit = [agent(f"a{i}", Fault.SITE_TCP, isp="A") for i in range(7)]
    view = seen(*hit, agent("b", isp="B"))
    assert view.site_scope is Scope.NONE
    assert view.offices["a0"].scope is Scope.ISP


def test_nobody_heard_is_unknown():
    view = seen(agent("a", Fault.SITE_TCP, ago=900), our_control(ago=900))
    assert view.site_state is State.UNKNOWN
    assert view.offices["a"].state is State.UNKNOWN
    assert view.offices["a"].last_received == NOW - 900


def test_a_province_that_fell_silent_is_presumed_out_and_stays_unknown():
    silent = [agent(f"a{i}", ago=900, province="57") for i in range(5)]
    view = seen(*silent, *(agent(f"b{i}", province="50") for i in range(5)), our_control())
    assert view.presumed == (Silence(Scope.PROVINCE, "", "57", 5, 0),)
    assert view.offices["a0"].state is State.UNKNOWN
    assert view.site_state is State.UP
