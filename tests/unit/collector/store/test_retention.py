"""What is deleted is what is older than the settings say; nothing that was concluded changes by it."""

import json
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.access.policy import Resource
from laaswatch_collector.cli.retention import command
from laaswatch_collector.config import History
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.retention import (
    Limits,
    Removed,
    facts_are_gone,
    remove_old,
    would_remove,
)
from laaswatch_collector.store.schema import (
    audit,
    office_days,
    outages,
    painted_days,
    presence_marks,
    reports,
    rollups,
    sealed_days,
    stale_days,
    state_runs,
)
from laaswatch_collector.store.sealing import seal_history
from laaswatch_collector.store.views.rollups import steps, totals
from laaswatch_collector.upkeep import Upkeep, last_upkeep
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight
from support.intake import NOW_MS, OFFICE, a_round, enrol

FIRST = datetime(2026, 11, 2, 9, tzinfo=BANGKOK)
NOW = datetime(2027, 2, 10, 2, tzinfo=BANGKOK).astimezone(UTC)
DAY = timedelta(days=1)


def deliver(database, sender, start, fault=Fault.NONE):
    wall = [round(start.timestamp() * 1000) + n * 60_000 for n in range(90)]
    line = sender.seal(*(a_round(x, x - NOW_MS + 10**10, fault) for x in wall), cadence=60.0)
    sent = wall[-1] + 900
    delivery = sender.delivery(line, sent=sent, mono=sent - NOW_MS + 10**10)
    received = datetime.fromtimestamp((sent + 100) / 1000, UTC)
    database.write(lambda c: accept(c, sender.agent, delivery, received))


@pytest.fixture
def kept(office):
    """Five days of one PC, the second one down; concluded, and all but the last two packed."""
    sender = enrol(office, now=FIRST - DAY)
    for n in range(5):
        deliver(office, sender, FIRST + n * DAY, Fault.DNS if n == 1 else Fault.NONE)
    recompute(office)
    seal_history(office, date(2026, 11, 5))
    office.sender = sender
    return office


def recompute(database):
    Recomputer(database, load_calendar(), load_policy(), lambda: NOW).catch_up()


def conclusions(database):
    rows = []
    for table in (state_runs, outages, rollups):
        columns = [c for c in table.c if c.name != "computed_at"]
        rows.append(
            database.read(lambda c, x=columns: c.execute(sa.select(*x).order_by(*x[:3])).all())
        )
    return rows


def count(database, table):
    return database.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


LIMITS = Limits(reports=date(2026, 11, 4), rollups=date(2026, 11, 3))


def test_conclusions_are_the_same_from_packed_reports(kept):
    before = conclusions(kept)
    assert count(kept, sealed_days) == 3
    days = {date(2026, 11, 2) + n * DAY for n in range(5)}
    for table in (state_runs, rollups, office_days, painted_days):
        kept.write(lambda c, t=table: c.execute(t.delete()))
    kept.write(lambda c: c.execute(stale_days.insert(), [
        {"day": day, "since_at": NOW, "mark": 1} for day in days]))  # fmt: skip
    recompute(kept)
    assert conclusions(kept) == before


def test_what_is_older_goes_and_is_written_down(kept):
    marks = [
        {"agent_id": kept.sender.agent, "boot": "b", "kind": "started", "at": FIRST + n * DAY}
        for n in range(5)
    ]
    kept.write(lambda c: c.execute(presence_marks.insert(), marks))
    expected = Removed(reports=0, sealed_days=2, presence_marks=2, rollups=1, office_days=2)
    assert would_remove(kept, LIMITS) == expected
    assert count(kept, sealed_days) == 3
    assert remove_old(kept, LIMITS, NOW) == expected
    assert [count(kept, x) for x in (sealed_days, reports, presence_marks, rollups)] == [1, 2, 3, 4]
    (line,) = kept.read(
        lambda c: c.execute(sa.select(audit).where(audit.c.action == "retention")).all()
    )
    assert json.loads(line.detail)["sealed_days"] == 2
    assert remove_old(kept, LIMITS, NOW) == Removed()


def test_reports_that_were_never_packed_go_too(kept):
    limits = Limits(reports=date(2026, 11, 6), rollups=date(2026, 11, 3))
    assert remove_old(kept, limits, NOW).reports == 1
    assert (count(kept, reports), count(kept, sealed_days)) == (1, 0)


