"""Sums over intervals and over minutes, done quickly: the same as done plainly."""

import numpy as np
import pytest

from laaswatch_collector.explanation.intervals import Intervals
from laaswatch_collector.explanation.replay import _displaced


@pytest.mark.parametrize("seed", range(20))
def test_seconds_of_outage_are_those_counted_one_by_one(seed):
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.choice(20_000, 2 * int(rng.integers(0, 12)), replace=False)).astype("i4")
    starts, ends = edges[::2], edges[1::2]
    down = np.zeros(40_000, np.int64)
    for a, b in zip(starts, ends, strict=True):
        down[a:b] = 1
    a = rng.integers(0, 30_000, 500).astype("i4")
    b = a + rng.integers(0, 9_000, 500).astype("i4")
    inside, seconds = Intervals(starts, ends).sums(a, b)
    assert inside.tolist() == (down[a] == 1).tolist()
    assert seconds.tolist() == [int(down[x:y].sum()) for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("seed", range(20))
def test_displaced_work_is_that_of_the_plain_walk(seed):
    rng = np.random.default_rng(seed)
    queue = np.maximum(0, np.cumsum(rng.integers(-1, 2, 2_000)))
    net = np.where(rng.random(2_000) < 0.1, rng.normal(0.05, 0.3, 2_000), 0.0)
    d, plain = 0.0, []
    for most, change in zip(queue, net, strict=True):
        d = min(float(most), max(0.0, d + change))
        plain.append(d)
    assert _displaced(queue, net).tolist() == plain
