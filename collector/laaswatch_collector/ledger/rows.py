"""From tables to entries: one row at a time, the good ones in, the bad ones back with their reason."""

import re
from collections.abc import Iterator, Mapping, Sequence

from laaswatch_collector.ledger import row_dates, row_fields
from laaswatch_collector.ledger.cells import BadRow, cell_at, is_blank, shows_error, text_of_cell
from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.layouts import guessed_layouts, layouts_of
from laaswatch_collector.ledger.likeness import match_hash
from laaswatch_collector.ledger.model import (
    Book,
    Expected,
    LedgerFile,
    LedgerFormatError,
    LedgerRow,
    RowError,
)
from laaswatch_collector.ledger.reading import Reading
from laaswatch_collector.ledger.table import Cell, Sheet, Table, missing_columns, tables_of
from laaswatch_collector.messages import word
from laaswatch_collector.worktime.thai import BANGKOK, fiscal_year, latin_digits

MEND_FIELDS = ("office_code", "book", "doc_no", "event_date", "recorded_at", "kind")
"""What is kept of a bad row, in the order of the template's columns."""
_DATE_LIKE = re.compile(r"\d\s*[-/.]\s*\d|\d{1,2}\s*[ก-๙]+\.?\s*[ก-๙.]*\s*\d{2,4}")


def read_sheets(
    sheets: Sequence[Sheet], file: str, headings: Headings, expected: Expected
) -> LedgerFile:
    """All entries of a file; raises LedgerFormatError if nothing in it can be a ledger."""
    tables = [
        (sheet, table) for sheet in sheets for table in tables_of(sheet, headings, expected.layouts)
    ]
    if not tables:
        raise _no_table(sheets, headings)
    layouts = layouts_of([table for _, table in tables])
    reading = Reading(file, headings, expected, row_dates.era_of([t for _, t in tables]))
    for sheet, table in tables:
        try:
            _check(table, reading)
        except LedgerFormatError as refusal:
            raise LedgerFormatError(refusal.message, layouts=layouts) from None
        reading.above, reading.section_kind = None, ""
        for number, cells in table.rows:
            _take(number, cells, sheet, table, reading)
    if not reading.rows and not reading.errors:
        raise LedgerFormatError(
            "file.no_entry",
            layouts=layouts,
        )
    repeated = sum(1 for count in reading.lines.values() if count > 1)
    if repeated:
        reading.warn(
            0,
            "doc_no",
            "row.repeated",
            n=repeated,
        )
    days = [row.event_at.astimezone(BANGKOK).date() for row in reading.rows]
    books = {row.book for row in reading.rows}
    offices = {row.office_code for row in reading.rows}
    first = tables[0][1]
    return LedgerFile(
        file=file,
        book=books.pop() if len(books) == 1 else expected.book,
        office_code=offices.pop() if len(offices) == 1 else expected.office_code,
        rows=tuple(reading.rows),
        errors=tuple(reading.errors),
        warnings=tuple(reading.warnings),
        columns={name: first.header_of(column) for name, column in first.columns.items()},
        header=first.header,
        first_event=min(days, default=None),
        last_event=max(days, default=None),
        additive="office_code" in first.columns and "book" in first.columns,
        layouts=layouts,
    )


def entries_by_office(file: LedgerFile) -> Iterator[tuple[tuple[str, Book], list[LedgerRow]]]:
    """The rows of a file by office and book, in the file's order."""
    groups: dict[tuple[str, Book], list[LedgerRow]] = {}
    for row in file.rows:
        groups.setdefault((row.office_code, row.book), []).append(row)
    yield from groups.items()


# ------------------------------------------------------------------ the file as a whole


def _no_table(sheets: Sequence[Sheet], headings: Headings) -> LedgerFormatError:
    if not any(not is_blank(c) for sheet in sheets for _, cells in sheet.rows for c in cells):
        return LedgerFormatError("file.empty")
    missing = sorted(missing_columns(sheets, headings))
    columns = ", ".join(f"“{headings.names[name]}” ({name})" for name in missing)
    return LedgerFormatError(
        "file.no_heading",
        columns=columns,
        layouts=guessed_layouts(sheets, headings),
    )


def _check(table: Table, reading: Reading) -> None:
    """Refuse a table that is not what was asked for, or that nobody can place."""
    wanted = reading.expected.book
    if wanted and table.book and table.book is not wanted:
        raise LedgerFormatError(
            "file.other_book",
            book=word("book", table.book),
            wanted=word("book", wanted),
        )
    if not (wanted or table.book or "book" in table.columns):
        raise LedgerFormatError(
            "file.which_book",
        )
    if not (reading.expected.office_code or "office_code" in table.columns):
        raise LedgerFormatError(
            "file.which_office",
        )


