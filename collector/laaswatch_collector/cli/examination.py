"""What `doctor` looks at in the store itself, each as one finding that says what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Literal

import sqlalchemy as sa

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.localization.isp_of import How
from laaswatch_collector.messages import Message, message
from laaswatch_collector.store.agents import AgentState
from laaswatch_collector.store.notes import LAST_BACKUP, read_note
from laaswatch_collector.store.partitions import OTHER, missing_partitions
from laaswatch_collector.store.prefixes import isps_on
from laaswatch_collector.store.programs import good_tokens
from laaswatch_collector.store.schema import agents, offices, reports, stale_days
from laaswatch_collector.store.sealing import newest_before
from laaswatch_collector.store.work import work_count
from laaswatch_collector.upkeep import last_upkeep
from laaswatch_collector.worktime.thai import BANGKOK, local_date

QUIET = timedelta(hours=1)
"""Without any report for so long, in office hours, something is wrong."""
CONTROL_QUIET = timedelta(minutes=15)
WAITS = timedelta(hours=1)
"""Recomputation takes seconds: what waited so long is stuck, or too much for this machine."""
BACKUP_AGE = timedelta(days=2)
UPKEEP_AGE = timedelta(days=2)
TOKEN_WARNING = timedelta(days=30)
CLOCK_MS = 60_000
"""Agents' clocks are wrong one by one, never all by the same."""
FEW_AGENTS = 5
LOOKED_AT = 500
"""The newest reports that clocks and sizes are judged by."""
_OVERHEAD = 400
"""Bytes of a report's row beside its two blobs, with its places in the indexes."""

