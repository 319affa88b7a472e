"""Old reports packed away: conclusions, chains, duplicates and forks are what they were before."""

from datetime import UTC, date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
import zstandard
from click.testing import CliRunner

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.cli.verify import command as verify
from laaswatch_collector.store import sealing
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.history import Gone, SealedDay, keep_sealed, past_lines
from laaswatch_collector.store.reports import accept, moment_of_export
from laaswatch_collector.store.schema import reports, sealed_days, stale_days
from laaswatch_collector.store.sealing import seal_history
from support.intake import NOW, NOW_MS, Sender, a_round, enrol

DAY = timedelta(days=1)
LATER = date(2026, 12, 20)
"""Long after every report of these tests."""
WHOLE = (NOW - 30 * DAY, NOW + 30 * DAY)


def deliver(database, sender, start, minutes, *, fault=Fault.NONE, drift=0, batch=5):
    """Rounds each minute from `start` on, in reports of five, each received a second after its last round."""
    for first in range(0, minutes, batch):
        at = [start + timedelta(minutes=n) for n in range(first, min(first + batch, minutes))]
        wall = [round(x.timestamp() * 1000) + drift for x in at]
        line = sender.seal(*(a_round(x, x - NOW_MS + 10**10, fault) for x in wall), cadence=60.0)
        delivery = sender.delivery(line, sent=wall[-1] + 900, mono=wall[-1] + 900 - NOW_MS + 10**10)
        database.write(
            lambda c, d=delivery, x=at[-1]: accept(c, sender.agent, d, x + timedelta(seconds=1))
        )


def a_store(database):
    """Three PCs of one office over three days: one drifting, one with a fault, one of two lives."""
    senders = [enrol(database, f"pc {n}") for n in range(3)]
    deliver(database, senders[0], NOW - 2 * DAY, 60)
    deliver(database, senders[0], NOW - DAY, 40, fault=Fault.DNS)
    deliver(database, senders[0], NOW, 20)
    deliver(database, senders[1], NOW - DAY, 30, drift=-3_600_000)
    deliver(database, senders[2], NOW - DAY, 15)
    again = Sender(senders[2].agent, senders[2].token, incarnation="f" * 16, boot="boot-2")
    deliver(database, again, NOW - DAY + timedelta(hours=1), 15)
    return [*senders, again]


def count(database, table):
    return database.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


def facts(database):
    found = database.read(lambda c: load_facts(c, *WHOLE))
    return [
        (a.id, a.office, a.t.tolist(), a.layers.tolist(), a.rtt.tobytes(), a.cadence, a.delivered,
         a.fault.tolist())
        for a in found.agents
    ], found.sessions, found.control, found.offices  # fmt: skip


def test_the_facts_are_the_same_before_and_after(office):
    a_store(office)
    before = facts(office)
    assert sum(len(x[2]) for x in before[0]) == 180
    done = seal_history(office, LATER)
    # The highest row stays: the numbers of rows are never given twice.
    assert (count(office, reports), done.reports, done.rounds) == (1, 35, 175)
    assert done.days == count(office, sealed_days) == 6
    assert facts(office) == before
    assert seal_history(office, LATER).days == 0


def test_every_line_is_given_back_verbatim(office):
    senders = a_store(office)
    seal_history(office, LATER)
    for sender in senders:
        kept = office.read(lambda c, s=sender: list(past_lines(c, s.agent, s.incarnation)))
        left = len(sender.lines) - (1 if sender is senders[-1] else 0)
        assert kept == list(enumerate(sender.lines, 1))[:left]


def test_only_what_is_old_enough_is_packed(office):
    a_store(office)
    before = facts(office)
    yesterday = (NOW - DAY).astimezone(UTC).date()
    assert seal_history(office, yesterday).reports == 12
    assert facts(office) == before
    assert office.read(lambda c: set(c.execute(sa.select(sealed_days.c.day)).scalars())) == {
        yesterday - DAY
    }


def test_a_packed_report_is_known_again_and_its_rival_is_not_taken(office):
    sender, *_ = a_store(office)
    seal_history(office, LATER)
    again = office.write(lambda c: accept(c, sender.agent, sender.delivery(sender.lines[2]), NOW))
    assert (again.new, again.duplicates, again.refused) == (0, 1, "")
    rival = Sender(sender.agent)
    for _ in range(3):
        rival.seal(a_round(NOW_MS, 1))
    told = office.write(lambda c: accept(c, sender.agent, rival.delivery(rival.lines[2]), NOW))
    assert (told.new, told.acked) == (0, ())
    assert told.refused in ("fork", "rollback")


