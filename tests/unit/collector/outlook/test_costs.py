"""Which provider's outages cost most: worked examples, intervals against draws."""

import numpy as np
import pytest

from laaswatch_collector.outlook.costs import OfficeMonth, costs


def months(isp, count, entries, cost, province="57"):
    return [OfficeMonth(isp, province, entries, cost) for _ in range(count)]


def test_rates_per_hundred_entries_and_per_office_and_month():
    good, bad = months("A", 40, 500, 5), months("B", 40, 500, 20)
    first, second = costs(good + bad)
    assert (first.isp, second.isp) == ("B", "A")
    assert (first.office_months, first.entries, first.cost) == (40, 20_000, 800)
    assert first.per_100.value == pytest.approx(4.0)
    assert first.per_month.value == pytest.approx(20.0)
    # Every office-month alike: plain Wilson and Poisson, 80 %.
    assert (first.per_100.low, first.per_100.high) == (
        pytest.approx(3.83, abs=0.01),
        pytest.approx(4.18, abs=0.01),
    )
    assert (first.per_month.low, first.per_month.high) == (
        pytest.approx(19.1, abs=0.05),
        pytest.approx(20.95, abs=0.05),
    )
    assert first.per_month.drawn == pytest.approx(20.0, abs=0.5)


def test_a_single_bad_office_month_does_not_top_the_list():
    few = months("C", 1, 100, 30)
    many = months("A", 60, 500, 20) + months("B", 60, 500, 2)
    rows = {x.isp: x for x in costs(few + many)}
    assert rows["C"].per_month.value > rows["A"].per_month.value
    assert rows["C"].per_month.drawn < rows["C"].per_month.value
    assert rows["A"].per_month.drawn == pytest.approx(20, abs=0.5), "many stand for themselves"


def test_none_is_no_proof_of_none():
    row = next(x for x in costs(months("A", 3, 50, 0) + months("B", 30, 50, 4)) if x.isp == "A")
    assert (row.per_month.value, row.per_month.low) == (0, 0)
    assert row.per_month.high > 0.5
    assert row.per_100.high > 0.5
    assert row.per_month.drawn > 0


def test_office_months_without_entries_and_no_months_at_all():
    assert costs([]) == ()
    assert costs(months("A", 3, 0, 0)) == ()


def test_provinces_are_told_apart():
    rows = costs(months("A", 5, 100, 2, "57") + months("A", 5, 100, 9, "50"))
    assert [(x.isp, x.province) for x in rows] == [("A", "50"), ("A", "57")]


@pytest.mark.parametrize("clustered", [False, True])
def test_intervals_hold_what_they_say_also_where_fates_are_shared(clustered):
    """80 % is meant; whole office-months hit together would break an interval that counts entries."""
    dice = np.random.default_rng(11)
    held = []
    for _ in range(300):
        mean = dice.gamma(1.0, 6.0, 30) if clustered else np.full(30, 6.0)
        group = [OfficeMonth("A", "57", 400, int(min(400, dice.poisson(m)))) for m in mean]
        (row,) = costs(group)
        held.append(row.per_month.low <= 6.0 <= row.per_month.high)
    assert 0.7 <= np.mean(held) <= 0.9


@pytest.mark.parametrize("seed", range(8))
def test_every_interval_holds_its_value(seed):
    dice = np.random.default_rng(seed)
    rows = costs(
        [
            OfficeMonth(
                str(dice.integers(4)), str(dice.integers(3)), int(n), int(dice.integers(n + 1))
            )
            for n in dice.integers(0, 60, 80)
        ]
    )
    for row in rows:
        for rate in (row.per_100, row.per_month):
            assert 0 <= rate.low <= rate.value + 1e-9
            assert rate.value <= rate.high + 1e-9
            assert rate.drawn >= 0
