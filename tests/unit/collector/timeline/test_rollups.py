"""Five minutes' steps of an office: counts and delays as exact numbers give them; absent stays absent."""

import numpy as np
import pytest

from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts
from laaswatch_collector.timeline.packed import FAILED, NOT_TRIED, WORKED
from laaswatch_collector.timeline.rollups import SLOT, Totals, from_bytes, roll_up, to_bytes
from laaswatch_collector.timeline.sketch import ERROR

START = 1_795_392_000


def an_agent(name, office, t, seed=0):
    dice = np.random.default_rng(seed)
    t = np.array(t, np.int64)
    layers = dice.choice([FAILED, WORKED, NOT_TRIED], (len(t), len(COLUMNS))).astype(np.uint8)
    rtt = dice.lognormal(3, 0.5, len(t)).astype(np.float32)
    rtt[::7] = np.nan
    return AgentFacts(name, office, t, layers, rtt, 30.0, page=(rtt * 5).astype(np.float32))


@pytest.fixture
def agents():
    times = [START + 30 * n for n in range(2000) if not 600 <= n < 900]
    return [
        an_agent("a", "one", times, 1),
        an_agent("b", "one", times[::3], 2),
        an_agent("c", "two", times[:50], 3),
        an_agent("d", "three", []),
    ]


def test_counts_are_those_of_the_rounds(agents):
    found = roll_up(agents)
    assert sorted(found) == ["one", "two"]
    one = Totals()
    one.add(found["one"], START, START + 86_400)
    both = np.concatenate([x.layers for x in agents[:2]])
    assert one.rounds == found["one"].rounds == len(both)
    for i, name in enumerate(COLUMNS):
        assert one.failed[name] == (both[:, i] == FAILED).sum()
        assert one.worked[name] == (both[:, i] == WORKED).sum()
    exact = (both[:, 4] == FAILED).sum() / (both[:, 4] != NOT_TRIED).sum()
    assert one.loss("tcp") == pytest.approx(exact)


def test_delays_are_right_within_the_error_after_merging(agents):
    found, total = roll_up(agents), Totals()
    for rollup in found.values():
        total.add(rollup, START, START + 86_400)
    exact = np.sort(np.concatenate([x.rtt[~np.isnan(x.rtt)] for x in agents]))
    for q in (0, 0.5, 0.95, 0.99, 1):
        rank = exact[int(q * (len(exact) - 1))]
        assert total.delay("connect", q) == pytest.approx(rank, rel=ERROR)
        assert total.delay("page", q) == pytest.approx(5 * rank, rel=ERROR)


def test_slots_without_rounds_are_absent(agents):
    slots = roll_up(agents)["one"].slots
    silent = range((START + 600 * 30) // SLOT, (START + 900 * 30) // SLOT)
    assert not set(slots[:, 0].tolist()) & set(silent)
    assert set(slots[:, 2].tolist()) == {2}
    nothing = Totals()
    nothing.add(roll_up(agents)["one"], START + 600 * 30, START + 900 * 30)
    assert (nothing.rounds, nothing.delay("page", 0.5), nothing.loss("http")) == (0, None, None)


def test_a_roll_up_comes_back_as_it_was_and_is_small(agents):
    for rollup in roll_up(agents).values():
        data = to_bytes(rollup)
        again = from_bytes(data)
        assert (again.slots == rollup.slots).all()
        assert all((x == y).all() for x, y in zip(again.delays, rollup.delays, strict=True))
        assert len(data) < 3 * rollup.rounds + 600
        with pytest.raises(ValueError, match=r"damaged|another"):
            from_bytes(data[:-9] + bytes(9))


def test_agents_without_page_times_have_none(agents):
    bare = AgentFacts("x", "one", agents[0].t, agents[0].layers, agents[0].rtt, 30.0)
    total = Totals()
    total.add(roll_up([bare])["one"], START, START + 86_400)
    assert total.delay("page", 0.5) is None
    assert total.delay("connect", 0.5) is not None