def test_what_comes_late_lies_beside_what_is_packed(office):
    sender = enrol(office)
    lines = [sender.seal(a_round(NOW_MS + n * 60_000, n * 60_000 + 10**9)) for n in range(20)]
    for part in (lines[10:], lines[:10]):
        delivery = sender.delivery(*part, sent=NOW_MS + 1_200_000, mono=10**9 + 1_200_000)
        late = NOW + timedelta(minutes=20)
        office.write(lambda c, d=delivery, x=late: accept(c, sender.agent, d, x))
        seal_history(office, LATER)
    (found,) = office.read(lambda c: load_facts(c, *WHOLE)).agents
    assert np.diff(found.t).tolist() == [60] * 19
    assert [x.seq for x in found.delivered] == list(range(1, 21))


def test_a_whole_backlog_of_one_day_is_packed_in_parts(office, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 4)
    sender = a_store(office)[0]
    before = facts(office)
    seal_history(office, LATER)
    sizes = office.read(
        lambda c: list(c.execute(sa.select(sealed_days.c.reports).where(
            sealed_days.c.agent_id == sender.agent)).scalars())
    )  # fmt: skip
    assert max(sizes) == 4
    assert sum(sizes) == len(sender.lines)
    assert facts(office) == before


def test_who_comes_second_leaves_everything_as_it_is(office):
    sender = a_store(office)[0]
    rows = office.read(
        lambda c: list(c.execute(sa.select(reports.c.id).order_by(reports.c.id)).scalars())
    )[:3]
    seal_history(office, LATER)
    before = facts(office)
    mine = SealedDay(sender.agent, "9" * 16, date(2026, 11, 21), 1, 3, 3, 15, NOW, NOW, b"")
    with pytest.raises(Gone):
        office.write(lambda c: keep_sealed(c, mine, rows))
    assert facts(office) == before


def test_a_report_that_cannot_be_packed_stays(office):
    sender = a_store(office)[0]
    body = zstandard.compress(b'{"v":1,"odd":"\x01"}')
    which = (reports.c.agent_id == sender.agent) & (reports.c.seq == 1)
    office.write(lambda c: c.execute(reports.update().where(which).values(body=body)))
    assert seal_history(office, LATER).reports == 35 - 12
    assert count(office, reports) == 13


def test_the_days_of_an_agent_are_found_where_they_are_packed(office):
    sender = a_store(office)[0]
    office.write(lambda c: c.execute(stale_days.delete()))
    seal_history(office, LATER)
    office.write(lambda c: set_state(c, sender.agent, AgentState.REVOKED, who="admin", now=NOW))
    days = office.read(lambda c: set(c.execute(sa.select(stale_days.c.day)).scalars()))
    assert len(days) == 3
    assert all(x[0] != sender.agent for x in facts(office)[0])


def test_an_export_is_dated_by_clocks_that_are_packed(office):
    sender = enrol(office, now=NOW - 9 * DAY)
    deliver(office, sender, NOW - DAY, 30, drift=7_200_000)
    deliver(office, enrol(office, "another"), NOW, 5)
    envelope = sender.delivery(sent=NOW_MS + 7_200_000 - 60_000).envelope
    before = office.read(lambda c: moment_of_export(c, sender.agent, envelope, NOW))
    assert abs((NOW - before) - timedelta(seconds=60)) < timedelta(seconds=1)
    seal_history(office, LATER)
    assert office.read(lambda c: moment_of_export(c, sender.agent, envelope, NOW)) == before


def test_verify_reads_both_places(office, url):
    sender = a_store(office)[0]
    seal_history(office, (NOW - DAY).astimezone(UTC).date())
    done = CliRunner().invoke(verify, ["--database", url])
    assert done.exit_code == 0, done.output
    assert f"{sender.agent}  {sender.incarnation}  24 reports  ok" in done.output
    assert (count(office, reports), count(office, sealed_days)) == (24, 1)


def test_what_is_cut_off_before_its_commit_has_not_moved(office):
    a_store(office)
    before, held = facts(office), count(office, reports)
    key = office.read(lambda c: sealing._keys(c, held, NOW + DAY))[0]
    rows = next(sealing._parts(office.read(lambda c: sealing._old(c, key, held, NOW + DAY))))
    packed = office.read(lambda c: sealing._packed(c, key, rows))

    class Cut(Exception):
        pass

    def half(connection):
        keep_sealed(connection, packed, rows)
        left = connection.execute(sa.select(sa.func.count()).select_from(reports)).scalar()
        assert left == held - len(rows)
        raise Cut

    with pytest.raises(Cut):
        office.write(half)
    assert (count(office, reports), count(office, sealed_days)) == (held, 0)
    assert facts(office) == before
