"""Who should act depends on whose fault it is: the wider, the less there is to do in the office."""

import pytest

from laaswatch_agent.knowledge.articles import Step, Text, Track, load_articles
from laaswatch_agent.report.vocabulary import Fault, Reason, State, state_of
from laaswatch_collector.advice.fixes import (
    PARTNERS,
    NearbyOffice,
    fixes_for_office,
    fixes_for_outage,
)
from laaswatch_collector.timeline.conclusions import Grade, Outage, Scope

ARTICLES = load_articles()


def near(code, isp="AIS", state=State.UP, km=None):
    return NearbyOffice(code, Text(f"อบต. {code}", f"SAO {code}"), isp, state, km)


def steps(found):
    return {x.step for x in found.actions}


def test_a_fault_of_the_site_leaves_the_router_alone():
    found = fixes_for_office(
        Fault.SITE_HTTP,
        Scope.SITE,
        ARTICLES,
        reasons=[Reason.STATUS_SERVER_ERROR],
        nearby=[near("1")],
    )
    assert "ไม่ต้องปิดเราเตอร์" in found.actions[0].th
    assert steps(found) <= {Step.SELF, Step.OWNER}
    assert [x.id for x in found.call] == ["call_centre"]
    assert found.partners == ()
    assert not found.one_ticket


@pytest.mark.parametrize("scope", [Scope.ISP, Scope.ISP_PROVINCE, Scope.PROVINCE])
def test_a_providers_outage_is_one_ticket_of_the_province(scope):
    found = fixes_for_office(Fault.UPLINK, scope, ARTICLES)
    assert found.one_ticket
    assert found.call[0].id == "provincial_office"
    assert "isp" in {x.id for x in found.call}
    assert Step.IT not in steps(found)


def test_an_offices_own_line_gets_steps_the_provider_and_a_partner():
    found = fixes_for_office(
        Fault.UPLINK,
        Scope.OFFICE,
        ARTICLES,
        isp="NT",
        nearby=[near("1"), near("2", state=State.DOWN)],
    )
    assert found.actions == ARTICLES["kb-22-line-dead"].actions
    assert [x.id for x in found.call] == ["isp", "provincial_office"]
    assert [x.code for x in found.partners] == ["1"]
    assert found.track is Track.NO_ACCESS


def test_one_pcs_trouble_calls_no_provider():
    found = fixes_for_office(Fault.UPLINK, Scope.PC, ARTICLES, nearby=[near("1")])
    assert Step.ISP not in steps(found)
    assert found.call == ()
    assert found.partners == ()


def test_a_slow_line_needs_advice_first_and_no_partner():
    """The circular's second track: the owner's advice, then the provider or an expert."""
    found = fixes_for_office(Fault.SLOW, Scope.NONE, ARTICLES, nearby=[near("1")])
    assert found.track is Track.DEGRADED
    order = [x.step for x in found.actions]
    advice = next(n for n, x in enumerate(found.actions) if "km.laas.go.th" in x.th)
    assert advice < order.index(Step.ISP)
    assert found.partners == ()


def test_while_nobody_knows_nobody_is_called():
    found = fixes_for_office(Fault.SITE_TCP, Scope.UNDECIDED, ARTICLES)
    assert steps(found) == {Step.SELF}
    assert found.call == ()


def test_partners_have_another_provider_then_are_near_then_in_order():
    nearby = [
        near("same", isp="NT", km=1.0),
        near("far", km=30.0),
        near("b"),
        near("a"),
        near("close", km=5.0),
        near("unheard", state=State.UNKNOWN, km=0.1),
        near("slow", state=State.DEGRADED, km=0.1),
    ]
    found = fixes_for_office(Fault.UPLINK, Scope.OFFICE, ARTICLES, isp="NT", nearby=nearby)
    assert [x.code for x in found.partners] == ["close", "far", "a"]
    assert len(found.partners) == PARTNERS


def test_a_providers_outage_looks_for_partners_of_other_providers():
    outage = Outage(
        "o", Scope.ISP, "NT", Fault.UPLINK, 0, 600, ("1",), 1, 0, Grade.CORROBORATED, True
    )
    found = fixes_for_outage(outage, ARTICLES, nearby=[near("same", isp="NT"), near("other")])
    assert [x.code for x in found.partners] == ["other", "same"]
    assert found.article == "kb-55-isp-down"


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("fault", Fault)
def test_there_is_always_something_to_do_and_on_one_track(fault, scope):
    found = fixes_for_office(fault, scope, ARTICLES)
    assert found.actions
    tracks = {State.DOWN: Track.NO_ACCESS, State.DEGRADED: Track.DEGRADED}
    assert found.track is tracks.get(state_of(fault), Track.NONE)


@pytest.mark.parametrize("scope", [Scope.SITE, Scope.OFFICE, Scope.PC])
def test_what_never_to_do_stands_whoever_is_at_fault(scope):
    """The whole country waits for the site: its false certificate is no less a reason to keep away."""
    found = fixes_for_office(Fault.SITE_TLS, scope, ARTICLES, reasons=[Reason.CERTIFICATE_EXPIRED])
    assert "อย่ากดผ่านคำเตือน" in found.warning.th
    assert all("อย่ากดผ่าน" not in x.th for x in found.actions)
    assert fixes_for_office(Fault.GATEWAY, Scope.OFFICE, ARTICLES).warning is None
