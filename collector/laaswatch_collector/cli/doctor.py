"""`laaswatch-collector doctor`: what is wrong with this collector, in words that say what to do.

Exit 0 all well, 1 something to look at, 2 something is broken.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import click
import sqlalchemy as sa

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_collector.cli.options import config_option
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.agents import AgentState
from laaswatch_collector.store.database import SAFE_SQLITE, Database, StoreUnavailable
from laaswatch_collector.store.migrate import NewerSchema
from laaswatch_collector.store.schema import agents, offices, reports
from laaswatch_collector.store.work import stale_count

LEAST_FREE = 1 << 30
QUIET = timedelta(hours=1)
"""Without any report for so long, in office hours, something is wrong."""
CONTROL_QUIET = timedelta(minutes=15)
MANY_DAYS = 40

Level = Literal["ok", "note", "look", "broken"]
_MARKS = {"ok": "✓", "note": "·", "look": "!", "broken": "✗"}
_EXIT = {"ok": 0, "note": 0, "look": 1, "broken": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level`: ok, note (good to know), look (a person should), broken."""

    what: str
    level: Level
    th: str
    en: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@config_option
def command(config: CollectorConfig, as_json: bool) -> None:
    """Look for what is wrong with this collector."""
    findings = list(examine(config, datetime.now(UTC)))
    if as_json:
        click.echo(json.dumps([asdict(x) for x in findings], ensure_ascii=False, indent=2))
    else:
        for x in findings:
            click.echo(f"{_MARKS[x.level]} {x.what}: {x.th}\n    {x.en}")
    raise SystemExit(max(_EXIT[x.level] for x in findings))


def examine(config: CollectorConfig, now: datetime) -> Iterator[Finding]:
    """Every finding, the configuration first."""
    yield from _configuration(config)
    url = sa.make_url(config.database)
    if url.get_backend_name() == "sqlite" and url.database:
        if not Path(url.database).exists():
            yield Finding(
                "database",
                "broken",
                "ยังไม่มีฐานข้อมูล เริ่มด้วย laaswatch-collector serve",
                f"{url.database}: there is no database yet; start with laaswatch-collector serve",
            )
            return
        yield _disk(Path(url.database))
        yield _sqlite_version()
    try:
        database = Database.open(config.database)
    except (StoreUnavailable, NewerSchema) as error:
        yield Finding("database", "broken", "เปิดฐานข้อมูลไม่ได้", f"cannot be opened: {error}")
        return
    try:
        yield from database.read(lambda c: list(_stored(c, config, now)))
    except StoreUnavailable as error:
        yield Finding("database", "broken", "อ่านฐานข้อมูลไม่ได้", f"cannot be read: {error}")
    finally:
        database.close()


def _configuration(config: CollectorConfig) -> Iterator[Finding]:
    try:
        load_calendar(Path(config.calendar_dir) if config.calendar_dir else None)
        load_policy(Path(config.lateness_file) if config.lateness_file else None)
        load_articles(Path(config.knowledge_dir) if config.knowledge_dir else None)
    except ValueError as error:
        yield Finding("configuration", "broken", "อ่านค่าตั้งไม่ได้", str(error))
    else:
        yield Finding("configuration", "ok", "อ่านค่าตั้งได้ครบ", "every file can be read")


def _disk(database: Path) -> Finding:
    free = shutil.disk_usage(database.parent).free
    level: Level = "ok" if free >= LEAST_FREE else "look"
    size = database.stat().st_size
    return Finding(
        "disk",
        level,
        f"เหลือที่ว่าง {free >> 20} MiB ฐานข้อมูล {size >> 20} MiB",
        f"{free >> 20} MiB free; the database has {size >> 20} MiB",
    )


def _sqlite_version() -> Finding:
    wanted = ".".join(map(str, SAFE_SQLITE))
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return Finding("sqlite", "ok", sqlite3.sqlite_version, sqlite3.sqlite_version)
    return Finding(
        "sqlite",
        "note",
        f"รุ่น {sqlite3.sqlite_version} เก่ากว่า {wanted} ควรสำรองข้อมูลสม่ำเสมอ",
        f"{sqlite3.sqlite_version} is older than {wanted}: keep to one collector, and make backups",
    )


def _stored(connection: sa.Connection, config: CollectorConfig, now: datetime) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        good = found == "ok"
        yield Finding(
            "database",
            "ok" if good else "broken",
            "ฐานข้อมูลสมบูรณ์" if good else "ฐานข้อมูลเสียหาย ใช้ชุดสำรอง",
            "whole" if good else f"damaged, go back to a backup: {found}"[:300],
        )
    count = connection.execute(
        sa.select(sa.func.count()).select_from(offices).where(offices.c.kind != "control")
    ).scalar_one()
    yield Finding(
        "offices",
        "ok" if count else "look",
        f"{count} หน่วยงาน",
        f"{count} offices" if count else "none yet: laaswatch-collector office import FILE",
    )
    yield _clock(connection, now)
    yield _reports(connection, now)
    yield _agents(connection)
    waiting = stale_count(connection)
    yield Finding(
        "recompute",
        "ok" if waiting <= MANY_DAYS else "look",
        f"รอคำนวณ {waiting} วัน",
        f"{waiting} days wait to be computed again",
    )
    if config.control_agent.enabled:
        yield _control(connection, now)


def _clock(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(sa.select(sa.func.max(reports.c.received_at))).scalar()
    if newest is not None and newest > now + timedelta(minutes=1):
        return Finding(
            "clock",
            "broken",
            "นาฬิกาของเครื่องนี้เดินถอยหลัง หรือเคยตั้งไว้เกินจริง",
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, yet a report came at {newest:%Y-%m-%d %H:%M}",
        )
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    return Finding("clock", "ok", text, text)


def _reports(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(sa.select(sa.func.max(agents.c.last_contact_at))).scalar()
    if newest is None:
        return Finding("reports", "look", "ยังไม่มีรายงานเข้ามา", "no report has come yet")
    age = now - newest
    minutes = int(age.total_seconds() // 60)
    return Finding(
        "reports",
        "ok" if age <= QUIET else "look",
        f"รายงานล่าสุด {minutes} นาทีที่แล้ว",
        f"the newest came {minutes} minutes ago",
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


def _control(connection: sa.Connection, now: datetime) -> Finding:
    newest = connection.execute(
        sa.select(sa.func.max(agents.c.last_contact_at)).where(agents.c.role == "control")
    ).scalar()
    if newest is None or now - newest > CONTROL_QUIET:
        return Finding(
            "control",
            "look",
            "ไม่ได้ข่าวจากจุดตรวจสอบกลาง จะบอกไม่ได้ว่าเว็บล่มหรือสายเสีย",
            "the control agent is silent: nothing can tell the site's faults from a line's",
        )
    return Finding("control", "ok", "จุดตรวจสอบกลางทำงาน", "the control agent is heard")
