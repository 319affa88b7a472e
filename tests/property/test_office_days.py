"""Offices painted one by one, packed, and put together again conclude the same bytes as all at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.localization.blame import control_row
from laaswatch_collector.localization.conclude import conclude, conclude_painted
from laaswatch_collector.timeline.facts import Facts
from laaswatch_collector.timeline.office_day import pack, unpack_all
from laaswatch_collector.timeline.painted import paint
from support.country import START
from support.hard_worlds import as_bytes, countries

MINUTES = 1440
END = START + 60 * MINUTES


def concluded_apart(facts: Facts):
    packed = {}
    for office in facts.offices:
        own = [a for a in facts.agents if a.office == office.id]
        logs = [s for s in facts.sessions if s.agent in {a.id for a in own}]
        data = pack(paint([office], own, logs, START, MINUTES), 0)
        if data is not None:
            packed[office.id] = data
    names = [o.id for o in facts.offices]
    together = unpack_all(packed, names, START, MINUTES)
    control = control_row(facts.control, START, MINUTES)
    return conclude_painted(facts.offices, together, control, END, END)


@settings(max_examples=80, deadline=None)
@given(countries())
def test_apart_and_packed_or_all_at_once_is_the_same(facts):
    at_once = conclude(facts, START, END, now=END, settled_until=END)
    assert as_bytes(concluded_apart(facts)) == as_bytes(at_once)


@settings(max_examples=30, deadline=None)
@given(countries(), st.data())
def test_a_packed_day_that_was_damaged_is_told(facts, data):
    painted = paint(facts.offices, facts.agents, facts.sessions, START, MINUTES)
    name, whole = facts.offices[0].id, pack(painted, 0)
    if whole is None:
        return
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match=f"packed day of office {name}"):
        unpack_all({name: whole[:cut]}, [name], START, MINUTES)


def test_an_office_that_nobody_heard_takes_no_room_and_stays_unknown():
    from support.country import country, office

    facts = country([office("o0")], [])
    painted = paint(facts.offices, (), (), START, MINUTES)
    assert pack(painted, 0) is None
    empty = unpack_all({}, ["o0"], START, MINUTES)
    assert not empty.minutes.observed.any()
    assert not empty.minutes.down.any()
