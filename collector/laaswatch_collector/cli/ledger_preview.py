"""`laaswatch-collector ledger preview`: what would be understood of a file; nothing of it is imported."""

import getpass
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.office import described
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.ledger.choices import OFFERED, ChoiceError, checked
from laaswatch_collector.ledger.model import Book, Layout, LedgerFile, LedgerFormatError, RowError
from laaswatch_collector.ledger.parse import shown_name
from laaswatch_collector.ledger.read import LedgerReader
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.ledger_layouts import confirm_layout, confirmed_layouts
from laaswatch_collector.store.offices import office_codes
from laaswatch_collector.worktime.thai import thai_date

SHOWN = 10


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--office", required=True, metavar="CODE", help="The office the file belongs to.")
@click.option("--book", type=click.Choice([str(b) for b in Book]), help="Which of the three books.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=LETTER",
    help=f"Say which column is which, such as event_date=A. Fields: {', '.join(OFFERED)}.",
)
@click.option("--confirm", is_flag=True, help="Keep these columns for this office and book.")
@config_option
def preview(
    file: Path,
    office: str,
    book: str | None,
    columns: tuple[str, ...],
    confirm: bool,
    config: CollectorConfig,
) -> None:
    """Show what is understood of a ledger file: columns, first rows, bad rows. Imports nothing."""
    said = _said(columns)
    wanted = Book(book) if book else None
    with open_store(config) as database, LedgerReader() as reader:
        if office not in database.read(office_codes):
            raise refusal("command.no_office", office=office)
        known = database.read(lambda c: confirmed_layouts(c, office, wanted))
        layouts: dict[str, Mapping[str, int]] = {x.signature: x.columns for x in known.values()}

        def read() -> LedgerFile:
            return reader.read(
                file,
                office_code=office,
                book=wanted,
                latest=datetime.now(UTC),
                layouts=layouts,
            )

        try:
            found = _headings(read)
            _show_headings(found)
            if said:
                if len(found) != 1:
                    raise refusal("ledger_preview.headings")
                layouts[found[0].signature] = said
            understood = read()
        except LedgerFormatError as error:
            whole = RowError(shown_name(file.name), 0, "", error.message)
            click.echo(described(whole), err=True)
            raise SystemExit(1) from None
        if said:
            _show_headings(understood.layouts)
        _show_rows(understood)
        if confirm:
            _keep(database, office, understood)


def _headings(read: Callable[[], LedgerFile]) -> tuple[Layout, ...]:
    """The headings of the file, also of one that cannot be read without help."""
    try:
        return read().layouts
    except LedgerFormatError as error:
        if not error.layouts:
            raise
        return error.layouts


def _show_headings(layouts: tuple[Layout, ...]) -> None:
    for x in layouts:
        by_column = {column: name for name, column in x.columns.items()}
        state = both(f"ledger_preview.{'confirmed' if x.confirmed else 'not_confirmed'}")
        click.echo(f"{both('ledger_preview.heading', row=x.row)} ({state})")
        for column, text in enumerate(x.header):
            if text or x.looks[column] != "empty":
                field = by_column.get(column, "-")
                click.echo(f"  {_letter(column)}  {field:<13} {text[:40]} ({x.looks[column]})")


def _show_rows(file: LedgerFile) -> None:
    echo("ledger_preview.counts", good=len(file.rows), bad=len(file.errors))
    for row in file.rows[:SHOWN]:
        cancelled = f" {both('ledger_preview.cancelled')}" if row.cancelled else ""
        click.echo(f"  {row.doc_no}  {thai_date(row.event_at)}  {row.book}{cancelled}")
    for warning in file.warnings[:SHOWN]:
        click.echo(f"  ! {described(warning)}")
    for error in file.errors[:SHOWN]:
        click.echo(f"  {described(error)}", err=True)


def _keep(database: Database, office: str, file: LedgerFile) -> None:
    books = sorted({row.book for row in file.rows} or ({file.book} if file.book else set()))
    if not books:
        raise refusal("ledger_preview.no_book")
    who, now = getpass.getuser(), datetime.now(UTC)

    def keep(connection: sa.Connection) -> None:
        for x in file.layouts:
            for book in books:
                confirm_layout(connection, office, book, x.signature, x.columns, who=who, now=now)

    database.write(keep)
    echo("ledger_preview.kept")


def _said(columns: tuple[str, ...]) -> dict[str, int]:
    """Field → column from FIELD=LETTER."""
    if not columns:
        return {}
    said = {}
    for text in columns:
        found = re.fullmatch(r"([a-z_]+)=([A-Za-z]{1,2})", text)
        if found is None or found[1] not in OFFERED:
            raise click.BadParameter(
                both("ledger_preview.bad_column", text=text), param_hint="--column"
            )
        said[found[1]] = str(_number(found[2].upper()))
    try:
        return checked(said)
    except ChoiceError as error:
        raise click.BadParameter(both(error.message), param_hint="--column") from None


def _letter(column: int) -> str:
    first, second = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
