"""Silence: the worked examples of methods.md §6, and what a province's silence may and may not say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from laaswatch_collector.localization.leaving import SLOTS, LeaveRates, learn, slot_of
from laaswatch_collector.localization.silence import (
    ALARM,
    Heard,
    Silence,
    chance_of_leaving,
    is_alarm,
    silent_cells,
    silent_provinces,
)
from laaswatch_collector.timeline.conclusions import Scope


def test_three_of_eight_in_a_quiet_slot_is_an_alarm():
    assert chance_of_leaving(8, 3, 0.01) == pytest.approx(5.4e-5, rel=0.01)
    assert is_alarm(8, 3, 0.01)


def test_three_of_eight_at_lunch_is_nothing():
    assert chance_of_leaving(8, 3, 0.2) == pytest.approx(0.20, abs=0.005)
    assert not is_alarm(8, 3, 0.2)


@pytest.mark.parametrize(
    ("n", "k", "h"),
    [
        (1, 1, 0.5),
        (20, 0, 0.3),
        (100, 12, 0.05),
        (5, 5, 0.0),
        (7850, 40, 0.5),
        (7850, 4200, 0.5),
        (40, 3, 0.3),
    ],
)
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
        ({"a": 5, "b": 10}, 5, [Silence(Scope.PROVINCE, "", "a", 5, 0)]),
        ({"a": 5, "b": 10}, 4, [Silence(Scope.PROVINCE, "", "a", 5, 1)]),
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


TEN = 1_780_000_000 // 86_400 * 86_400 + 3 * 3600  # ten o'clock in Bangkok
NOON = TEN + 2 * 3600


def rates_of(offices, usual=0.004, at_noon=0.2):
    """So many leave in any five minutes, more at noon: learned from a thousand days, in round figures."""
    cells = learn({x.office: (x.isp, x.province) for x in offices}, (), 1000).there
    left = {}
    for cell, there in cells.items():
        counts = np.round(there * usual).astype(np.int64)
        counts[slot_of(NOON) - 1 : slot_of(NOON) + 3] = round(at_noon * int(there[100]))
        left[cell] = counts
    return LeaveRates(cells, left)


def country(now, gone=(), ago=200, provinces=4, each=12):
    """Offices by turns of the providers A and B; those of `gone` (by a function) fell silent `ago` seconds ago."""
    return [
        Heard(
            f"{p}-{i}",
            "AB"[i % 2],
            f"p{p}",
            now
            - (ago - i % 40 if (silent := bool(gone) and gone(f"p{p}", "AB"[i % 2], i)) else 20),
            not silent,
        )
        for p in range(provinces)
        for i in range(each)
    ]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (lambda _p, isp, _i: isp == "A", (Scope.ISP, "A", "")),
        (lambda p, _isp, _i: p == "p1", (Scope.PROVINCE, "", "p1")),
        (lambda p, isp, _i: (p, isp) == ("p2", "B"), (Scope.ISP_PROVINCE, "B", "p2")),
    ],
    ids=["provider", "province", "provider in a province"],
)
@pytest.mark.parametrize("ago", [130, 1500])
def test_the_cell_that_fell_silent_is_named_alone_and_stays_named(gone, expected, ago):
    offices = country(TEN, gone, ago)
    (found,) = silent_cells(offices, rates_of(offices))
    assert (found.scope, found.isp, found.province) == expected
    silent = sum(not x.fresh for x in offices)
    assert (found.usual - found.reporting, found.chance < ALARM) == (silent, True)
    assert 0 <= found.since - (TEN - ago) < 40


def test_what_is_an_alarm_at_ten_is_nothing_at_noon():
    """Three of eight, as in the worked example, through the whole of the view."""

    def three(province, isp, i):
        return (province, isp) == ("p0", "A") and i < 6

    for now, alarms in ((TEN, 1), (NOON + 300, 0)):
        offices = country(now, three, each=16)
        assert len(silent_cells(offices, rates_of(offices))) == alarms


def test_one_after_the_other_is_not_at_once():
    offices = [
        Heard(x.office, x.isp, x.province, TEN - 400 * (i % 6) - 100, fresh=False)
        if x.province == "p0" and i % 2
        else x
        for i, x in enumerate(country(TEN))
    ]
    assert silent_cells(offices, rates_of(offices, usual=0.02)) == ()


def test_two_things_at_once_are_both_named():
    def gone(province, isp, _i):
        return province == "p3" or (province, isp) == ("p0", "A")

    offices = country(TEN, gone, each=16)
    found = {(x.scope, x.province) for x in silent_cells(offices, rates_of(offices))}
    assert found == {(Scope.PROVINCE, "p3"), (Scope.ISP_PROVINCE, "p0")}


def test_a_province_with_one_provider_is_named_without_the_provider():
    offices = [
        replace(x, isp="C") if x.province == "p1" else x
        for x in country(TEN, lambda p, *_: p == "p1")
    ]
    (found,) = silent_cells(offices, rates_of(offices))
    assert (found.scope, found.isp) == (Scope.PROVINCE, "")


def test_when_all_are_silent_nothing_is_presumed_of_anybody():
    offices = country(TEN, lambda *_: True)
    assert silent_cells(offices, rates_of(offices)) == ()


def test_it_ends_when_they_are_heard_again():
    offices = country(TEN, lambda p, *_: p == "p1")
    assert silent_cells(offices, rates_of(offices))
    again = [Heard(x.office, x.isp, x.province, TEN - 5, fresh=True) for x in offices]
    assert silent_cells(again, rates_of(offices)) == ()


def test_without_a_past_only_a_whole_province_is_presumed():
    """Of nothing known the rate is a half, and the rule of the fifth says the rest, without a chance."""
    offices = country(TEN, lambda p, *_: p == "p1")
    (found,) = silent_cells(offices, LeaveRates())
    assert (found.scope, found.province, found.reporting) == (Scope.PROVINCE, "p1", 0)
    assert silent_cells(country(TEN, lambda p, isp, _: (p, isp) == ("p1", "A")), LeaveRates()) == ()


def test_rates_are_learned_from_where_offices_fell_silent():
    """Two offices, two days; one leaves at noon on both, one never; the nights nobody is there."""
    midnight = TEN - 10 * 3600
    unknown = []
    for day in (midnight, midnight + 86_400):
        for code in ("x", "y"):
            unknown.append((code, day, day + 8 * 3600))
            unknown.append((code, day + 17 * 3600, day + 86_400))
        unknown.append(("x", day + 12 * 3600 + 60, day + 13 * 3600))
        unknown.append(("y", day + 15 * 3600, day + 15 * 3600 + 120))  # two minutes: no leaving
        unknown.append(("stranger", day, day + 86_400))
    rates = learn({"x": ("A", "p"), "y": ("", "p")}, unknown, 2)
    province = (Scope.PROVINCE, "", "p")
    slot = slot_of(midnight + 12 * 3600)
    assert (rates.there[province][slot], rates.left[province][slot]) == (4, 2)
    assert rates.rate(province, slot) == pytest.approx(3 / 6)
    assert rates.rate((Scope.ISP, "A", ""), slot) == pytest.approx(3 / 4)
    assert rates.rate(province, slot_of(midnight + 10 * 3600)) == pytest.approx(1 / 6)
    assert rates.left[province][slot_of(midnight + 15 * 3600)] == 0
    assert rates.left[province][slot_of(midnight + 17 * 3600)] == 4
    assert not rates.known(province, slot_of(midnight + 3 * 3600))
    assert all(len(x) == SLOTS and (x >= 0).all() for x in rates.there.values())
    assert ("", "") not in {cell[1:] for cell in rates.there}
