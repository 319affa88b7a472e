"""`laaswatch-collector doctor`: what is wrong with this collector, in words that say what to do.

It only reads, also beside a collector that serves. Exit 0 all well, 1 something to look at, 2 something is broken.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_collector.cli.examination import Finding, examine_store, growth
from laaswatch_collector.cli.options import config_option
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.messages import Told, message
from laaswatch_collector.network_file import load_networks
from laaswatch_collector.site_rules import load_calendar, load_expected, load_policy
from laaswatch_collector.store.database import SAFE_SQLITE, Reader, StoreUnavailable
from laaswatch_collector.store.migrate import HEAD, schema_of
from laaswatch_collector.web.words import every_language, words_in

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
        click.echo(json.dumps([_row(x) for x in findings], ensure_ascii=False, indent=2))
    else:
        for x in findings:
            thai, english = (say(x.said) for say in every_language())
            click.echo(f"{_MARKS[x.level]} {x.what}: {thai}\n    {english}")
    raise SystemExit(max(_EXIT[x.level] for x in findings))


def _row(x: Finding) -> dict[str, str]:
    words = {language: words_in(language).say(x.said) for language in LANGUAGES}
    return {"what": x.what, "level": x.level, **words}


def examine(config: CollectorConfig, now: datetime) -> Iterator[Finding]:
    """Every finding, the configuration first."""
    yield _configuration(config)
    url = sa.make_url(config.database)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    if file is not None:
        if not file.exists():
            yield Finding("database", "broken", message("doctor.database_none", file=str(file)))
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
            "database", "broken", message("doctor.database_unread", error=str(error)[:200])
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
        why = error.message if isinstance(error, Told) else str(error)
        return Finding("configuration", "broken", message("doctor.settings_unread", error=why))
    return Finding("configuration", "ok", message("doctor.settings"))


def sqlite_version(version: tuple[int, int, int]) -> Finding:
    """Whether this SQLite is one that may damage its log."""
    text, wanted = (".".join(map(str, x)) for x in (version, SAFE_SQLITE))
    if version >= SAFE_SQLITE:
        return Finding("sqlite", "ok", message("doctor.version", version=text))
    old = message("doctor.sqlite_old", version=text, wanted=wanted)
    return Finding("sqlite", "note", old)


def _log(database: Path) -> Finding:
    log = database.with_name(database.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    if size <= LARGE_LOG:
        return Finding("log", "ok", message("doctor.log", size=size >> 20))
    return Finding("log", "look", message("doctor.log_large", size=size >> 20))


def _pg_dump() -> Finding:
    if shutil.which("pg_dump") and shutil.which("pg_restore"):
        return Finding("pg_dump", "ok", message("doctor.pg_dump"))
    return Finding("pg_dump", "note", message("doctor.pg_dump_none"))


def _schema(version: str | None) -> Finding:
    if version == HEAD:
        return Finding("schema", "ok", message("doctor.version", version=version))
    if version is None:
        return Finding("schema", "broken", message("doctor.schema_none"))
    if version > HEAD:
        newer = message("doctor.schema_newer", version=version, known=HEAD)
        return Finding("schema", "broken", newer)
    older = message("doctor.schema_older", version=version, known=HEAD)
    return Finding("schema", "look", older)


def _disk(database: Path | None, a_day: int, config: CollectorConfig) -> Finding:
    grows = a_day >> 20
    if database is None:
        return Finding("disk", "note", message("doctor.disk_elsewhere", grows=grows))
    free = shutil.disk_usage(database.parent).free
    # Packed after so many days, the room is used again: more than that is never needed at once.
    needed = a_day * min(LEAST_DAYS, config.history.seal_after_days + 2)
    room = {"free": free >> 20, "size": database.stat().st_size >> 20, "grows": grows}
    if free >= max(LEAST_FREE, needed):
        return Finding("disk", "ok", message("doctor.disk", **room))
    return Finding("disk", "look", message("doctor.disk_full", **room))
