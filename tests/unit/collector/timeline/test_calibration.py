"""Whether a gateway says anything, over seven days; and which later days a late report turns."""

from datetime import date, timedelta

import numpy as np

from laaswatch_collector.timeline.calibration import (
    Counts,
    informative,
    total,
    turned,
    window,
)

MONDAY = date(2026, 11, 2)
ANSWERS = Counts(
    good=100, gateway=100, reference=100, made=100, gateway_ever=100, reference_ever=100
)
MUTE = Counts(good=1000, gateway=0, reference=1000, made=1000, gateway_ever=0, reference_ever=1000)
BROKEN = Counts(made=100)


def day(n):
    return MONDAY + timedelta(days=n)


def test_one_in_twenty_good_rounds_is_enough():
    few, enough = Counts(100, 4, 5, 100, 4, 5), Counts(100, 5, 4, 100, 5, 4)
    gateway, reference = informative(np.array([few, enough]))
    assert (gateway.tolist(), reference.tolist()) == ([False, True], [True, False])


def test_without_a_good_round_all_rounds_are_asked_and_without_any_nothing_tells():
    assert Counts(made=100, gateway_ever=5).told == (True, False)
    assert Counts().told == (False, False)


def test_six_days_before_count_and_no_more():
    by_day = {day(n): {"a": ANSWERS} for n in range(20)}
    assert len(window(by_day, day(10))) == 6
    assert total(window(by_day, day(10)))["a"].good == 600
    assert total([*window(by_day, day(1)), by_day[day(1)]])["a"].good == 200


def test_a_late_day_turns_those_after_it_that_had_nothing_else_to_go_by():
    by_day = {day(n): {"a": BROKEN} for n in range(1, 12)}
    assert turned(by_day, day(0), {"a": ANSWERS}) == {day(n) for n in range(1, 7)}


def test_a_day_more_of_the_same_turns_nothing():
    by_day = {day(n): {"a": ANSWERS} for n in range(1, 12)}
    assert turned(by_day, day(0), {"a": ANSWERS}) == set()


def test_enough_mute_days_outweigh_the_answers():
    by_day = {day(0): {"a": ANSWERS}, day(2): {"a": BROKEN}}
    assert turned(by_day, day(1), {"a": BROKEN}) == set()
    many = Counts(*(3 * x for x in MUTE))
    assert turned(by_day, day(1), {"a": many}) >= {day(2)}


def test_each_pc_is_asked_for_itself():
    by_day = {day(1): {"a": BROKEN, "b": BROKEN}}
    assert day(1) in turned(by_day, day(0), {"b": ANSWERS})
    assert turned(by_day, day(0), {}) == set()
