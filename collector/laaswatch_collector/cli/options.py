"""Options that several commands share, and how they open the store."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from laaswatch_collector.cli.say import refusal
from laaswatch_collector.config import CollectorConfig, ConfigError, load_collector_config
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.migrate import NewerSchema
from laaswatch_collector.worktime.calendar import Calendar

R = TypeVar("R")


def config_option(command: Callable[..., R]) -> Callable[..., R]:
    """`--config FILE` and `--database URL`; the command gets the result as `config`."""

    @click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The collector's settings (config/collector.yaml); defaults without it.",
    )
    @click.option("--database", metavar="URL", help="Another database than the settings say.")
    @functools.wraps(command)
    def wrapped(
        *args: object, config_file: Path | None, database: str | None, **options: object
    ) -> R:
        return command(*args, config=read_config(config_file, database), **options)

    return wrapped


def read_config(config_file: Path | None, database: str | None = None) -> CollectorConfig:
    """The configuration as the command line wants it, or a clear end."""
    try:
        config = load_collector_config(config_file, os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    if database is None:
        return config
    return msgspec.structs.replace(config, database=database_url(database))


def database_url(text: str) -> str:
    """An SQLAlchemy URL, or the path of an SQLite file made into one."""
    return text if "://" in text else f"sqlite:///{text}"


@contextmanager
def open_store(config: CollectorConfig, *, serving: bool = False) -> Iterator[Database]:
    """The database for a command; closed at the end, every trouble told in one line."""
    try:
        database = Database.open(config.database, serving=serving)
    except (StoreUnavailable, NewerSchema) as error:
        raise click.ClickException(str(error)) from error
    try:
        yield database
    except StoreUnavailable as error:
        raise refusal("command.no_store", error=str(error)) from error
    finally:
        database.close()


@contextmanager
def open_database(config: CollectorConfig) -> Iterator[tuple[Database, Calendar]]:
    """The database, with the working calendar that goes with it."""
    folder = Path(config.calendar_dir) if config.calendar_dir else None
    try:
        calendar = load_calendar(folder)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with open_store(config) as database:
        yield database, calendar
