"""Outages from rounds, one character a round: the worked examples of methods.md §5."""

from dataclasses import replace

import numpy as np
import pytest

from laaswatch_collector.timeline.spans import OFFICE, PC, painted, spans

CODES = {"u": 0, "g": 1, "b": 2}


def row(text):
    return np.array([CODES[x] for x in text], np.uint8)


@pytest.mark.parametrize(
    ("rounds", "outages"),
    [
        ("ggbgbbbgbgggg", [(4, 9)]),
        ("gggbggg", []),
        ("bbbggggbbb", [(0, 10)]),
        ("bbbggggggbbb", [(0, 3), (9, 12)]),
        ("", []),
        ("uuuu", []),
        ("bbb", [(0, 3)]),
        ("gbbugg", []),
    ],
)
def test_outages_of_a_pc(rounds, outages):
    assert spans(row(rounds), PC) == outages


@pytest.mark.parametrize(
    ("rounds", "outages"),
    [
        ("bb" + "u" * 20 + "bb", [(0, 24)]),
        ("bb" + "u" * 40 + "bb", [(0, 2), (42, 44)]),
        ("bb" + "u" * 10 + "ggg", [(0, 2)]),
        ("gg" + "u" * 10 + "bb", [(12, 14)]),
        ("gbg", []),
    ],
)
def test_outages_of_an_office(rounds, outages):
    assert spans(row(rounds), OFFICE) == outages


def test_bridged_minutes_carry_the_mark():
    down, inferred = painted(row("bb" + "u" * 20 + "bb"), OFFICE)
    assert down.all()
    assert inferred.sum() == 20
    assert not inferred[:2].any()


def test_an_outage_shorter_than_the_least_is_dropped():
    assert spans(row("ggbgggg"), replace(OFFICE, start=1)) == []
