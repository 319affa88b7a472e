"""The site's share: who asks for the page, how often, and that all together stay below the cap."""

from datetime import timedelta

import pytest

from laaswatch_collector.server.site_budget import Known, Times, budget, elect
from support.intake import NOW

CONTROL = Known("0-control", "control", control=True, heard=NOW)


def office(name, pcs, heard=NOW):
    return [Known(f"{name}-{n}", name, control=False, heard=heard) for n in range(pcs)]


def nation(offices, pcs):
    return [x for n in range(offices) for x in office(f"o{n:04}", pcs)]


@pytest.mark.parametrize(
    ("offices", "pcs", "cap", "probers", "others"),
    [
        (1, 1, 12, Times(60, 30), Times(120, 120)),
        (103, 5, 12, Times(60, 30), Times(690, 690)),
        (7850, 5, 600, Times(60, 30), Times(1050, 1050)),
        (7850, 5, 150, Times(240, 120), Times(4200, 4200)),
        (100, 2, 1, Times(480, 240), Times(2010, 2010)),
    ],
)
def test_times_follow_from_the_cap(offices, pcs, cap, probers, others):
    found = budget(nation(offices, pcs), NOW, cap, 30)
    assert (found.probers, found.others) == (probers, others)
    worst = offices / found.probers.in_trouble + offices * (pcs - 1) / found.others.in_trouble
    assert worst <= 0.5 * cap


def test_agents_of_ours_and_those_long_gone_take_no_share():
    gone = office("gone", 1000, NOW - timedelta(days=8))
    found = budget([*office("a", 2), *gone, CONTROL], NOW, 5, 30)
    assert found.others == Times(120, 120)
    assert found.prober_of == {"a": "a-0"}


def test_the_prober_is_one_that_is_heard():
    """When it is off another takes its place, and gives it back; nobody heard: whoever asks."""
    first, second = office("a", 2)
    old = NOW - timedelta(minutes=6)
    assert elect([second, first], NOW) == {"a": "a-0"}
    away = Known("a-0", "a", control=False, heard=old)
    assert elect([away, second], NOW) == {"a": "a-1"}
    nobody = budget([away], NOW, 5, 30)
    assert nobody.is_prober("a-0", "a")
    assert nobody.is_prober("a-1", "a")
    one = budget([away, second], NOW, 5, 30)
    assert not one.is_prober("a-0", "a")


def test_a_few_agents_more_change_no_plan():
    """A plan that changed with everyone who comes would be fetched by everyone each time."""
    plans = {budget(nation(n, 5), NOW, 600, 30).others for n in range(7800, 7850)}
    assert len(plans) <= 2
