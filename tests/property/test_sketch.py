"""Sketches add up in any order, and every quantile lies within the stated error of a value that was there."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.timeline.sketch import (
    BUCKETS,
    ERROR,
    LARGEST,
    empty,
    quantile,
    sketch_of,
)

delays = st.lists(
    st.floats(0.015625, LARGEST, width=32) | st.floats(1, 400, width=32), max_size=60
).map(lambda x: np.array(x, np.float32))
shares = st.floats(0, 1)


@given(delays, delays, delays)
def test_merging_is_adding_in_any_order(a, b, c):
    whole = sketch_of(np.concatenate((a, b, c)))
    assert (sketch_of(a) + (sketch_of(b) + sketch_of(c)) == whole).all()
    assert ((sketch_of(c) + sketch_of(a)) + sketch_of(b) == whole).all()
    assert (whole + empty() == whole).all()
    assert whole.sum() == len(a) + len(b) + len(c)


@given(delays, shares)
def test_a_quantile_is_right_within_the_error(values, q):
    found = quantile(sketch_of(values), q)
    if not len(values):
        assert found is None
        return
    exact = float(np.sort(values)[math.floor(q * (len(values) - 1))])
    assert abs(found - exact) <= exact * (ERROR + 1e-6)


def test_what_is_out_of_bounds_is_counted_at_the_bounds():
    sketch = sketch_of(np.array([0.0, LARGEST * 2], np.float64))
    assert sketch[0] == sketch[BUCKETS - 1] == 1


def test_a_broken_sum_is_caught():
    """The negative control: a merge that forgets a bucket gives another quantile."""
    values = np.array([1.0] * 9 + [500.0] * 11, np.float32)
    forgetful = sketch_of(values)
    forgetful[int(np.argmax(forgetful))] = 0
    assert abs(quantile(forgetful, 0.9) - 500.0) > 500.0 * ERROR
