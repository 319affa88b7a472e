"""Association across office-days: the worked example, insufficiency, and honest intervals."""

import random
from datetime import date, timedelta

import pytest

from laaswatch_collector.explanation.association import (
    Dose,
    OfficeDay,
    Stratum,
    associate,
    crude_ratio,
    mantel_haenszel,
)

EXAMPLE = (Stratum(4, 10, 2, 20), Stratum(3, 5, 8, 40))
MONDAY = date(2026, 6, 1)


def test_the_worked_example_of_the_methods():
    assert mantel_haenszel(EXAMPLE) == pytest.approx(5.3333 / 1.5556, abs=1e-3)
    assert round(mantel_haenszel(EXAMPLE), 2) == 3.43
    assert round(crude_ratio(EXAMPLE), 2) == 2.80


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [Stratum(0, 0, 0, 0)],
        [Stratum(3, 5, 0, 5)],
        [Stratum(0, 5, 3, 5)],
        [Stratum(2, 5, 0, 0)],
    ],
)
def test_a_ratio_without_two_sides_is_insufficient(strata):
    assert mantel_haenszel(strata) is None


def office_days(seed, effect, offices=30, days=20):
    """Office-days whose late share is `effect` times as high when exposed; offices and days differ."""
    rng = random.Random(seed)
    badness = [rng.uniform(0.05, 0.3) for _ in range(offices)]
    mood = [rng.uniform(0.7, 1.3) for _ in range(days)]
    found = []
    for o in range(offices):
        for d in range(days):
            down = rng.choice([0, 0, 10, 60, 200])
            share = min(0.95, badness[o] * mood[d] * (effect if down >= 30 else 1))
            entries = rng.randint(5, 15)
            late = sum(rng.random() < share for _ in range(entries))
            day = MONDAY + timedelta(days=d // 5 * 7 + d % 5)
            found.append(OfficeDay(f"o{o}", day, entries, late, down))
    return found


def test_the_interval_of_a_world_without_effect_holds_one():
    held = 0
    for seed in range(40):
        found = associate(office_days(seed, effect=1.0))
        held += found.low <= 1.0 <= found.high
    assert held >= 36


def test_a_real_effect_is_found_and_its_share_reported():
    found = associate(office_days(1, effect=2.5))
    assert 1.8 < found.risk_ratio < 3.2
    assert found.low > 1.0
    assert found.attributable_share == pytest.approx(1 - 1 / found.risk_ratio)


def test_the_order_of_days_does_not_matter():
    days = office_days(2, effect=1.5)
    shuffled = days[:]
    random.Random(3).shuffle(shuffled)
    assert associate(days) == associate(shuffled)


def test_doses_count_every_entry_once():
    days = [
        OfficeDay("a", MONDAY, 10, 1, 0),
        OfficeDay("a", MONDAY + timedelta(days=1), 5, 2, 29),
        OfficeDay("a", MONDAY + timedelta(days=2), 4, 4, 240),
        OfficeDay("b", MONDAY, 3, 0, 30),
    ]
    assert associate(days).doses == (
        Dose(0, 10, 1),
        Dose(1, 5, 2),
        Dose(30, 3, 0),
        Dose(120, 0, 0),
        Dose(240, 4, 4),
    )


def test_one_office_alone_gives_a_ratio_but_no_interval():
    days = [d for d in office_days(4, effect=2.0, offices=2) if d.office == "o0"]
    found = associate(days)
    assert found.low is None
    assert found.days == 20


def test_no_days_are_insufficient():
    found = associate([])
    assert found.risk_ratio is None
    assert found.attributable_share is None
