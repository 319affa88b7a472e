"""Worlds of office-days in which lateness does not depend on outages; some look as if it did.

Offices differ, days differ, and entries of a day share their fate. In a confounded world busy weeks have both more
outages and more late entries, and so have some offices: all of it without any effect of an outage on an entry.
"""

import numpy as np

from laaswatch_collector.explanation.association import OfficeDays


def null_world(seed: int, *, confounded: bool, offices: int = 103, weeks: int = 9) -> OfficeDays:
    """One world; a province's offices over two months. `effect` is always none."""
    rng = np.random.default_rng(seed)
    office, day = (x.ravel() for x in np.mgrid[0:offices, 0 : weeks * 5])
    week = day // 5
    careless = rng.normal(0, 0.7, offices)
    busy = rng.normal(0, 0.4, weeks)
    hard = rng.normal(0, 0.4, weeks * 5)
    own = rng.normal(0, 0.5, len(office))
    # Provider and province outages hit many offices on the same day.
    wide = rng.random((4, weeks * 5)) < 0.08
    cell = rng.integers(0, 4, offices)
    chance = np.full(len(office), 0.08)
    late = -2.2 + careless[office] + hard[day] + own
    if confounded:
        chance = 0.08 * np.exp(0.8 * busy[week] + 0.5 * careless[office])
        late = late + 0.8 * busy[week]
    exposed = wide[cell[office], day] | (rng.random(len(office)) < np.minimum(chance, 0.9))
    entries = rng.poisson(20, len(office)) + 1
    return OfficeDays(
        late=rng.binomial(entries, 1 / (1 + np.exp(-late))).astype(np.float64),
        entries=entries.astype(np.float64),
        exposed=exposed,
        office=office,
        week=week,
        day=day,
    )


def coverage(worlds: int, *, confounded: bool) -> float:
    """In how many of so many null worlds the interval holds 1."""
    from laaswatch_collector.explanation.association import associate

    held = 0
    for seed in range(worlds):
        found = associate(null_world(seed, confounded=confounded))
        held += found.low is not None and found.high is not None and found.low <= 1 <= found.high
    return held / worlds
