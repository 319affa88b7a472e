"""What worked before: small numbers are shrunk, order is kept where it must be, and a cure is found in time."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.knowledge.articles import Action, Step
from laaswatch_collector.advice.learned import (
    ENDS_ANYWAY,
    Past,
    Tally,
    ends_by_itself,
    expected,
    ranked,
)

TALLY = st.integers(0, 50).flatmap(lambda n: st.builds(Tally, st.just(n), st.integers(0, n)))
PAST = st.builds(Past, TALLY, TALLY, TALLY)
RATE = st.floats(0, 1)
ACTIONS = (
    Action(Step.SELF, "ก", "a"), Action(Step.SELF, "ข", "b"),
    Action(Step.ISP, "ค", "c"), Action(Step.SELF, "ง", "d"),
)  # fmt: skip


@given(PAST, RATE)
def test_a_rate_is_a_rate(past, anyway):
    assert 0 <= expected(past, anyway) <= 1


@given(RATE)
def test_without_a_past_nothing_is_claimed(anyway):
    assert expected(Past(), anyway) == pytest.approx(anyway)


@given(PAST, RATE)
def test_another_success_never_makes_it_worse(past, anyway):
    better = Past(past.here + Tally(1, 1), past.provider, past.elsewhere)
    worse = Past(past.here + Tally(1, 0), past.provider, past.elsewhere)
    assert (
        expected(worse, anyway) <= expected(past, anyway) + 1e-9 <= expected(better, anyway) + 2e-9
    )


def test_one_lucky_try_beats_no_long_record():
    lucky, proven = Past(here=Tally(1, 1)), Past(elsewhere=Tally(40, 30))
    assert expected(proven) > expected(lucky) > ENDS_ANYWAY


def test_the_own_provider_counts_more_than_the_rest():
    ours = Past(provider=Tally(20, 18), elsewhere=Tally(20, 2))
    theirs = Past(provider=Tally(20, 2), elsewhere=Tally(20, 18))
    assert expected(ours) > expected(theirs)


def test_many_own_tries_are_believed():
    assert expected(Past(here=Tally(200, 180))) == pytest.approx(0.9, abs=0.03)


def test_who_acts_keeps_the_place():
    found = ranked(
        ACTIONS, {"ง": Past(elsewhere=Tally(30, 29)), "ค": Past(elsewhere=Tally(30, 30))}
    )
    assert [x.action.th for x in found] == ["ง", "ก", "ค", "ข"]
    assert [x.action.step for x in found] == [x.step for x in ACTIONS]


def test_without_a_past_the_article_s_order_stays():
    assert [x.action for x in ranked(ACTIONS, {})] == list(ACTIONS)


def test_how_often_faults_end_by_themselves():
    assert ends_by_itself([]) == ENDS_ANYWAY
    assert ends_by_itself([5, 10, 20]) == 1
    assert ends_by_itself([100]) == pytest.approx(0.2)
    assert ends_by_itself([20, 180]) == pytest.approx(0.2)


def test_the_better_step_is_found_and_sooner_than_by_bare_rates():
    """Two hundred provinces: the better of two steps, tried some times at some offices of some providers."""
    rng = random.Random(20)
    right = bare = 0
    worlds = 200
    for _ in range(worlds):
        good, bad = 0.7, 0.35
        past, raw = {}, {}
        for name, rate in (("ก", bad), ("ข", good)):
            tallies = []
            for most in (2, 6, 20):
                n = rng.randint(0, most)
                tallies.append(Tally(n, sum(rng.random() < rate for _ in range(n))))
            past[name] = Past(*tallies)
            here = tallies[0]
            raw[name] = here.helped / here.tries if here.tries else 0.5
        right += ranked(ACTIONS[:2], past)[0].action.th == "ข"
        bare += raw["ข"] > raw["ก"]
    assert right / worlds > 0.8
    assert right > bare