def test_nothing_that_was_concluded_changes(kept):
    before = conclusions(kept)[:2]
    remove_old(kept, LIMITS, NOW)
    assert kept.read(lambda c: facts_are_gone(c, date(2026, 11, 3)))
    assert not kept.read(lambda c: facts_are_gone(c, date(2026, 11, 4)))
    # Everything that asks for old days again: a PC that counts no more, a report of that time.
    late = enrol(kept, "late", now=FIRST - DAY)
    deliver(kept, late, FIRST + DAY)
    kept.write(lambda c: set_state(c, late.agent, AgentState.REVOKED, who="admin", now=NOW))
    assert count(kept, stale_days) > 0
    recompute(kept)
    assert conclusions(kept)[:2] == before
    assert count(kept, stale_days) == 0


def test_a_report_whose_time_is_over_is_still_known(kept):
    remove_old(kept, LIMITS, NOW)
    again = kept.sender.delivery(kept.sender.lines[0])
    found = kept.write(lambda c: accept(c, kept.sender.agent, again, NOW))
    assert (found.new, found.duplicates) == (0, 1)


def test_the_limit_is_never_set_back(kept):
    remove_old(kept, LIMITS, NOW)
    earlier = Limits(reports=date(2026, 11, 3), rollups=date(2020, 1, 1))
    kept.write(lambda c: c.execute(presence_marks.insert().values(
        agent_id=kept.sender.agent, boot="b", kind="started", at=FIRST)))  # fmt: skip
    assert remove_old(kept, earlier, NOW).presence_marks == 1
    assert kept.read(lambda c: facts_are_gone(c, date(2026, 11, 3)))


def test_the_nightly_upkeep_does_both_once_a_night(kept):
    clock = [NOW - timedelta(hours=5)]
    upkeep = Upkeep(kept, History(), lambda: clock[0])
    assert upkeep.if_due() is None  # the evening before: the first look only notes the day
    clock[0] = NOW
    done = upkeep.if_due()
    assert (done.sealed.reports, done.removed.sealed_days) == (1, 4)
    assert (count(kept, reports), count(kept, sealed_days)) == (1, 0)
    assert kept.read(last_upkeep) == date(2027, 2, 10)
    clock[0] += timedelta(hours=1)
    assert upkeep.if_due() is None
    clock[0] += timedelta(hours=31)
    assert upkeep.if_due() is None  # by day it waits for the night
    clock[0] += timedelta(days=1)
    assert upkeep.if_due() is not None  # but not for two


def test_the_command_says_what_would_go_and_changes_nothing(kept, url):
    before = [count(kept, x) for x in (reports, sealed_days, rollups)]
    done = CliRunner().invoke(command, ["--database", url, "--dry-run", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["dry_run"]
    assert [count(kept, x) for x in (reports, sealed_days, rollups)] == before
    text = CliRunner().invoke(command, ["--database", url]).output
    assert "packed" in text
    assert "เก็บรายงาน" in text


def test_roll_ups_are_read_back_over_any_range(kept):
    start, end = local_midnight(date(2026, 11, 2)), local_midnight(date(2026, 11, 7))
    within = Resource(office=OFFICE, province="57")
    everything = kept.read(lambda c: totals(c, within, start, end))
    assert everything.rounds == 450
    assert (everything.failed["dns"], everything.worked["dns"]) == (90, 360)
    assert everything.delay("connect", 0.5) == pytest.approx(21, rel=0.02)
    assert everything.delay("page", 0.99) == pytest.approx(310, rel=0.02)
    facts = kept.read(lambda c: load_facts(c, start, end))
    assert sum(len(x.t) for x in facts.agents) == everything.rounds
    assert kept.read(lambda c: totals(c, Resource(province="57"), start, end, "a")).rounds == 450
    assert kept.read(lambda c: totals(c, Resource(province="57"), start, end, "b")).rounds == 0
    assert kept.read(lambda c: totals(c, Resource(province="90"), start, end)).rounds == 0
    five = kept.read(lambda c: steps(c, within, start, end))
    assert len(five) == 5 * 18
    assert all(x.totals.rounds == 5 for x in five)
    assert astuple(five[0].totals)[0] == 5
    today = kept.read(lambda c: totals(c, within, end, end + DAY))
    assert (today.rounds, today.delay("page", 0.5)) == (0, None)
