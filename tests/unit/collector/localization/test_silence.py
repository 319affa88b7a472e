"""Silence: the worked examples of methods.md §6, and what a province's silence may and may not say."""

import pytest
from scipy.stats import binom

from laaswatch_collector.localization.silence import (
    Silence,
    chance_of_leaving,
    is_alarm,
    silent_provinces,
)


def test_three_of_eight_in_a_quiet_slot_is_an_alarm():
    assert chance_of_leaving(8, 3, 0.01) == pytest.approx(5.4e-5, rel=0.01)
    assert is_alarm(8, 3, 0.01)


def test_three_of_eight_at_lunch_is_nothing():
    assert chance_of_leaving(8, 3, 0.2) == pytest.approx(0.20, abs=0.005)
    assert not is_alarm(8, 3, 0.2)


@pytest.mark.parametrize(("n", "k", "h"), [(1, 1, 0.5), (20, 0, 0.3), (100, 12, 0.05), (5, 5, 0.0)])
def test_the_chance_is_the_binomial_tail(n, k, h):
    assert chance_of_leaving(n, k, h) == pytest.approx(binom.sf(k - 1, n, h))


def provinces(**sizes):
    """Offices and their provinces: five of p57 are called p57-0 … p57-4."""
    return {f"{p}-{i}": p for p, size in sizes.items() for i in range(size)}


def heard_but(province_of, silent):
    return [o for o in province_of if o not in silent]


@pytest.mark.parametrize(
    ("sizes", "silent", "expected"),
    [
        ({"a": 5, "b": 10}, 5, [Silence("a", 5, 0)]),
        ({"a": 5, "b": 10}, 4, [Silence("a", 5, 1)]),
        ({"a": 5, "b": 10}, 3, []),
        ({"a": 3, "b": 10}, 3, []),
        ({"a": 5}, 5, []),
    ],
    ids=["all silent", "one left", "two left", "too few offices", "nobody to compare with"],
)
def test_a_silent_province_among_reporting_ones(sizes, silent, expected):
    province_of = provinces(**sizes)
    quiet = [f"a-{i}" for i in range(silent)]
    found = silent_provinces(province_of, list(province_of), heard_but(province_of, quiet))
    assert list(found) == expected


def test_when_everybody_is_silent_it_is_us():
    """The collector's own outage, or a holiday: no province is presumed out."""
    province_of = provinces(a=6, b=6, c=6)
    assert silent_provinces(province_of, list(province_of), []) == ()


def test_offices_that_left_long_ago_do_not_count():
    province_of = provinces(a=6, b=6)
    usual = [o for o in province_of if o not in ("a-0", "a-1", "a-2")]
    assert silent_provinces(province_of, usual, heard_but(province_of, ["a-3", "a-4", "a-5"])) == ()
