"""What a province does next about an office, and the colour of its books with the reason."""

import pytest

from laaswatch_collector.advice.province import Colour, Next, Standpoint, colour_of, next_of
from laaswatch_collector.ledger.completeness import Standing

NOT_OPERATING, NOT_CURRENT, UNKNOWN, CURRENT = (
    Standing.NOT_OPERATING,
    Standing.NOT_CURRENT,
    Standing.UNKNOWN,
    Standing.CURRENT,
)


@pytest.mark.parametrize(
    ("standing", "late", "colour", "because"),
    [
        (NOT_OPERATING, {}, Colour.RED, "not_operating"),
        (NOT_OPERATING, {"not_explained": 2}, Colour.RED, "not_operating"),
        (NOT_CURRENT, {"not_explained": 1, "explained": 9}, Colour.RED, "unexplained"),
        (NOT_CURRENT, {"explained": 1}, Colour.AMBER, "explained"),
        (NOT_CURRENT, {"partly": 1, "no_evidence": 4}, Colour.AMBER, "explained"),
        (NOT_CURRENT, {"no_evidence": 1}, Colour.GREY, "cannot_tell"),
        (NOT_CURRENT, {"pending": 1, "undetermined": 1}, Colour.GREY, "cannot_tell"),
        (UNKNOWN, {}, Colour.GREY, "no_ledger"),
        (UNKNOWN, {"explained": 1}, Colour.AMBER, "explained"),
        (CURRENT, {}, Colour.GREEN, "current"),
        (CURRENT, {"not_explained": 1}, Colour.RED, "unexplained"),
    ],
)
def test_a_colour_has_its_reason(standing, late, colour, because):
    assert colour_of(Standpoint("up", "", standing, late)) == (colour, because)


def test_what_cannot_be_told_is_never_red():
    """Absence of evidence is held against nobody."""
    for standing in (UNKNOWN, CURRENT, NOT_CURRENT):
        for verdict in ("no_evidence", "undetermined", "pending"):
            for state in ("up", "down", "degraded", "unknown"):
                assert colour_of(Standpoint(state, "", standing, {verdict: 5}))[0] is Colour.GREY


@pytest.mark.parametrize(
    ("state", "scope", "standing", "late", "what"),
    [
        ("down", "isp", NOT_OPERATING, {"not_explained": 9}, Next.ONE_TICKET),
        ("down", "site", CURRENT, {}, Next.ONE_TICKET),
        ("down", "office", CURRENT, {}, Next.HELP_LINE),
        ("down", "pc", NOT_CURRENT, {"not_explained": 1}, Next.HELP_LINE),
        ("up", "", NOT_OPERATING, {}, Next.URGE),
        ("up", "", NOT_CURRENT, {"not_explained": 1}, Next.ASK),
        ("unknown", "", UNKNOWN, {}, Next.GET_LEDGER),
        ("unknown", "", NOT_CURRENT, {"no_evidence": 2}, Next.LOOK_AT_AGENT),
        ("up", "", NOT_CURRENT, {"explained": 2}, Next.NOTHING),
        ("unknown", "", CURRENT, {}, Next.NOTHING),
    ],
)
def test_one_next_thing_the_most_pressing_first(state, scope, standing, late, what):
    assert next_of(Standpoint(state, scope, standing, late)) is what
