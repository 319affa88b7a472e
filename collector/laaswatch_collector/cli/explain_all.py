"""`laaswatch-collector explain-all`: a whole month in one command, by as many processes as there are processors."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.columns_folder import (
    ColumnsError,
    explain_offices,
    read_columns,
    write_codes,
)
from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.work import mark_to_judge, work_count
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import local_date

OFFICES_A_PIECE = 50
PATIENCE = 24 * 3600.0
"""Seconds that a process keeps on; far longer than a nation's month takes."""


@click.command()
@click.option("--month", metavar="YYYY-MM", help="Month of the events (CE), in the database.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of columns instead of the database.",
)
@click.option(
    "--to", "out", type=click.Path(path_type=Path, file_okay=False), help="Where columns go."
)
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Processes; all processors by default."
)
@config_option
def command(
    month: str | None,
    source: Path | None,
    out: Path | None,
    workers: int | None,
    config: CollectorConfig,
) -> None:
    """Explain every office's entries of a month again: of the database (--month), or of columns (--from, --to).

    On PostgreSQL other collectors on the same database take their share.
    """
    if (month is None) == (source is None) or (source is None) != (out is None):
        raise click.UsageError("either --month, or --from with --to")
    started = time.perf_counter()
    if source is not None and out is not None:
        entries, late = explain_columns(source, out, workers or os.cpu_count() or 1)
        click.echo(f"{entries} entries, {late} late, {time.perf_counter() - started:.1f} s: {out}")
    elif month is not None:
        offices = explain_stored(config, month, workers or os.cpu_count() or 1)
        click.echo(f"{offices} offices, {time.perf_counter() - started:.1f} s")


def explain_columns(source: Path, out: Path, workers: int) -> tuple[int, int]:
    """Explain a folder of columns into another; entries and late entries counted."""
    try:
        offices = len(read_columns(source).offices)
        out.mkdir(parents=True, exist_ok=True)
        write_codes(out)
        pieces = [
            (source, out, first, min(first + OFFICES_A_PIECE, offices))
            for first in range(0, offices, OFFICES_A_PIECE)
        ]
        counted = list(_each(pieces, workers))
    except ColumnsError as error:
        raise click.ClickException(str(error)) from error
    return sum(x for x, _ in counted), sum(x for _, x in counted)


def _each(pieces: list[tuple[Path, Path, int, int]], workers: int) -> Iterator[tuple[int, int]]:
    if workers == 1 or len(pieces) == 1:
        yield from map(_piece, pieces)
        return
    with ProcessPoolExecutor(
        min(workers, len(pieces)), mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        yield from pool.map(_piece, pieces)


def _piece(piece: tuple[Path, Path, int, int]) -> tuple[int, int]:
    source, out, first, last = piece
    return explain_offices(read_columns(source), out, first, last)


def explain_stored(config: CollectorConfig, month: str, workers: int) -> int:
    """Explain a month of the database again; how much waited to be done."""
    start, end = month_bounds(month)
    policy = load_policy()
    with open_database(config) as (database, calendar):
        first, last = local_date(start), local_date(end - timedelta(seconds=1))
        database.write(lambda c: mark_to_judge(c, first, last, sa.true()))
        offices = database.read(work_count)
        if database.engine.dialect.name == "sqlite" or workers == 1:
            # An SQLite file has one writer: more processes would wait for one another.
            _catch_up(database, calendar, policy)
            return offices
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for done in [
                pool.submit(_work, config.database, calendar, policy) for _ in range(workers)
            ]:
                done.result()
    return offices


def _work(url: str, calendar: Calendar, policy: Policy) -> None:
    database = Database.open(url)
    try:
        _catch_up(database, calendar, policy)
    finally:
        database.close()


def _catch_up(database: Database, calendar: Calendar, policy: Policy) -> None:
    Recomputer(database, calendar, policy, lambda: datetime.now(UTC)).catch_up(PATIENCE)
