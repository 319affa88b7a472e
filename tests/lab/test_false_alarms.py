"""A healthy line that loses one packet in two hundred gives no outage: 24 hours of rounds, several seeds.

The rounds are simulated (support/lab/noisy_line.py tells how); the rules, the history and the collector's
outage rule are the real ones.
"""

import os
from collections import Counter

import pytest

from laaswatch_agent.report.vocabulary import State, state_of
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.facts import Facts, Office
from support.lab.noisy_line import Line, day
from support.worlds import MONDAY

SEEDS = range(200 if os.environ.get("LAASWATCH_SOAK") else 20)
DAY = 24 * 3600


def outages(made):
    facts = Facts((Office("office", "57", "A", 1),), (made.facts,), (), ())
    end = MONDAY + DAY
    return conclude(facts, MONDAY, end, end, end).outages


@pytest.mark.lab
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_noisy_line_has_no_outage(seed):
    made = day(Line(loss=0.005, seed=seed))
    assert len(made.faults) == 2880
    down = [x for x in made.faults if state_of(x) is State.DOWN]
    print(Counter(made.faults))
    assert outages(made) == ()
    assert len(down) <= 3


@pytest.mark.lab
def test_a_cut_of_ten_minutes_on_the_same_line_is_one_outage():
    made = day(Line(loss=0.005, seed=1), cut=range(1000, 1020))
    found = outages(made)
    assert [(x.start - MONDAY, x.end - MONDAY) for x in found] == [(30_000, 30_600)]
