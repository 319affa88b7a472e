"""Is now a safe moment: worked examples, and figures against simulated weather."""

import numpy as np
import pytest

from laaswatch_collector.outlook.safe_moment import (
    Past,
    measure,
    predictions,
    safe_moment,
)
from laaswatch_collector.simulate.province import simulate
from laaswatch_collector.timeline.conclusions import MinuteState
from support.outlook import minutes_of

DAY = 600
UP, DOWN, UNKNOWN = MinuteState.UP, MinuteState.DOWN, MinuteState.UNKNOWN


def past(days=20, peers=(5, 0), **outages):
    """Working days of ten hours, up; `outages` by name: (day, from, to)."""
    size = days * DAY
    state = np.full(size, UP, np.uint8)
    for day, a, b in outages.values():
        state[day * DAY + a : day * DAY + b] = DOWN
    up, down = (np.full(size, n, np.int64) for n in peers)
    return Past(state, up, down, np.ones(size, np.bool_), np.arange(size) // DAY)


def test_an_office_that_is_always_up_is_safe():
    found = safe_moment(past(), 3)
    assert found.safe
    # Twenty days of ten hours, less the end of the last: never surer than one trouble more would allow.
    assert found.chance == pytest.approx(1 - 10 / 12_000, abs=2e-5)
    assert found.measured.false_safe == 0.0
    assert found.measured.false_unsafe is None, "no moment was called unsafe"


def test_an_office_that_is_down_is_not_safe():
    found = safe_moment(past(then=(5, 100, 400), now=(19, 500, 600)), 3)
    assert not found.safe
    assert found.chance < 0.3


def test_one_that_has_just_come_back_is_told_by_how_that_went_before():
    """Every day: down ten minutes, up five, down ten, then up until evening."""
    flaps = {}
    for day in range(20):
        flaps[f"a{day}"] = (day, 100, 110)
        flaps[f"b{day}"] = (day, 115, 125)
    whole = past(**flaps)
    at = 19 * DAY + 112  # up again for two minutes
    just_back = Past(*(x[: at + 1] for x in (whole.state, whole.peers_up, whole.peers_down, whole.working, whole.day)))  # fmt: skip
    later = 19 * DAY + 300
    steady = Past(*(x[: later + 1] for x in (whole.state, whole.peers_up, whole.peers_down, whole.working, whole.day)))  # fmt: skip
    assert safe_moment(just_back, 0).chance < 0.8
    assert safe_moment(steady, 0).chance > 0.95


def test_peers_in_trouble_make_a_moment_less_safe():
    """The provider's others go down two minutes before this office does."""
    whole = past(**{f"d{day}": (day, 302, 360) for day in range(20)})
    for day in range(20):
        whole.peers_up[day * DAY + 300 : day * DAY + 360] = 0
        whole.peers_down[day * DAY + 300 : day * DAY + 360] = 5

    def at(minute):
        end = 19 * DAY + minute + 1
        arrays = (whole.state, whole.peers_up, whole.peers_down, whole.working, whole.day)
        return safe_moment(Past(*(x[:end] for x in arrays)), 0).chance

    assert at(301) < 0.7 < at(200)


@pytest.mark.parametrize("change", ["now", "short", "empty"])
def test_unknown_stays_unknown(change):
    known = past(days=3 if change == "short" else 20)
    if change == "now":
        known.state[-1] = UNKNOWN
    if change == "empty":
        known = past(days=0)
    assert safe_moment(known, 3) is None


def test_what_nobody_saw_is_no_outcome():
    half = past()
    half.state[: 10 * DAY] = UNKNOWN
    assert safe_moment(half, 3).moments < safe_moment(past(), 3).moments


def test_figures_hold_on_simulated_weather():
    """Better than the usual share, and as often wrong as said: on days that they did not know."""
    given, came = [], []
    for seed in (6, 7):
        province = simulate(seed, 24)
        for row in range(len(province.offices)):
            chance, outcome = predictions(minutes_of(province, row), 5)
            given.append(chance)
            came.append(outcome)
    chance, outcome = np.concatenate(given), np.concatenate(came)
    found = measure(chance, outcome)
    assert found.brier < 0.4 * found.base
    assert found.false_safe < 0.05
    assert found.false_unsafe < 0.3
    sure = chance >= 0.95
    assert outcome[sure].mean() == pytest.approx(chance[sure].mean(), abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_is_a_share(seed):
    dice = np.random.default_rng(seed)
    size = 20 * DAY
    state = dice.choice([0, 1, 2, 3], size, p=[0.05, 0.8, 0.05, 0.1]).astype(np.uint8)
    state[-1] = dice.choice([1, 2, 3])
    peers = dice.integers(0, 4, (2, size))
    found = safe_moment(
        Past(state, peers[0], peers[1], dice.random(size) < 0.9, np.arange(size) // DAY), 4
    )
    if found is not None:
        assert 0 < found.chance < 1
        for share in (found.measured.false_safe, found.measured.false_unsafe):
            assert share is None or 0 <= share <= 1