Level = Literal["ok", "note", "look", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level`: ok, note (good to know), look (a person should), broken."""

    what: str
    level: Level
    said: Message


def growth(connection: sa.Connection, now: datetime) -> int:
    """About how many bytes a day the reports add before they are packed."""
    newest = connection.execute(sa.select(sa.func.max(reports.c.id))).scalar()
    if newest is None:
        return 0
    size = sa.func.length(reports.c.body) + sa.func.length(reports.c.packed)
    sizes = connection.execute(
        sa.select(size).order_by(reports.c.id.desc()).limit(LOOKED_AT)
    ).scalars()
    a_day = newest - newest_before(connection, now - timedelta(days=1))
    return int(a_day * (median(sizes) + _OVERHEAD))


def examine_store(
    connection: sa.Connection, config: CollectorConfig, now: datetime
) -> Iterator[Finding]:
    """Every finding that takes a look into the tables."""
    if connection.dialect.name == "sqlite":
        yield _sound(connection)
    else:
        yield _partitions(connection, now)
    yield _offices(connection)
    yield _lines(connection, now)
    yield _clock(connection, now)
    yield _agents_clocks(connection)
    yield _newest(connection, now)
    yield _agents(connection)
    yield _work(connection, now)
    yield _upkeep(connection, now)
    yield _backup(connection, now)
    yield from _tokens(connection, now)
    if config.control_agent.enabled:
        yield _control(connection, now)


def _tokens(connection: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Programs whose last token runs out soon: then a graph would end, and nobody know why."""
    last: dict[str, datetime] = {}
    for token in good_tokens(connection, now):
        until = token.until or datetime.max.replace(tzinfo=UTC)
        last[token.name] = max(until, last.get(token.name, until))
    for name, until in last.items():
        if until - now < TOKEN_WARNING:
            days = (until - now).days
            yield Finding("token", "look", message("doctor.token_ends", name=name, days=days))


def _sound(connection: sa.Connection) -> Finding:
    found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
    if found == "ok":
        return Finding("database", "ok", message("doctor.database_whole"))
    return Finding("database", "broken", message("doctor.database_damaged", found=str(found)[:200]))


def _partitions(connection: sa.Connection, now: datetime) -> Finding:
    missing = missing_partitions(connection, now)
    strays = connection.execute(sa.text(f"SELECT count(*) FROM {OTHER}")).scalar_one()  # noqa: S608 - our own name
    if not missing and not strays:
        return Finding("partitions", "ok", message("doctor.partitions_all"))
    names = ", ".join(missing) or "-"
    return Finding(
        "partitions",
        "look",
        message("doctor.partitions_missing", names=names, strays=strays),
    )


def _offices(connection: sa.Connection) -> Finding:
    count = connection.execute(
        sa.select(sa.func.count()).select_from(offices).where(offices.c.kind != "control")
    ).scalar_one()
    if not count:
        return Finding("offices", "look", message("doctor.offices_none"))
    return Finding("offices", "ok", message("doctor.offices", count=count))


def _lines(connection: sa.Connection, now: datetime) -> Finding:
    """Does the registry name the providers that the offices report over?"""
    found = isps_on(connection, local_date(now))
    told = {code: x.isp for code, x in found.items() if x.how is not How.REGISTRY}
    registry = connection.execute(sa.select(offices.c.code, offices.c.isp))
    other = sorted(x.code for x in registry if told.get(x.code, x.isp) != x.isp)
    if not told:
        return Finding("providers", "note", message("doctor.providers_untold"))
    if not other:
        return Finding("providers", "ok", message("doctor.providers", told=len(told)))
    which = ", ".join(other[:5]) + ("…" if len(other) > 5 else "")
    differ = message("doctor.providers_differ", told=len(told), other=len(other), which=which)
    return Finding("providers", "note", differ)


def _clock(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(
        sa.select(reports.c.received_at).order_by(reports.c.id.desc()).limit(1)
    ).scalar()
    if newest is not None and newest > now + timedelta(minutes=1):
        return Finding(
            "clock",
            "broken",
            message("doctor.clock_behind", now=now, newest=newest),
        )
    return Finding("clock", "ok", message("doctor.clock", now=now))


def _agents_clocks(connection: sa.Connection) -> Finding:
    """Is it our clock that is wrong? Then all agents' clocks are off by the same."""
    rows = connection.execute(
        sa.select(reports.c.agent_id, reports.c.sent_ms, reports.c.received_at)
        .order_by(reports.c.id.desc())
        .limit(LOOKED_AT)
    )
    ahead: dict[str, float] = {}
    for row in rows:
        ahead.setdefault(row.agent_id, row.sent_ms - row.received_at.timestamp() * 1000)
    if len(ahead) < FEW_AGENTS:
        return Finding("agents_clocks", "note", message("doctor.agents_clocks_few"))
    middle = median(ahead.values())
    if abs(middle) > CLOCK_MS:
        return Finding(
            "agents_clocks",
            "look",
            message("doctor.agents_clocks_ours", seconds=middle / 1000),
        )
    wrong = sum(abs(x) > CLOCK_MS for x in ahead.values())
    return Finding(
        "agents_clocks",
        "ok",
        message("doctor.agents_clocks", count=len(ahead), seconds=middle / 1000, wrong=wrong),
    )


def _newest(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(sa.select(sa.func.max(agents.c.last_contact_at))).scalar()
    if newest is None:
        return Finding("reports", "look", message("doctor.reports_none"))
    age = now - newest
    minutes = int(age.total_seconds() // 60)
    if age <= QUIET:
        return Finding("reports", "ok", message("doctor.reports", minutes=minutes))
    return Finding("reports", "look", message("doctor.reports_old", minutes=minutes))


def _agents(connection: sa.Connection) -> Finding:
    rows = connection.execute(
        sa.select(agents.c.state, sa.func.count().label("number")).group_by(agents.c.state)
    )
    counts: dict[str, int] = {row.state: row.number for row in rows}
    odd = counts.get(AgentState.PENDING, 0) + counts.get(AgentState.FORKED, 0)
    text = ", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "0"
    if odd:
        return Finding("agents", "look", message("doctor.agents_odd", counts=text))
    return Finding("agents", "ok", message("doctor.agents", counts=text))


def _work(connection: sa.Connection, now: datetime) -> Finding:
    waiting = work_count(connection)
    # Today is touched all the time, so what counts is a day that has waited long.
    oldest = connection.execute(sa.select(sa.func.min(stale_days.c.since_at))).scalar()
    age = now - oldest if oldest is not None else timedelta()
    minutes = int(age.total_seconds() // 60)
    if age <= WAITS:
        fine = message("doctor.recompute", waiting=waiting, minutes=minutes)
        return Finding("recompute", "ok", fine)
    stuck = message("doctor.recompute_stuck", waiting=waiting, minutes=minutes)
    return Finding("recompute", "look", stuck)


def _upkeep(connection: sa.Connection, now: datetime) -> Finding:
    last = last_upkeep(connection)
    if last is None:
        return Finding("upkeep", "note", message("doctor.upkeep_never"))
    if now.astimezone(BANGKOK).date() - last <= UPKEEP_AGE:
        return Finding("upkeep", "ok", message("doctor.upkeep", last=last))
    return Finding("upkeep", "look", message("doctor.upkeep_old", last=last))


def _backup(connection: sa.Connection, now: datetime) -> Finding:
    note = read_note(connection, LAST_BACKUP)
    made = None if note is None else datetime.fromisoformat(note).astimezone(UTC)
    if made is not None and now - made <= BACKUP_AGE:
        return Finding("backup", "ok", message("doctor.backup", made=made))
    last = message("time.never") if made is None else made
    return Finding("backup", "look", message("doctor.backup_old", last=last))


def _control(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(
        sa.select(sa.func.max(agents.c.last_contact_at)).where(agents.c.role == "control")
    ).scalar()
    if newest is None or now - newest > CONTROL_QUIET:
        return Finding(
            "control",
            "look",
            message("doctor.control_silent"),
        )
    return Finding("control", "ok", message("doctor.control"))
