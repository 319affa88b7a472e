"""From reports and a ledger in the store to kept states, outages and explanations; and again when late facts come."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.ledger.model import Book, LedgerFile, LedgerRow, Precision
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import (
    agents,
    entries,
    explanations,
    office_months,
    outage_revisions,
    outages,
    stale_days,
    state_runs,
)
from laaswatch_collector.store.work import mark_to_judge
from laaswatch_collector.worktime.thai import BANGKOK
from support.intake import OFFICE, a_round, add_office, enrol

MONDAY = datetime(2026, 11, 2, tzinfo=BANGKOK)
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture
def database(store_url):
    opened = Database.open(store_url)
    yield opened
    opened.close()


@pytest.fixture
def recomputer(database):
    return Recomputer(database, load_calendar(), load_policy(), lambda: NOW)


def at(day, hour, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def deliver(database, sender, start, end, fault=Fault.NONE, seq=None):
    """Rounds each minute from start to end as one report, received at once by a PC whose clock is right."""
    count = int((end - start).total_seconds()) // 60
    first = round(start.timestamp() * 1000)
    rounds = [a_round(first + i * 60_000, 1_000_000 + i * 60_000, fault) for i in range(count)]
    line = sender.seal(*rounds, cadence=60.0)
    sent, mono = rounds[-1].at + 1_000, rounds[-1].mono + 1_000
    envelope = Envelope(sender.agent, sender.incarnation, sender.boot, sent, mono, 1)
    received = datetime.fromtimestamp(sent / 1000, UTC)
    database.write(lambda c: accept(c, sender.agent, Delivery(envelope, (line,)), received))


def a_ledger(database, *rows):
    """Entries of (number, event, recorded) through the real import."""
    found = [
        LedgerRow(
            office_code=OFFICE,
            book=Book.CASH_RECEIPTS_JOURNAL,
            fiscal_year=2570,
            doc_no=number,
            line=1,
            kind="counter",
            event_at=event,
            event_precision=Precision.MINUTE,
            recorded_from=recorded,
            recorded_to=recorded,
            recorded_precision=Precision.MINUTE,
        )
        for number, event, recorded in rows
    ]
    file = LedgerFile("book.xlsx", Book.CASH_RECEIPTS_JOURNAL, OFFICE, tuple(found), ())
    database.write(
        lambda c: import_ledger(
            c, file, sha256=bytes(32), imported_by="test", now=NOW, snapshot_at=NOW
        )
    )


def rows(database, table, *order):
    return database.read(lambda c: c.execute(sa.select(table).order_by(*order)).all())


def a_broken_tuesday(database):
    """Monday fine; Tuesday down from 10:00 to the end; Wednesday fine."""
    add_office(database)
    sender = enrol(database)
    deliver(database, sender, at(0, 9), at(0, 16))
    deliver(database, sender, at(1, 9), at(1, 10))
    deliver(database, sender, at(1, 10), at(1, 16, 30), Fault.DNS)
    deliver(database, sender, at(2, 8, 30), at(2, 16))
    return sender


def test_reports_become_states_and_an_outage(database, recomputer):
    a_broken_tuesday(database)
    done = recomputer.run_once()
    assert [day.day for day in done.days] == [4, 3, 2]
    (outage,) = rows(database, outages)
    assert (outage.scope, outage.key, outage.fault) == ("office", OFFICE, "dns")
    assert (outage.start_at, outage.end_at) == (at(1, 10), at(1, 16, 30))
    assert outage.settled
    states = {r.state for r in rows(database, state_runs)}
    assert states == {"unknown", "up", "down"}
    assert rows(database, stale_days) == []
    assert recomputer.run_once() is None


def test_a_late_entry_is_explained_by_the_outage_that_made_it_late(database, recomputer):
    a_broken_tuesday(database)
    a_ledger(
        database,
        ("RCPT-00001/70", at(0, 11), at(0, 14)),
        ("RCPT-00002/70", at(0, 15), at(2, 8, 40)),
        ("RCPT-00003/70", at(2, 9), at(2, 10)),
    )
    recomputer.run_once()
    first, second, third = rows(database, explanations, explanations.c.entry_id)
    assert [x.band for x in (first, second, third)] == ["same_day", "late", "same_day"]
    assert (first.verdict, third.verdict) == ("", "")
    assert second.verdict == "explained"
    assert (second.scope, second.fault, second.grade) == ("office", "dns", "single_pc")
    assert second.tardiness_minutes == 10
    assert second.down_minutes == 5 * 60 + 30
    assert second.month == "2026-11"


def test_an_entry_that_was_forgotten_is_not_explained(database, recomputer):
    a_broken_tuesday(database)
    a_ledger(database, ("A-1", at(0, 9), at(2, 15)), ("A-2", at(0, 14), at(0, 15)))
    recomputer.run_once()
    forgotten, _ = rows(database, explanations, explanations.c.entry_id)
    assert forgotten.verdict == "not_explained"


def test_what_was_said_of_an_entry_that_vanished_is_taken_back(database, recomputer):
    """It counts no more, in the list and in the sums."""
    a_broken_tuesday(database)
    a_ledger(database, ("A-1", at(0, 15), at(2, 8, 40)), ("A-2", at(0, 14), at(0, 15)))
    recomputer.run_once()
    late, fine = (row.entry_id for row in rows(database, explanations, explanations.c.entry_id))
    assert sum(row.entries for row in rows(database, office_months)) == 2

    def vanish(connection):
        gone = entries.update().where(entries.c.id == late).values(vanished_at=NOW)
        connection.execute(gone)
        mark_to_judge(connection, at(0, 12).date(), at(0, 12).date(), sa.true())

    database.write(vanish)
    recomputer.run_once()
    assert [row.entry_id for row in rows(database, explanations)] == [fine]
    assert [(row.band, row.entries) for row in rows(database, office_months)] == [("same_day", 1)]


def test_computing_again_changes_nothing(database, recomputer):
    a_broken_tuesday(database)
    a_ledger(database, ("A-1", at(0, 15), at(2, 8, 40)))
    recomputer.run_once()
    before = [rows(database, t) for t in (state_runs, outages, explanations, outage_revisions)]
    database.write(
        lambda c: c.execute(
            stale_days.insert(),
            [{"day": at(i, 12).date(), "since_at": NOW, "mark": 1} for i in range(3)],
        )
    )
    recomputer.run_once()
    after = [rows(database, t) for t in (state_runs, outages, explanations, outage_revisions)]
    assert after == before


def test_a_second_pc_heard_late_revises_the_outage(database, recomputer):
    a_broken_tuesday(database)
    recomputer.run_once()
    other = enrol(database, "another")
    deliver(database, other, at(1, 9), at(1, 12))  # it could work until noon
    assert [r.day for r in rows(database, stale_days)] == [at(1, 12).date()]
    recomputer.run_once()
    office_wide = [r for r in rows(database, outages, outages.c.start_at) if r.scope == "office"]
    assert [(r.start_at, r.revision) for r in office_wide] == [(at(1, 12), 2)]
    assert len(rows(database, outage_revisions)) == 1


def test_a_touch_while_computing_keeps_the_day_in_the_queue(database, recomputer, monkeypatch):
    sender = a_broken_tuesday(database)
    real = recomputer._conclude_day

    def and_meanwhile(stale):
        real(stale)
        if stale.day == at(2, 12).date():
            deliver(database, sender, at(2, 16), at(2, 16, 10))

    monkeypatch.setattr(recomputer, "_conclude_day", and_meanwhile)
    recomputer.run_once()
    assert [r.day for r in rows(database, stale_days)] == [at(2, 12).date()]


def test_a_pending_agents_rounds_conclude_nothing(database, recomputer):
    sender = a_broken_tuesday(database)
    database.write(
        lambda c: c.execute(
            agents.update().where(agents.c.id == sender.agent).values(state="pending")
        )
    )
    recomputer.run_once()
    assert rows(database, outages) == []


def test_a_day_that_has_become_final_is_decided_without_being_touched(database):
    """Open on the evening of the outage, decided three working days later, though nothing new arrived."""
    now = [at(2, 17)]
    recomputer = Recomputer(
        database, load_calendar(), load_policy(), lambda: now[0].astimezone(UTC)
    )
    a_broken_tuesday(database)
    a_ledger(database, ("A-1", at(0, 15), at(2, 8, 40)))
    recomputer.run_once()
    assert not rows(database, outages)[0].settled
    assert rows(database, explanations)[0].verdict == "pending"
    now[0] = at(7, 12)
    recomputer.run_once()
    assert rows(database, outages)[0].settled
    assert rows(database, explanations)[0].verdict == "explained"


def test_offices_with_entries_of_long_ago_are_left_alone(database, recomputer, monkeypatch):
    """A new day of reports does not judge the books of last month again."""
    sender = a_broken_tuesday(database)
    a_ledger(database, ("A-1", at(-70, 9), at(-70, 10)))
    recomputer.run_once()
    looked = []
    monkeypatch.setattr(recomputer, "_explain_office", lambda stale: looked.append(stale) or 0)
    deliver(database, sender, at(3, 9), at(3, 10))
    recomputer.run_once()
    assert looked == []
