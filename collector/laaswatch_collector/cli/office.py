"""`laaswatch-collector office`: the registry of offices from a list."""

from pathlib import Path

import click

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.ledger.model import RowError
from laaswatch_collector.office_file import OfficeFileError, parse_offices
from laaswatch_collector.store.offices import import_offices, office_codes

MOST_BYTES = 10 * 1024 * 1024
SHOWN = 20


@click.group()
def command() -> None:
    """The registry of offices."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def import_command(file: Path, config: CollectorConfig) -> None:
    """Add or change the offices of a CSV FILE (columns as in config/offices.example.csv).

    Needed: code, name_th, province (two digits). May be there: name_en, kind, district, isp,
    parent_code, pcs, latitude, longitude.

    All or nothing: with one bad row, none is taken. Offices not in the list are left alone.
    """
    data = _read(file)
    with open_store(config) as database:
        try:
            rows = parse_offices(data, file.name, database.read(office_codes))
        except OfficeFileError as refused:
            for error in refused.errors[:SHOWN]:
                click.echo(described(error), err=True)
            if len(refused.errors) > SHOWN:
                more = both("command.more_rows", n=len(refused.errors) - SHOWN)
                click.echo(f"… {more}", err=True)
            raise refusal("office_import.none") from None
        done = database.write(lambda c: import_offices(c, rows))
    echo("office_import.done", added=done.added, changed=done.changed, same=done.same)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise refusal("file.too_big", size=MOST_BYTES >> 20)
        return file.read_bytes()
    except OSError as error:
        raise refusal("command.cannot_open", file=str(file), why=str(error.strerror)) from None


def described(error: RowError) -> str:
    """One line for a bad row: file, row, column, and the reason in both languages."""
    where = both("command.row", n=error.row) if error.row else both("command.whole_file")
    column = f" [{error.column}]" if error.column else ""
    return f"{error.file}: {where}{column}: {both(error.reason)}"
