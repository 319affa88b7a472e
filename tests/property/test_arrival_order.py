"""However reports arrive — shuffled, doubled, late — the settled conclusions are the same bytes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import MinuteState
from laaswatch_collector.timeline.facts import Facts
from support.country import (
    OK,
    START,
    country,
    office,
    pc,
    rearranged,
)
from support.hard_worlds import countries

END = START + 86_400
ARRAYS = ("state", "scope", "fault", "inferred", "witnesses")


def concluded(facts):
    return conclude(facts, START, END, now=END + 7 * 86_400, settled_until=END)


@settings(max_examples=60)
@given(countries(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_copies_of_reports_change_nothing(facts, random, copies):
    agents = []
    for agent in facts.agents:
        order = list(range(len(agent.delivered)))
        random.shuffle(order)
        agents.append(rearranged(agent, order, copies=copies))
    random.shuffle(agents)
    once = concluded(facts)
    again = concluded(Facts(facts.offices, tuple(agents), facts.sessions, facts.control))
    for name in ARRAYS:
        assert getattr(once, name).tobytes() == getattr(again, name).tobytes(), name
    assert once.outages == again.outages


@settings(max_examples=60)
@given(countries())
def test_unknown_becomes_down_only_with_the_mark(facts):
    found = concluded(facts)
    unseen = found.witnesses == 0
    down = found.state == MinuteState.DOWN
    assert (found.inferred[unseen & down]).all()
    assert not (found.inferred & ~down).any()


@settings(max_examples=40)
@given(countries(), st.integers(600, 700))
def test_an_agent_that_stops_is_never_down_for_it(facts, minute):
    """Cut every agent off at a minute: nothing after it may be called down."""
    cut = START + minute * 60
    agents = [
        rearranged(a, [i for i, d in enumerate(a.delivered) if a.t[d.first : d.last].max() < cut])
        for a in facts.agents
        if a.t[a.delivered[0].first : a.delivered[0].last].max() < cut
    ]
    found = concluded(Facts(facts.offices, tuple(agents), (), facts.control))
    after = minute + 2  # the last round stands for its cadence
    assert not (found.state[:, after:] == MinuteState.DOWN).any()
    assert np.all(found.witnesses[:, after:] == 0)


def test_a_country_with_everything_fine_is_up():
    facts = country([office("o")], [pc("a", "o", 60, layers=OK)])
    assert (concluded(facts).state[0, 540:600] == MinuteState.UP).all()
