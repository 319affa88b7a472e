"""How well an office can be foretold: good for a regular one, bad for an erratic one, nothing where too little is."""

import numpy as np
import pytest

from laaswatch_collector.explanation.axis import WorkAxis, loss
from laaswatch_collector.explanation.health import health
from laaswatch_collector.timeline.conclusions import MinuteState
from support.columns import CLOCK, FIRST, MINUTES


def an_axis(down=()):
    start = CLOCK.second(FIRST, 0)
    at = np.flatnonzero(CLOCK.mask(start, MINUTES))
    state = np.full(len(at), MinuteState.UP, np.uint8)
    for a, b in down:
        state[a:b] = MinuteState.DOWN
    none = np.zeros(len(at), np.uint8)
    return WorkAxis(
        start // 60 + at, state, none, none, none > 0, none + 2, loss(state, none),
        state == MinuteState.DOWN, state != MinuteState.UNKNOWN, 420,
    )  # fmt: skip


def an_office(seed, wait):
    """600 entries over the month; `wait(rng, n)` working minutes from transaction to posting."""
    rng = np.random.default_rng(seed)
    size = len(an_axis().minute)
    transacted = np.sort(rng.integers(0, size - 900, 600))
    return transacted, (transacted // 420 + 2) * 420, transacted + wait(rng, 600)


def regular(rng, count):
    return 40 + rng.integers(0, 10, count)


def erratic(rng, count):
    return 40 + rng.exponential(600, count).astype(int)


def test_a_regular_office_is_foretold_and_an_erratic_one_is_not():
    good, bad = health(*an_office(1, regular), an_axis()), health(*an_office(1, erratic), an_axis())
    assert good.weeks >= 4
    assert good.median_error < 30
    assert good.right_side > 0.98
    assert bad.median_error > 3 * good.median_error
    assert bad.right_side < good.right_side


@pytest.mark.parametrize("entries", [0, 30])
def test_too_few_entries_are_insufficient(entries):
    found = health(*(x[:entries] for x in an_office(1, regular)), an_axis())
    assert (found.median_error, found.right_side) == (None, None)


def test_weeks_with_outages_do_not_count():
    size = len(an_axis().minute)
    found = health(*an_office(1, regular), an_axis([(k, k + 40) for k in range(0, size, 420)]))
    assert (found.weeks, found.median_error) == (0, None)
