"""`laaswatch-collector office`: the registry of offices from a list."""

from pathlib import Path

import click

from laaswatch_collector.cli.options import config_option, open_store
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
        except OfficeFileError as refusal:
            for error in refusal.errors[:SHOWN]:
                click.echo(described(error), err=True)
            if len(refusal.errors) > SHOWN:
                click.echo(f"… อีก {len(refusal.errors) - SHOWN} · more", err=True)
            raise click.ClickException(
                "ไม่ได้นำเข้าหน่วยงานใดเลย โปรดแก้แล้วนำเข้าใหม่ · no office was imported: mend the file and try again"
            ) from None
        done = database.write(lambda c: import_offices(c, rows))
    click.echo(
        f"เพิ่ม {done.added} เปลี่ยน {done.changed} คงเดิม {done.same} หน่วยงาน · "
        f"offices: {done.added} added, {done.changed} changed, {done.same} the same"
    )


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise click.ClickException(f"แฟ้มใหญ่เกิน 10 MB · {file}: larger than 10 MB")
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"เปิดแฟ้มไม่ได้ · {file}: {error.strerror}") from None


def described(error: RowError) -> str:
    """One line for a bad row: file, row, column, and the reason in both languages."""
    where = f"แถว {error.row} · row {error.row}" if error.row else "ทั้งแฟ้ม · whole file"
    column = f" [{error.column}]" if error.column else ""
    return f"{error.file}: {where}{column}: {error.reason_th} · {error.reason_en}"
