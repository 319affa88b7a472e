"""Conclusions come back as they were kept, and what changed between two computations is written down."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.store.conclusions import load_conclusions, save_day
from laaswatch_collector.store.schema import (
    agents,
    metadata,
    offices,
    outage_revisions,
    outages,
    reports,
)
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


def changes_of(connection, outage):
    """The revisions of an outage, as they were written."""
    found = connection.execute(
        sa.select(outage_revisions)
        .where(outage_revisions.c.outage_id == outage)
        .order_by(outage_revisions.c.revision)
    )
    return [(row.revision, json.loads(row.change)) for row in found]


def save(connection, *found, minutes=0):
    return save_day(connection, DAY, conclusions(*found), NOW + timedelta(minutes=minutes))


def test_two_outages_that_turn_out_to_be_one_say_so(connection):
    save(connection, an_outage(100, 120), an_outage(130, 160))
    save(connection, an_outage(100, 160), minutes=1)
    (_, kept), *_ = changes_of(connection, "isp-NT-100")
    assert kept["merged"] == ["isp-NT-130"]
    ((_, gone),) = changes_of(connection, "isp-NT-130")
    assert (gone["withdrawn"], gone["into"]) == (True, "isp-NT-100")


def test_an_outage_that_falls_in_two_says_so(connection):
    save(connection, an_outage(100, 160))
    save(connection, an_outage(100, 120), an_outage(130, 160), minutes=1)
    assert changes_of(connection, "isp-NT-130") == [(1, {"split_from": "isp-NT-100"})]
    ((number, kept),) = changes_of(connection, "isp-NT-100")
    assert (number, set(kept)) == (2, {"end_at"})


def test_an_offices_own_outage_that_proves_to_be_the_providers_says_where_it_went(connection):
    own = an_outage(110, 150, id="office-1", scope=Scope.OFFICE, key=CODES[0], offices=CODES[:1])
    save(connection, own)
    save(connection, an_outage(100, 160), minutes=1)
    ((_, gone),) = changes_of(connection, "office-1")
    assert gone["into"] == "isp-NT-100"


def test_an_outage_that_is_found_again_keeps_its_history(connection):
    save(connection, an_outage())
    save(connection, minutes=1)
    save(connection, an_outage(), minutes=2)
    save(connection, an_outage(end=170), minutes=3)
    numbers, found = zip(*changes_of(connection, "isp-NT-100"), strict=True)
    assert numbers == (2, 3, 4)
    assert found[0]["withdrawn"]
    assert found[1] == {"found_again": True}
    assert set(found[2]) == {"end_at"}


def a_report(connection, agent, *, made, received):
    """A stored report whose only round was made and received at these minutes of the day."""
    connection.execute(
        reports.insert().values(
            agent_id=agent,
            incarnation="a",
            seq=made,
            sha256=b"",
            received_at=START + timedelta(minutes=received),
            sent_ms=0,
            sent_mono_ms=0,
            cadence=30.0,
            rounds=1,
            first_at=START + timedelta(minutes=made),
            last_at=START + timedelta(minutes=made),
            body=b"",
            packed=b"",
        )
    )


def test_a_change_says_how_many_late_reports_had_come(connection):
    for n, code in enumerate(CODES):
        connection.execute(
            agents.insert().values(
                id=f"pc{n}",
                office_code=code,
                token_sha256=bytes([n]),
                enrol_nonce=bytes([n]),
                created_at=START,
                token_at=START,
            )
        )
    first, later = START + timedelta(minutes=200), START + timedelta(minutes=300)
    save_day(connection, DAY, conclusions(an_outage()), first)
    a_report(connection, "pc0", made=110, received=250)
    a_report(connection, "pc0", made=111, received=251)
    a_report(connection, "pc1", made=150, received=252)
    a_report(connection, "pc1", made=120, received=199)  # known before
    a_report(connection, "pc1", made=251, received=252)  # about another time
    a_report(connection, "pc1", made=121, received=122)  # in time
    save_day(connection, DAY, conclusions(an_outage(end=170)), later)
    ((_, change),) = changes_of(connection, "isp-NT-100")
    assert (change["reports"], change["from_offices"]) == (3, 2)
