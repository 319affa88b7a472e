"""`laaswatch-collector backup FILE`: a copy of the database as of one moment, while it is in use."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option
from laaswatch_collector.config import CollectorConfig


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def command(config: CollectorConfig, file: Path) -> None:
    """Write a copy of the database to FILE, whole and checked; FILE must not exist yet."""
    url = sa.make_url(config.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.ClickException(f"{url.get_backend_name()}: use its own tool (pg_dump)")
    source = Path(url.database)
    if not source.exists():
        raise click.ClickException(f"{source}: there is no database")
    if file.exists():
        raise click.ClickException(f"{file}: exists already; name a new file")
    try:
        copy_database(source, file)
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(f"{file}: {file.stat().st_size} bytes")


def copy_database(source: Path, target: Path) -> None:
    """Copy through SQLite's own backup, check the copy, and only then give it its name."""
    half = target.with_name(target.name + ".half")
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(half)) as new,
        ):
            old.backup(new)
            found = new.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
            new.execute("PRAGMA journal_mode=DELETE").close()
        with half.open("rb+") as file:
            os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
