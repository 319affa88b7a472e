"""`laaswatch-collector backup FILE`: a copy of the database as of one moment, while it is in use."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.backup import BadBackup, back_up
from laaswatch_collector.store.notes import LAST_BACKUP, write_note


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="FILE may exist; a good copy takes its place.")
@config_option
def command(config: CollectorConfig, file: Path, replace: bool) -> None:
    """Write a copy of the database to FILE, whole and checked. PostgreSQL: by pg_dump."""
    if file.exists() and not replace:
        raise click.ClickException(
            f"{file}: มีอยู่แล้ว · exists already; name a new file, or --replace"
        )
    url = sa.make_url(config.database)
    try:
        copy = _sqlite if url.get_backend_name() == "sqlite" else _postgresql
        what = copy(url, file)
    except (OSError, BadBackup, subprocess.SubprocessError) as error:
        raise click.ClickException(
            f"{file}: สำรองไม่สำเร็จ ไฟล์เดิมยังอยู่ · no backup was made, what was there stands: {error}"
        ) from error
    now = datetime.now(UTC)
    with open_store(config) as database:
        database.write(lambda c: write_note(c, LAST_BACKUP, now.isoformat()))
    click.echo(f"{file}: {file.stat().st_size} bytes, {what}")


def _sqlite(url: sa.URL, file: Path) -> str:
    source = Path(url.database or "")
    if not source.is_file():
        raise click.ClickException(f"{source}: ยังไม่มีฐานข้อมูล · there is no database")
    rows = back_up(source, file)
    return f"ตรวจแล้ว {rows} แถว · checked, {rows} rows"


def _postgresql(url: sa.URL, file: Path) -> str:
    """By pg_dump, read once through by pg_restore before it takes its name."""
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        raise click.ClickException(
            "ไม่พบ pg_dump โปรดติดตั้งชุด postgresql-client หรือใช้คำสั่งนี้ที่เครื่องฐานข้อมูล · pg_dump is not here: "
            "install postgresql-client, or run on the database's machine\n"
            f"  pg_dump --format=custom --file={file.name} {url.database}"
        )
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
    return "ตรวจแล้วด้วย pg_restore · read through by pg_restore"


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
