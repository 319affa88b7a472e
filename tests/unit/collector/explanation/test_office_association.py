"""One office at a time, by rank, with all others in mind; dose; and worlds in which there is nothing to find."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import false_discovery_control, mannwhitneyu

from laaswatch_collector.explanation.association import OfficeDays, associate, dose_trend
from laaswatch_collector.explanation.office_association import (
    Days,
    associate_offices,
    benjamini_hochberg,
    rank_sum,
)
from support.null_worlds import coverage, null_world


@pytest.mark.parametrize("seed", range(10))
def test_ranks_with_ties_give_what_scipy_gives(seed):
    rng = np.random.default_rng(seed)
    high, low = rng.integers(0, 6, 15) / 5, rng.integers(0, 5, 40) / 5
    theirs = mannwhitneyu(high, low, alternative="greater", method="asymptotic").pvalue
    assert rank_sum(high, low) == pytest.approx(theirs, rel=1e-9)


def test_days_that_are_all_the_same_tell_nothing():
    assert rank_sum(np.zeros(12), np.zeros(30)) == 1.0


def test_many_offices_are_corrected_as_scipy_does():
    chances = np.random.default_rng(1).random(40).tolist()
    assert benjamini_hochberg(chances) == pytest.approx(false_discovery_control(chances).tolist())
    assert benjamini_hochberg([]) == []


def an_office(days=70, exposed=15, effect=0.0, seed=0):
    rng = np.random.default_rng(seed)
    when = [date(2026, 7, 1) + timedelta(days=k) for k in range(days)]
    hit = np.arange(days) < exposed
    return Days(when, np.clip(rng.random(days) * 0.3 + effect * hit, 0, 1), hit)


def test_an_office_where_lateness_goes_with_outages_is_named_among_many():
    offices = {f"o{k}": an_office(seed=k) for k in range(30)} | {"x": an_office(effect=0.3)}
    assert [x.office for x in associate_offices(offices) if x.found] == ["x"]


@pytest.mark.parametrize(
    "office", [an_office(days=50), an_office(exposed=9), an_office(exposed=70)]
)
def test_too_few_months_or_days_are_insufficient(office):
    (found,) = associate_offices({"o": office})
    assert (found.chance, found.false_share, found.found) == (None, None, False)


def test_more_minutes_more_late_entries_show_as_a_dose():
    rng = np.random.default_rng(2)
    office, day = (x.ravel() for x in np.mgrid[0:60, 0:20])
    minutes = rng.choice([0, 0, 0, 10, 60, 180, 300], len(office))
    risk = 0.05 * (1 + np.searchsorted([1, 30, 120, 240], minutes, side="right"))
    days = OfficeDays(
        rng.binomial(20, risk).astype(float), np.full(len(office), 20.0), minutes >= 30,
        office, day // 5, day,
    )  # fmt: skip
    steps = dose_trend(days, minutes)
    assert [x.least for x in steps] == [0, 1, 30, 120, 240]
    assert sum(x.office_days for x in steps) == len(office)
    ratios = [x.ratio for x in steps]
    assert ratios[0] == 1.0
    assert ratios == sorted(ratios)
    assert ratios[4] == pytest.approx(5.0, rel=0.15)


def test_no_days_at_all_are_insufficient():
    none = np.zeros(0, np.int64)
    days = OfficeDays(none.astype(float), none.astype(float), none > 0, none, none, none)
    assert associate(days).ratio is None
    assert [x.ratio for x in dose_trend(days, none)] == [1.0, None, None, None, None]


def test_a_confounded_world_looks_guilty_without_strata():
    """Else the test below would say nothing."""
    found = [null_world(k, confounded=True) for k in range(20)]
    crude = [
        (x.late[x.exposed].sum() / x.entries[x.exposed].sum())
        / (x.late[~x.exposed].sum() / x.entries[~x.exposed].sum())
        for x in found
    ]
    assert np.median(crude) > 1.1


@pytest.mark.parametrize("confounded", [False, True])
def test_the_interval_holds_one_in_null_worlds(confounded):
    """95 in 100 worlds is aimed at; of 300 measured 95.7 % plain, 97.3 % confounded."""
    assert coverage(100, confounded=confounded) >= 0.92
