"""`laaswatch-collector doctor`: what is wrong with this collector, in words that say what to do.

It only reads, also beside a collector that serves. Exit 0 all well, 1 something to look at, 2 something is broken.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_collector.cli.examination import Finding, Level, examine_store, growth
from laaswatch_collector.cli.options import config_option
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.network_file import load_networks
from laaswatch_collector.site_rules import load_calendar, load_expected, load_policy
from laaswatch_collector.store.database import SAFE_SQLITE, Reader, StoreUnavailable
from laaswatch_collector.store.migrate import HEAD, schema_of

LEAST_FREE = 1 << 30
LEAST_DAYS = 30
LARGE_LOG = 256 << 20
"""A write-ahead log beyond this is not being brought in: somebody reads for hours, or nobody serves."""

_MARKS = {"ok": "✓", "note": "·", "look": "!", "broken": "✗"}
_EXIT = {"ok": 0, "note": 0, "look": 1, "broken": 2}


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
    yield _configuration(config)
    url = sa.make_url(config.database)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    if file is not None:
        if not file.exists():
            yield Finding(
                "database",
                "broken",
                "ยังไม่มีฐานข้อมูล เริ่มด้วย laaswatch-collector serve",
                f"{file}: there is no database yet; start with laaswatch-collector serve",
            )
            return
        yield sqlite_version(sqlite3.sqlite_version_info)
        yield _log(file)
    else:
        yield _pg_dump()
    reader = Reader.of(config.database)
    try:
        schema = _schema(reader.read(schema_of))
        yield schema
        if schema.level == "ok":
            yield _disk(file, reader.read(lambda c: growth(c, now)), config)
            yield from reader.read(lambda c: list(examine_store(c, config, now)))
    except (StoreUnavailable, sa.exc.DBAPIError) as error:
        yield Finding(
            "database",
            "broken",
            "อ่านฐานข้อมูลไม่ได้ ถ้าไฟล์เสียหายให้หยุดตัวรวบรวมแล้ว restore",
            f"cannot be read; if the file is damaged, stop the collector and restore: {error}"[
                :300
            ],
        )
    finally:
        reader.close()


def _configuration(config: CollectorConfig) -> Finding:
    try:
        load_calendar(Path(config.calendar_dir) if config.calendar_dir else None)
        load_policy(Path(config.lateness_file) if config.lateness_file else None)
        load_expected(Path(config.calendar_dir) if config.calendar_dir else None)
        load_articles(Path(config.knowledge_dir) if config.knowledge_dir else None)
        load_networks(config.isp_prefixes_file)
    except ValueError as error:
        return Finding("configuration", "broken", f"อ่านค่าตั้งไม่ได้ แก้ไฟล์นี้: {error}", str(error))
    return Finding("configuration", "ok", "อ่านค่าตั้งได้ครบ", "every file can be read")


def sqlite_version(version: tuple[int, int, int]) -> Finding:
    """Whether this SQLite is one that may damage its log."""
    text, wanted = (".".join(map(str, x)) for x in (version, SAFE_SQLITE))
    if version >= SAFE_SQLITE:
        return Finding("sqlite", "ok", text, text)
    return Finding(
        "sqlite",
        "note",
        f"รุ่น {text} เก่ากว่า {wanted} ควรสำรองข้อมูลสม่ำเสมอ",
        f"{text} is older than {wanted}: keep to one collector, and make backups",
    )


def _log(database: Path) -> Finding:
    log = database.with_name(database.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    fine = size <= LARGE_LOG
    return Finding(
        "log",
        "ok" if fine else "look",
        f"บันทึกที่รอเขียนลงไฟล์ {size >> 20} MiB" + ("" if fine else " เริ่ม serve ใหม่"),
        f"{size >> 20} MiB wait beside the database"
        + ("" if fine else ": a reader holds them back for hours, or nobody serves; restart serve"),
    )


def _pg_dump() -> Finding:
    if shutil.which("pg_dump") and shutil.which("pg_restore"):
        return Finding("pg_dump", "ok", "พร้อมสำรองข้อมูล", "here: `backup` can use it")
    return Finding(
        "pg_dump",
        "note",
        "ไม่พบ pg_dump ในเครื่องนี้ ติดตั้ง postgresql-client หรือสำรองที่เครื่องฐานข้อมูล",
        "not here: install postgresql-client, or make backups on the database's machine",
    )


def _schema(version: str | None) -> Finding:
    if version == HEAD:
        return Finding("schema", "ok", f"รุ่น {version}", f"version {version}")
    if version is None:
        return Finding(
            "schema",
            "broken",
            "ฐานข้อมูลว่าง เริ่มด้วย laaswatch-collector serve",
            "the database is empty: start with laaswatch-collector serve",
        )
    if version > HEAD:
        return Finding(
            "schema",
            "broken",
            f"ฐานข้อมูลเป็นรุ่น {version} ใหม่กว่าโปรแกรม ({HEAD}) โปรดปรับรุ่นโปรแกรม",
            f"version {version}, this laaswatch knows {HEAD}: upgrade laaswatch",
        )
    return Finding(
        "schema",
        "look",
        f"ฐานข้อมูลเป็นรุ่น {version} จะปรับเป็น {HEAD} เมื่อเริ่ม serve สำรองข้อมูลก่อน",
        f"version {version}: the next start of serve makes it {HEAD}; back it up before",
    )


def _disk(database: Path | None, a_day: int, config: CollectorConfig) -> Finding:
    th = f"โตวันละราว {a_day >> 20} MiB ก่อนบีบอัด"
    en = f"reports add about {a_day >> 20} MiB a day until they are packed"
    if database is None:
        return Finding(
            "disk", "note", f"{th} ดูที่ว่างที่เครื่องฐานข้อมูล", f"{en}; look at the server's disk"
        )
    free = shutil.disk_usage(database.parent).free
    # Packed after so many days, the room is used again: more than that is never needed at once.
    needed = a_day * min(LEAST_DAYS, config.history.seal_after_days + 2)
    level: Level = "ok" if free >= max(LEAST_FREE, needed) else "look"
    size = database.stat().st_size
    more = (
        ("", "") if level == "ok" else (" เพิ่มที่ว่างหรือย้ายฐานข้อมูล", ": make room or move the database")
    )
    return Finding(
        "disk",
        level,
        f"เหลือที่ว่าง {free >> 20} MiB ฐานข้อมูล {size >> 20} MiB {th}{more[0]}",
        f"{free >> 20} MiB free; the database has {size >> 20} MiB; {en}{more[1]}",
    )
