"""However reports arrive — shuffled, doubled, late — the settled conclusions are the same bytes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import MinuteState
from laaswatch_collector.timeline.facts import Facts
from support.country import (
    DNS,
    LINK,
    OK,
    ROUTER,
    SITE_HTTP,
    SITE_TCP,
    START,
    UPLINK,
    country,
    office,
    pc,
    rearranged,
)

END = START + 86_400
ARRAYS = ("state", "scope", "fault", "inferred", "witnesses")

spans = st.tuples(st.integers(540, 700), st.integers(1, 60)).map(lambda x: (x[0], x[0] + x[1]))
faults = st.tuples(spans, st.sampled_from([DNS, LINK, ROUTER, SITE_HTTP, SITE_TCP, UPLINK])).map(
    lambda x: (*x[0], x[1])
)


@st.composite
def countries(draw):
    offices, agents = [], []
    for i in range(draw(st.integers(1, 6))):
        name = f"o{i}"
        offices.append(office(name, isp=("NT", "AIS")[i % 2], province=("57", "50")[i // 2 % 2]))
        agents += [
            pc(
                f"{name}-{k}",
                name,
                200,
                faults=draw(st.lists(faults, max_size=3)),
                off=draw(st.lists(spans, max_size=2)),
                cadence=draw(st.sampled_from([60.0, 120.0])),
            )
            for k in range(draw(st.integers(1, 2)))
        ]
    return country(offices, [a for a in agents if len(a.t)])


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
