"""Three months of an office at its desk, minute by minute, for the coincidence flag: honest, or pulling the plug.

Honest offices have what looks like guilt: month ends with more work, an overloaded site and a busier line; lines that
are bad for days; faults that have their hours; and every outage leaves more work over for the next deadline.
"""

from dataclasses import dataclass

import numpy as np

DAY = 420
DAYS = 66


@dataclass(frozen=True)
class Office:
    """Indices of working minutes, as `explanation.coincidence` wants them."""

    posted: np.ndarray
    due: np.ndarray
    day_ends: np.ndarray
    local: np.ndarray
    wide: np.ndarray


def office(seed: int, pulls: float = 0.0) -> Office:
    """`pulls`: how often the plug is pulled for the rest of a day on which much is at stake."""
    rng = np.random.default_rng(seed)
    size = DAYS * DAY
    day_ends = np.arange(1, DAYS + 1) * DAY
    busy = np.where(np.arange(DAYS) % 22 >= 18, 2.0, 1.0)
    load = rng.uniform(0.5, 1.0) * busy * rng.gamma(4, 0.25, DAYS)
    transacted = np.sort(_arrivals(rng, load * 22))
    wide, local = np.zeros(size, bool), np.zeros(size, bool)
    for day in range(DAYS):
        if rng.random() < (0.25 if busy[day] > 1 else 0.04):
            _strike(rng, wide, day, 60)
    rate = rng.uniform(0.02, 0.25)
    bad = 0
    for day in range(DAYS):
        if bad == 0 and rng.random() < 0.04:
            bad = int(rng.integers(2, 7))
        times = rng.poisson((8 * rate if bad else rate) * (1.3 if busy[day] > 1 else 1.0))
        bad = max(0, bad - 1)
        for _ in range(times):
            _strike(rng, local, day, 30)
    due = (transacted // DAY + 2) * DAY
    posted = _post(transacted, ~(wide | local), rng)
    if pulls:
        for day in range(DAYS):
            end = day_ends[day]
            left = int(((due == end) & (posted >= end - 240)).sum())
            if left >= 12 and rng.random() < pulls:
                local[end - int(rng.integers(150, 230)) : end] = True
                posted = _post(transacted, ~(wide | local), np.random.default_rng(seed + 1))
    return Office(posted, due, day_ends, local, wide)


def _arrivals(rng, load):
    counts = rng.poisson(load)
    return np.repeat(np.arange(DAYS) * DAY, counts) + rng.integers(0, DAY, int(counts.sum()))


def _strike(rng, down, day, typical):
    at = day * DAY + int(DAY * rng.beta(2, 1.3))
    down[at : min((day + 1) * DAY, at + int(rng.lognormal(np.log(typical), 0.9)))] = True


def _post(transacted, usable, rng):
    """A desk that takes 12 to 20 minutes an entry, in turn, while the site can be reached."""
    clock = np.cumsum(usable)
    ready = clock[np.minimum(transacted + 30, len(usable) - 1)]
    took = rng.integers(8, 20, len(transacted))
    ends, free = np.empty(len(transacted), np.int64), 0
    for k, (at, work) in enumerate(zip(ready.tolist(), took.tolist(), strict=True)):
        free = max(free, at) + work
        ends[k] = free
    return np.searchsorted(clock, ends)
