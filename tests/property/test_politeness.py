"""The accounting site never sees more than its cap, and an office's outage is still seen in two minutes.

Thousands of agents of the real scheduler and the real budget, seeded; the figures stand in docs/politeness.md.
"""

import statistics

import pytest

from support.morning import play
from support.soak import seed, soak

OFFICES = soak(1000, 7850)
CAP = soak(77, 600)
PCS = 5


@pytest.mark.parametrize("at_once", [False, True], ids=["from 08:25 to 08:35", "power comes back"])
def test_the_site_never_sees_more_than_its_cap(at_once):
    """Boots, a site that fails for everyone for ten minutes, lines that break: no second is above the cap."""
    seen = play(seed(), OFFICES, PCS, CAP, at_once=at_once)
    busiest = seen.most_in(1), seen.most_in(60)
    print(
        f"{OFFICES * PCS} agents: {busiest[0]} in a second, {busiest[1]} in a minute; cap {CAP}/s"
    )
    assert seen.seconds.total() > OFFICES
    assert busiest[0] <= CAP
    assert busiest[1] <= 60 * CAP


def test_a_broken_line_is_seen_within_two_minutes():
    """From the break to the end of the prober's second bad round, in every office that lost its line."""
    seen = play(seed(), OFFICES, PCS, CAP)
    assert len(seen.found) == len(range(0, OFFICES, 50))
    print(
        f"median {statistics.median(seen.found.values()):.0f} s, most {max(seen.found.values()):.0f} s"
    )
    assert max(seen.found.values()) <= 120


def test_a_province_keeps_its_share():
    """Few agents are uneven by nature: the cap of a province holds over ten seconds."""
    seen = play(seed(), 103, PCS, 12)
    assert seen.most_in(10) <= 10 * 12
    assert max(seen.found.values()) <= 120


@pytest.mark.parametrize(
    "fault", [{"spread": False}, {"obeying": False}], ids=["no places", "no plan"]
)
def test_the_cap_is_broken_where_a_rule_is_missing(fault):
    """The negative control: without places in the cycle, or without the plan, the count shows it."""
    assert play(seed(), OFFICES, PCS, CAP, **fault).most_in(1) > 2 * CAP
