"""`laaswatch-collector backup FILE`: a copy of the database as of one moment, while it is in use."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.messages import Message, message
from laaswatch_collector.store.backup import BadBackup, back_up
from laaswatch_collector.store.notes import LAST_BACKUP, write_note


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="FILE may exist; a good copy takes its place.")
@config_option
def command(config: CollectorConfig, file: Path, replace: bool) -> None:
    """Write a copy of the database to FILE, whole and checked. PostgreSQL: by pg_dump."""
    if file.exists() and not replace:
        raise refusal("backup.exists", file=str(file))
    url = sa.make_url(config.database)
    try:
        copy = _sqlite if url.get_backend_name() == "sqlite" else _postgresql
        what = copy(url, file)
    except (OSError, BadBackup, subprocess.SubprocessError) as error:
        raise refusal("backup.failed", file=str(file), error=str(error)) from error
    now = datetime.now(UTC)
    with open_store(config) as database:
        database.write(lambda c: write_note(c, LAST_BACKUP, now.isoformat()))
    click.echo(f"{file}: {file.stat().st_size} bytes, {both(what)}")


def _sqlite(url: sa.URL, file: Path) -> Message:
    source = Path(url.database or "")
    if not source.is_file():
        raise refusal("backup.no_database", file=str(source))
    rows = back_up(source, file)
    return message("backup.checked", rows=rows)


def _postgresql(url: sa.URL, file: Path) -> Message:
    """By pg_dump, read once through by pg_restore before it takes its name."""
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        by_hand = f"  pg_dump --format=custom --file={file.name} {url.database}"
        raise click.ClickException(f"{both('backup.no_pg_dump')}\n{by_hand}")
    half = file.with_name(file.name + ".half")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    try:
        dump = ["pg_dump", "--format=custom", "--no-password", f"--file={half}", plain]
        _run(dump, environment)
        listed = _run(["pg_restore", "--list", str(half)], environment)
        if " TABLE DATA " not in listed:
            raise BadBackup("the dump holds no table")
        # Every block is read and inflated once: what cannot be read back is no backup.
        _run(["pg_restore", f"--file={os.devnull}", str(half)], environment)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return message("backup.read_through")


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        check=False,
    )
    if done.returncode:
        raise BadBackup(f"{command[0]}: {done.stderr.strip()[:300]}")
    return done.stdout
