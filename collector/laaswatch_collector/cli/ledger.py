"""`laaswatch-collector ledger`: import ledger files, and write the empty template."""

import getpass
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.ledger_preview import preview
from laaswatch_collector.cli.office import described
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.ledger.exported import ExportTimeError, export_time
from laaswatch_collector.ledger.model import Book, LedgerFile, LedgerFormatError, RowError
from laaswatch_collector.ledger.parse import shown_name
from laaswatch_collector.ledger.read import LedgerReader
from laaswatch_collector.ledger.template import mend_csv, template_workbook
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.ledger_imports import ImportResult, import_ledger
from laaswatch_collector.store.ledger_layouts import confirmed_layouts
from laaswatch_collector.store.matching_key import matching_key
from laaswatch_collector.store.offices import office_codes
from laaswatch_collector.web.words import every_language

SHOWN = 20
"""Row errors printed; all of them are in the file to mend."""


@click.group()
def command() -> None:
    """Ledger files: the three books as the offices export them."""


command.add_command(preview)


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--office", metavar="CODE", help="The office the files belong to.")
@click.option("--book", type=click.Choice([str(b) for b in Book]), help="Which of the three books.")
@click.option("--recorded-by", metavar="NAME", help="Who brings the files in; by default you.")
@click.option(
    "--exported-at", metavar="TIME", help="When they were exported; else the file's date."
)
@click.option(
    "--mend-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the rows to mend are written; by default beside each file.",
)
@config_option
def import_command(
    files: tuple[Path, ...],
    office: str | None,
    book: str | None,
    recorded_by: str | None,
    exported_at: str | None,
    mend_dir: Path | None,
    config: CollectorConfig,
) -> None:
    """Import ledger files (XLSX, CSV, HTML tables). Good rows come in; bad ones go to a file to mend."""
    exported = _exported_at(exported_at)
    who = recorded_by or getpass.getuser()
    refused = False
    with open_store(config) as database, LedgerReader() as reader:
        offices, key = database.read(office_codes), database.write(matching_key)
        layouts = database.read(lambda c: _layouts(c, office, book))
        for path in files:
            try:
                now = datetime.now(UTC)
                file = reader.read(
                    path,
                    office_code=office,
                    book=Book(book) if book else None,
                    latest=exported or now,
                    offices=offices,
                    layouts=layouts,
                    key=key,
                )
                done = _store(database, path, file, who, exported, now)
            except LedgerFormatError as error:
                refused = True
                whole = RowError(shown_name(path.name), 0, "", error.message)
                click.echo(described(whole), err=True)
                continue
            _report(path, file, done, mend_dir or path.parent)
            refused = refused or bool(file.errors)
    if refused:
        raise SystemExit(1)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def template(file: Path) -> None:
    """Write the empty template (XLSX) that offices can fill in; FILE must not exist yet."""
    try:
        with file.open("xb") as out:
            out.write(template_workbook(every_language()))
    except FileExistsError:
        raise refusal("command.file_exists", file=str(file)) from None
    except OSError as error:
        raise refusal("command.cannot_write", file=str(file), why=str(error.strerror)) from None
    echo("ledger_import.template", file=str(file))


def _layouts(
    connection: sa.Connection, office: str | None, book: str | None
) -> dict[str, dict[str, int]]:
    """The columns that the office has confirmed, by the heading's signature."""
    if office is None:
        return {}
    known = confirmed_layouts(connection, office, Book(book) if book else None)
    return {x.signature: x.columns for x in known.values()}


def _store(
    database: Database,
    path: Path,
    file: LedgerFile,
    who: str,
    exported: datetime | None,
    now: datetime,
) -> ImportResult:
    try:
        data = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        raise LedgerFormatError("file.cannot_open") from None
    return database.write(
        lambda c: import_ledger(
            c,
            file,
            sha256=hashlib.sha256(data).digest(),
            imported_by=who,
            now=now,
            snapshot_at=exported or min(changed, now),
            snapshot_known=exported is not None,
        )
    )


def _report(path: Path, file: LedgerFile, done: ImportResult, mend_dir: Path) -> None:
    counts = {
        name: getattr(done, name)
        for name in ("good", "bad", "added", "changed", "vanished", "same")
    }
    click.echo(f"{file.file}: {both('ledger_import.done', **counts)}")
    for warning in file.warnings[:SHOWN]:
        click.echo(f"  ! {described(warning)}")
    for error in file.errors[:SHOWN]:
        click.echo(f"  {described(error)}", err=True)
    if len(file.errors) > SHOWN:
        click.echo(f"  … {both('command.more_rows', n=len(file.errors) - SHOWN)}", err=True)
    if file.errors:
        target = mend_dir / f"{Path(shown_name(path.name)).stem}.mend.csv"
        try:
            # The byte-order mark makes Excel read it as UTF-8.
            target.write_text(mend_csv(file, every_language()), encoding="utf-8-sig", newline="")
        except OSError as error:
            why = str(error.strerror)
            raise refusal("ledger_import.cannot_mend", file=str(target), why=why) from None
        click.echo(f"  {both('ledger_import.mend')}: {target}")


def _exported_at(text: str | None) -> datetime | None:
    try:
        return export_time(text or "", datetime.now(UTC))
    except ExportTimeError as error:
        raise _bad_time(both(error.message)) from None


def _bad_time(text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint="--exported-at")
