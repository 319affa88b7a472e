"""What `doctor` looks at in the store itself, each as one finding in Thai and English that says what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Literal

import sqlalchemy as sa

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.localization.isp_of import How
from laaswatch_collector.store.agents import AgentState
from laaswatch_collector.store.notes import LAST_BACKUP, read_note
from laaswatch_collector.store.partitions import OTHER, missing_partitions
from laaswatch_collector.store.prefixes import isps_on
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
    th: str
    en: str


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
    if config.control_agent.enabled:
        yield _control(connection, now)


def _sound(connection: sa.Connection) -> Finding:
    found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
    if found == "ok":
        return Finding("database", "ok", "ฐานข้อมูลสมบูรณ์", "whole")
    return Finding(
        "database",
        "broken",
        "ฐานข้อมูลเสียหาย หยุดตัวรวบรวมแล้วใช้คำสั่ง restore กับชุดสำรองล่าสุด",
        f"damaged: stop the collector, then restore the last backup ({found})"[:300],
    )


def _partitions(connection: sa.Connection, now: datetime) -> Finding:
    missing = missing_partitions(connection, now)
    strays = connection.execute(sa.text(f"SELECT count(*) FROM {OTHER}")).scalar_one()  # noqa: S608 - our own name
    if not missing and not strays:
        return Finding("partitions", "ok", "ตารางรายเดือนครบ", "every month has its table")
    names = ", ".join(missing) or "-"
    return Finding(
        "partitions",
        "look",
        f"ตารางรายเดือนไม่ครบ ({names}) หรือมีรายงานนอกตาราง {strays} ฉบับ เริ่ม serve ใหม่หนึ่งตัว",
        f"months without a table: {names}; {strays} reports outside: restart one collector",
    )


def _offices(connection: sa.Connection) -> Finding:
    count = connection.execute(
        sa.select(sa.func.count()).select_from(offices).where(offices.c.kind != "control")
    ).scalar_one()
    return Finding(
        "offices",
        "ok" if count else "look",
        f"{count} หน่วยงาน" if count else "ยังไม่มีหน่วยงาน ใช้คำสั่ง office import FILE",
        f"{count} offices" if count else "none yet: laaswatch-collector office import FILE",
    )


def _lines(connection: sa.Connection, now: datetime) -> Finding:
    """Does the registry name the providers that the offices report over?"""
    found = isps_on(connection, local_date(now))
    told = {code: x.isp for code, x in found.items() if x.how is not How.REGISTRY}
    registry = connection.execute(sa.select(offices.c.code, offices.c.isp))
    other = sorted(x.code for x in registry if told.get(x.code, x.isp) != x.isp)
    if not told:
        text = (
            "ยังไม่มีเครือข่ายที่บอกผู้ให้บริการได้ ใช้ตามทะเบียน",
            "no network tells a provider yet: the registry counts",
        )
        return Finding("providers", "note", *text)
    which = ", ".join(other[:5]) + ("…" if len(other) > 5 else "")
    return Finding(
        "providers",
        "note" if other else "ok",
        f"รู้จากเครือข่าย {len(told)} แห่ง ต่างจากทะเบียน {len(other)} แห่ง"
        + (f" ตรวจทะเบียนของ {which}" if other else ""),
        f"{len(told)} offices known by their network, {len(other)} differ from the registry"
        + (f": look at {which}" if other else ""),
    )


def _clock(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(
        sa.select(reports.c.received_at).order_by(reports.c.id.desc()).limit(1)
    ).scalar()
    if newest is not None and newest > now + timedelta(minutes=1):
        return Finding(
            "clock",
            "broken",
            "นาฬิกาของเครื่องนี้เดินถอยหลัง หรือเคยตั้งไว้เกินจริง ตั้งเวลาให้ตรง (NTP) ก่อน",
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, yet a report came at "
            f"{newest:%Y-%m-%d %H:%M}: set it right (NTP)",
        )
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    return Finding("clock", "ok", text, text)


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
        return Finding(
            "agents_clocks", "note", "รายงานยังน้อย เทียบนาฬิกาไม่ได้", "too few agents heard to compare"
        )
    middle = median(ahead.values())
    if abs(middle) > CLOCK_MS:
        return Finding(
            "agents_clocks",
            "look",
            f"นาฬิกาเครื่องส่วนใหญ่ต่างจากเครื่องนี้ {middle / 1000:+.0f} วินาที ตรวจเวลาของเครื่องนี้ (NTP)",
            f"most agents' clocks differ from this machine's by {middle / 1000:+.0f} s: check ours (NTP)",
        )
    wrong = sum(abs(x) > CLOCK_MS for x in ahead.values())
    return Finding(
        "agents_clocks",
        "ok",
        f"{len(ahead)} เครื่อง ต่างกลาง {middle / 1000:+.1f} วินาที นาฬิกาผิด {wrong} เครื่อง (แก้ให้เองแล้ว)",
        f"{len(ahead)} agents, {middle / 1000:+.1f} s in the middle; {wrong} have a wrong clock (repaired)",
    )


def _newest(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(sa.select(sa.func.max(agents.c.last_contact_at))).scalar()
    if newest is None:
        return Finding(
            "reports",
            "look",
            "ยังไม่มีรายงานเข้ามา ใช้คำสั่ง token create --office CODE",
            "no report has come yet: laaswatch-collector token create --office CODE",
        )
    age = now - newest
    minutes = int(age.total_seconds() // 60)
    fine = age <= QUIET
    return Finding(
        "reports",
        "ok" if fine else "look",
        f"รายงานล่าสุด {minutes} นาทีที่แล้ว" + ("" if fine else " ดูว่า serve ทำงานและเครื่องต่อถึงได้"),
        f"the newest came {minutes} minutes ago"
        + ("" if fine else ": is serve running, and can agents reach it?"),
    )


def _agents(connection: sa.Connection) -> Finding:
    rows = connection.execute(
        sa.select(agents.c.state, sa.func.count().label("number")).group_by(agents.c.state)
    )
    counts: dict[str, int] = {row.state: row.number for row in rows}
    odd = counts.get(AgentState.PENDING, 0) + counts.get(AgentState.FORKED, 0)
    text = ", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "0"
    return Finding(
        "agents",
        "look" if odd else "ok",
        f"{text}" + (" (มีเครื่องรออนุมัติหรือซ้ำ ดู token list)" if odd else ""),
        f"{text}" + (" (see token list, then token approve AGENT)" if odd else ""),
    )


def _work(connection: sa.Connection, now: datetime) -> Finding:
    waiting = work_count(connection)
    # Today is touched all the time, so what counts is a day that has waited long.
    oldest = connection.execute(sa.select(sa.func.min(stale_days.c.since_at))).scalar()
    age = now - oldest if oldest is not None else timedelta()
    minutes = int(age.total_seconds() // 60)
    fine = age <= WAITS
    return Finding(
        "recompute",
        "ok" if fine else "look",
        f"รอคำนวณ {waiting} รายการ นานสุด {minutes} นาที" + ("" if fine else " ดูบันทึกของ serve"),
        f"{waiting} pieces wait, the oldest for {minutes} minutes"
        + ("" if fine else ": see the log of serve, or is it stopped?"),
    )


def _upkeep(connection: sa.Connection, now: datetime) -> Finding:
    last = last_upkeep(connection)
    if last is None:
        return Finding("upkeep", "note", "ยังไม่เคยทำ", "not done yet: serve does it every night")
    fine = now.astimezone(BANGKOK).date() - last <= UPKEEP_AGE
    return Finding(
        "upkeep",
        "ok" if fine else "look",
        f"บีบอัดและลบข้อมูลเก่าครั้งล่าสุด {last}" + ("" if fine else " ใช้คำสั่ง retention"),
        f"old reports were last packed and deleted on {last}"
        + ("" if fine else ": is serve running? laaswatch-collector retention does it now"),
    )


def _backup(connection: sa.Connection, now: datetime) -> Finding:
    note = read_note(connection, LAST_BACKUP)
    made = None if note is None else datetime.fromisoformat(note).astimezone(UTC)
    if made is not None and now - made <= BACKUP_AGE:
        text = f"{made.astimezone(BANGKOK):%Y-%m-%d %H:%M}"
        return Finding("backup", "ok", f"ล่าสุด {text}", f"the last was made {text}")
    when = "never" if made is None else f"{made.astimezone(BANGKOK):%Y-%m-%d %H:%M}"
    return Finding(
        "backup",
        "look",
        f"ล่าสุด: {'ยังไม่เคย' if made is None else when} ใช้คำสั่ง backup FILE ทุกคืน เก็บไว้นอกเครื่องนี้",
        f"last: {when}. Run laaswatch-collector backup FILE every night, onto another machine",
    )


def _control(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(
        sa.select(sa.func.max(agents.c.last_contact_at)).where(agents.c.role == "control")
    ).scalar()
    if newest is None or now - newest > CONTROL_QUIET:
        return Finding(
            "control",
            "look",
            "ไม่ได้ข่าวจากจุดตรวจสอบกลาง จะบอกไม่ได้ว่าเว็บล่มหรือสายเสีย ดู control-agent.log",
            "the control agent is silent: nothing can tell the site's faults from a line's; see "
            "control-agent.log",
        )
    return Finding("control", "ok", "จุดตรวจสอบกลางทำงาน", "the control agent is heard")