# ------------------------------------------------------------------ one row


def _take(number: int, cells: Sequence[Cell], sheet: Sheet, table: Table, reading: Reading) -> None:
    found = {name: cell_at(cells, column) for name, column in table.columns.items()}
    try:
        _check_whole(number, sheet)
        if _is_entry(found, cells, reading):
            _check_width(cells, sheet, table)
            reading.rows.append(_entry(number, found, cells, table, reading))
    except BadRow as bad:
        reading.errors.append(
            RowError(
                reading.file,
                number,
                _shown_column(bad.column, table, reading.headings),
                bad.message,
                _kept(found, table, reading),
            )
        )


def _check_whole(number: int, sheet: Sheet) -> None:
    if number in sheet.broken:
        raise BadRow("", sheet.broken[number])


def _is_entry(found: Mapping[str, Cell], cells: Sequence[Cell], reading: Reading) -> bool:
    """Whether a row is an entry; blank rows, totals, signatures and the names of sections are not."""
    number, when = row_fields.number_text(found), found.get("event_date")
    if number:
        if reading.headings.is_total([number]) or reading.headings.is_footer(number):
            return False
        # Names under the table, in the column of the numbers: no date, no digit, no entry.
        return not is_blank(when) or any(c.isdigit() for c in number) or shows_error(number)
    if is_blank(when) or reading.headings.is_total(cells):
        return False
    alone = sum(1 for cell in cells if not is_blank(cell)) == 1
    if isinstance(when, str) and (alone or not _DATE_LIKE.search(latin_digits(when))):
        reading.section_kind = reading.headings.kind_of(when)
        return False
    return True


def _check_width(cells: Sequence[Cell], sheet: Sheet, table: Table) -> None:
    """In a text file, more cells than headings mean that some cell was cut in two: which, nobody knows."""
    if sheet.delimited and any(not is_blank(cell) for cell in cells[table.width :]):
        raise BadRow(
            "",
            "row.too_wide",
        )


def _entry(
    number: int,
    found: Mapping[str, Cell],
    cells: Sequence[Cell],
    table: Table,
    reading: Reading,
) -> LedgerRow:
    day = row_dates.event_moment(number, found, reading)
    doc_no = row_fields.doc_no(found)
    office = row_fields.office(found, reading.expected)
    book = row_fields.book(found, table, reading)
    kind = row_fields.kind(found, reading)
    if kind == "bank" and (notice := row_dates.moment_of("notice_date", found, number, reading)):
        day, kind = notice, "bank_notified"
    event_at, precision = row_dates.at_of(day)
    row_dates.not_in_future("event_date", event_at, reading.expected)
    recorded = row_dates.recorded(number, found, event_at, reading)
    year = table.fiscal_year or fiscal_year(day.day)
    cancelled = reading.headings.is_cancelled(
        f"{text_of_cell(found.get('status'))} {text_of_cell(found.get('doc_no'))}"
    )
    key = (office, year, book, doc_no)
    reading.lines[key] += 1
    return LedgerRow(
        office_code=office,
        book=book,
        fiscal_year=year,
        doc_no=doc_no,
        line=reading.lines[key],
        kind=kind,
        event_at=event_at,
        event_precision=precision,
        recorded_from=recorded[0],
        recorded_to=recorded[1],
        recorded_precision=recorded[2],
        cancelled=cancelled,
        match=match_hash(cells, table.matched, reading.expected.key),
    )


def _kept(found: Mapping[str, Cell], table: Table, reading: Reading) -> tuple[str, ...]:
    """What goes into the file of rows to mend: only the fields that are read anyway."""
    expected = reading.expected
    known = {
        "office_code": expected.office_code or "",
        "book": str(expected.book or table.book or ""),
    }
    values = {name: text_of_cell(found.get(name)) or known.get(name, "") for name in MEND_FIELDS}
    if book_no := text_of_cell(found.get("book_no")):
        values["doc_no"] = f"{book_no}/{values['doc_no']}"
    return tuple(values[name][:200] for name in MEND_FIELDS)


def _shown_column(name: str, table: Table, headings: Headings) -> str:
    if name in table.columns:
        return table.header_of(table.columns[name]) or headings.names.get(name, name)
    return headings.names.get(name, name)
