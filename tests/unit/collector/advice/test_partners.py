"""Partner offices: who is named, in which order, how far."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.advice.partners import (
    Near,
    Partner,
    Place,
    Quality,
    distance,
    haversine,
    suggest,
)

HOME = Place("86", "เมือง", 10.49, 99.18)
NOON = time(11, 0)


def partner(number, office="", **changes):
    base = Partner(
        number, office, "ก", "a", "office", Place("86", "เมือง", 10.5, 99.2), "AIS",
        time(8, 30), time(16, 30), "077-000-000", 1,
    )  # fmt: skip
    return replace(base, **changes)


def names(partners, lines=None, isp="NT", at=NOON, working=True):
    found = suggest(HOME, isp, partners, lines or {}, at=at, working_day=working)
    return [x.partner.id for x in found]


def test_known_to_work_comes_before_unknown_and_down_is_not_named():
    lines = {"a": Quality("down"), "b": Quality("up"), "c": Quality("degraded")}
    found = names([partner(1, "a"), partner(2), partner(3, "b"), partner(4, "c")], lines)
    assert found == [3, 2, 4]


def test_another_provider_before_the_same_and_nearer_before_farther():
    far = Place("86", "ปะทิว", 10.7, 99.3)
    found = names([partner(1, isp="NT"), partner(2, place=far), partner(3)])
    assert found == [3, 2, 1]


@pytest.mark.parametrize(
    ("at", "working", "is_open"),
    [(time(8, 29), True, False), (time(8, 30), True, True), (time(16, 30), True, False),
     (NOON, False, False)],
)  # fmt: skip
def test_hours_hold_on_working_days(at, working, is_open):
    (found,) = suggest(HOME, "NT", [partner(1)], {}, at=at, working_day=working)
    assert found.is_open is is_open


def test_open_comes_first_whatever_else():
    closed = partner(1, "a", opens=time(13, 0))
    assert names([closed, partner(2, isp="NT")], {"a": Quality("up")}) == [2, 1]


def test_nobody_is_sent_further_than_an_hour():
    assert names([partner(1, place=Place("10", "", 13.75, 100.5))]) == []


@pytest.mark.parametrize(
    ("place", "near"),
    [
        (Place("86", "เมือง"), Near.DISTRICT),
        (Place("86", "ปะทิว"), Near.PROVINCE),
        (Place("85", "เมือง"), Near.PROVINCE),  # a district's name means little elsewhere
        (Place("86", ""), Near.PROVINCE),
    ],
)
def test_where_places_are_unknown_the_district_counts(place, near):
    assert distance(Place("86", "เมือง"), place) == (near, None)


def test_a_distance_that_everybody_can_check():
    """Bangkok to Chiang Mai is some 580 km as the crow flies."""
    assert haversine((13.7563, 100.5018), (18.7883, 98.9853)) == pytest.approx(582, abs=4)


POINT = st.tuples(st.floats(5, 21), st.floats(97, 106))


@given(POINT, POINT, POINT)
def test_distances_are_distances(a, b, c):
    assert haversine(a, a) == pytest.approx(0, abs=1e-6)
    assert haversine(a, b) == pytest.approx(haversine(b, a))
    assert haversine(a, c) <= haversine(a, b) + haversine(b, c) + 1e-6
