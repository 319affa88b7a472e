"""Conclusions come back as they were kept, and what changed between two computations is written down."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.store.conclusions import load_conclusions, save_day
from laaswatch_collector.store.schema import metadata, offices, outage_revisions, outages
from laaswatch_collector.timeline.conclusions import (
    SCOPES,
    Conclusions,
    Grade,
    MinuteState,
    Outage,
    Scope,
)

DAY = date(2026, 10, 5)
START = datetime(2026, 10, 4, 17, tzinfo=UTC)
NOW = datetime(2026, 10, 6, tzinfo=UTC)
CODES = ("6570101", "6570102")


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as c:
        c.execute(offices.insert(), [{"code": code} for code in CODES])
        yield c
    engine.dispose()


def an_outage(start=100, end=160, **changes):
    first = int(START.timestamp())
    outage = Outage(
        id=f"isp-NT-{start}",
        scope=Scope.ISP,
        key="NT",
        fault=Fault.UPLINK,
        start=first + 60 * start,
        end=first + 60 * end,
        offices=CODES,
        observed=2,
        inferred_minutes=0,
        grade=Grade.CORROBORATED,
        settled=False,
        evidence={"layer": "reference"},
    )
    return replace(outage, **changes)


def conclusions(*found):
    shape = (len(CODES), 1440)
    state = np.zeros(shape, np.uint8)
    state[0, 500:990] = MinuteState.UP
    state[0, 600:660] = MinuteState.DOWN
    scope = np.zeros(shape, np.uint8)
    scope[0, 600:660] = SCOPES.index(Scope.ISP)
    fault = np.zeros(shape, np.uint8)
    fault[0, 600:660] = FAULTS.index(Fault.UPLINK)
    inferred = np.zeros(shape, np.bool_)
    inferred[0, 630:640] = True
    witnesses = np.zeros(shape, np.uint8)
    witnesses[0, 500:990] = 2
    return Conclusions(
        "rules-1", int(START.timestamp()), CODES, state, scope, fault, inferred, witnesses, found, 0
    )


def test_states_come_back_minute_by_minute(connection):
    kept = conclusions()
    save_day(connection, DAY, kept, NOW)
    back = load_conclusions(connection, CODES, START, START + timedelta(days=1))
    for name in ("state", "scope", "fault", "inferred", "witnesses"):
        assert np.array_equal(getattr(back, name), getattr(kept, name)), name


def test_what_was_never_stored_is_unknown(connection):
    back = load_conclusions(connection, CODES, START, START + timedelta(days=1))
    assert (back.state == MinuteState.UNKNOWN).all()


def test_a_day_computed_twice_is_the_same_day(connection):
    save_day(connection, DAY, conclusions(an_outage()), NOW)
    before = connection.execute(sa.select(outages)).all()
    saved = save_day(connection, DAY, conclusions(an_outage()), NOW)
    assert (saved.outages_new, saved.outages_revised, saved.outages_gone) == (0, 0, 0)
    assert connection.execute(sa.select(outages)).all() == before


def test_late_facts_revise_an_outage_and_say_what_it_was(connection):
    save_day(connection, DAY, conclusions(an_outage(100, 160)), NOW)
    save_day(connection, DAY, conclusions(an_outage(95, 160)), NOW)
    (row,) = connection.execute(sa.select(outages)).all()
    assert (row.id, row.revision) == ("isp-NT-100", 2)
    (change,) = connection.execute(sa.select(outage_revisions)).all()
    assert json.loads(change.change) == {"start_at": (START + timedelta(minutes=100)).isoformat()}


def test_an_outage_that_late_facts_disprove_is_withdrawn_in_writing(connection):
    save_day(connection, DAY, conclusions(an_outage()), NOW)
    saved = save_day(connection, DAY, conclusions(), NOW)
    assert saved.outages_gone == 1
    assert connection.execute(sa.select(outages)).all() == []
    (change,) = connection.execute(sa.select(outage_revisions)).all()
    assert json.loads(change.change)["withdrawn"] is True


def test_an_outage_split_in_two_keeps_both(connection):
    save_day(connection, DAY, conclusions(an_outage(100, 200)), NOW)
    save_day(connection, DAY, conclusions(an_outage(100, 120), an_outage(180, 200)), NOW)
    rows = connection.execute(sa.select(outages).order_by(outages.c.start_at)).all()
    assert [r.id for r in rows] == ["isp-NT-100", "isp-NT-180"]


def test_an_outage_still_going_on_has_no_end(connection):
    save_day(connection, DAY, conclusions(an_outage(ongoing=True)), NOW)
    assert connection.execute(sa.select(outages.c.end_at)).scalar_one() is None
