"""Outages and lateness across offices: the worked example, and an interval that knows when nothing is there."""

import numpy as np
import pytest
from scipy.stats.contingency import relative_risk

from laaswatch_collector.explanation.association import OfficeDays, associate, mantel_haenszel

STRATA = np.array([0, 0, 1, 1])
LATE = np.array([4.0, 2.0, 3.0, 8.0])
ENTRIES = np.array([10.0, 20.0, 5.0, 40.0])
EXPOSED = np.array([True, False, True, False])


def test_the_worked_example():
    assert mantel_haenszel(STRATA, LATE, ENTRIES, EXPOSED) == pytest.approx(3.43, abs=0.005)


def test_without_strata_it_is_the_crude_ratio():
    crude = mantel_haenszel(np.zeros(4, np.int64), LATE, ENTRIES, EXPOSED)
    assert crude == pytest.approx(2.80, abs=0.005)
    assert crude == pytest.approx(relative_risk(7, 15, 10, 60).relative_risk)


def test_strata_without_contrast_are_insufficient():
    assert mantel_haenszel(np.arange(4), LATE, ENTRIES, EXPOSED) is None


def office_days(effect, seed, offices=40, days=20):
    rng = np.random.default_rng(seed)
    office, day = (x.ravel() for x in np.mgrid[0:offices, 0:days])
    exposed = rng.random(len(office)) < 0.2
    risk = 0.1 * np.where(exposed, effect, 1.0)
    return OfficeDays(
        late=rng.binomial(10, risk).astype(float),
        entries=np.full(len(office), 10.0),
        exposed=exposed,
        office=office,
        week=day // 5,
        day=day,
    )


def test_a_real_effect_is_found_with_its_interval():
    found = associate(office_days(3.0, seed=1))
    assert found.low < 3.0 < found.high
    assert found.low > 1.0
    assert found.attributable == pytest.approx(1 - 1 / found.ratio)


def test_the_interval_covers_one_where_there_is_no_effect():
    """Twenty null worlds: a 95 % interval may miss in one or two, not in more."""
    missed = sum(
        not x.low < 1.0 < x.high for x in (associate(office_days(1.0, s)) for s in range(20))
    )
    assert missed <= 2


def test_one_office_alone_has_a_ratio_but_no_interval():
    days = office_days(3.0, seed=1, offices=1)
    found = associate(days)
    assert found.ratio is not None
    assert (found.low, found.high) == (None, None)
