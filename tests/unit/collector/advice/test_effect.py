"""What the rounds say after a step, on the PCs that had the fault before it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.advice.effect import Effect, Seen, effect_of

AT = 1_000_000.0


def pc(*rounds):
    """(minutes from the step, usable) of one PC."""
    at = np.array([AT + 60 * m for m, _ in rounds])
    return Seen(at, np.array([float("nan") if u is None else float(u) for _, u in rounds]))


def minutes(start, stop, usable):
    return [(m, usable) for m in range(start, stop)]


@pytest.mark.parametrize(
    ("rounds", "effect", "after"),
    [
        (minutes(-9, 4, 0) + minutes(4, 40, 1), Effect.ENDED, 4.0),
        (minutes(-9, 40, 0), Effect.WENT_ON, None),
        (minutes(-9, 40, 1), Effect.NO_FAULT, None),
        (minutes(-9, 0, 0), Effect.NOT_SEEN, None),  # the PC was turned off
        (minutes(0, 40, 1), Effect.NOT_SEEN, None),  # turned on for the step
        ([*minutes(-9, 4, 0), (4, 1), *minutes(5, 40, 0)], Effect.WENT_ON, None),  # a flicker
        (minutes(-9, 30, 0) + minutes(30, 60, 1), Effect.WENT_ON, None),  # too late to be the step
        (minutes(-9, 5, 0) + minutes(5, 8, None), Effect.NOT_SEEN, None),  # seen for five minutes
        (minutes(-9, 40, None), Effect.NOT_SEEN, None),
    ],
    ids=["ended", "went on", "no fault", "off", "on", "flicker", "late", "short", "unknown"],
)
def test_one_pc(rounds, effect, after):
    found = effect_of(AT, [pc(*rounds)])
    assert (found.effect, found.minutes) == (effect, after)


def test_it_ended_only_if_it_ended_everywhere():
    well = pc(*minutes(-9, 2, 0), *minutes(2, 40, 1))
    slow = pc(*minutes(-9, 7, 0), *minutes(7, 40, 1))
    never = pc(*minutes(-9, 40, 0))
    bystander = pc(*minutes(-9, 40, 1))
    assert effect_of(AT, [well, slow, bystander]).minutes == 7.0
    assert effect_of(AT, [well, never]).effect is Effect.WENT_ON
    assert effect_of(AT, []).effect is Effect.NOT_SEEN


@given(st.lists(st.tuples(st.integers(-20, 60), st.sampled_from([0, 1, None])), max_size=60))
def test_an_end_is_never_claimed_without_a_fault_before_and_a_good_round_after(rounds):
    rounds.sort(key=lambda x: x[0])
    found = effect_of(AT, [pc(*rounds)])
    if found.effect is Effect.ENDED:
        assert any(-10 <= m < 0 and u == 0 for m, u in rounds)
        assert any(0 <= m <= 20 and u == 1 for m, u in rounds)
        assert found.minutes is not None
        assert 0 <= found.minutes <= 20
    else:
        assert found.minutes is None
