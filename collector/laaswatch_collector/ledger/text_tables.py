"""Sheets from text: CSV with any separator, and the HTML tables that old sites export as ".xls"."""

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.table import Cell, Sheet, tables_of

MOST_ROWS = 100_000
MOST_COLUMNS = 256
LONGEST_LINE = 100_000
"""Characters; below what the CSV reader itself takes for one cell."""
LINES_OF_A_RECORD = 5
"""A quoted cell may hold line breaks; one that goes on for longer was never closed."""
SEPARATORS = (",", "\t", ";", "|")

_OPEN_QUOTE = "row.open_quote"


def too_many_rows() -> LedgerFormatError:
    """The refusal of a file beyond the limits."""
    return LedgerFormatError(
        "file.too_many_rows",
        rows=MOST_ROWS,
        columns=MOST_COLUMNS,
    )


def csv_sheet(text: str, name: str, headings: Headings) -> Sheet:
    """A text file as a sheet, split by the separator under which its headings are recognised."""
    records = list(_records(text))
    best: Sheet | None = None
    for separator in SEPARATORS:
        head = _split(records[:80], separator, name)
        if next(tables_of(head, headings), None) is not None:
            return _split(records, separator, name)
        if best is None or _width(head) > _width(best):
            best = head
    return best or Sheet(name, [])


def _width(sheet: Sheet) -> int:
    return max((len(cells) for _, cells in sheet.rows), default=0)


def _records(text: str) -> Iterator[tuple[int, str, bool]]:
    """(line number, record, whole): lines joined while a quotation mark is open, but not for ever."""
    lines = re.split(r"\r\n|\n|\r", text)
    if len(lines) > 2 * MOST_ROWS:
        raise too_many_rows()
    at = 0
    while at < len(lines):
        size = 1
        while lines[at].count('"') % 2 and size <= LINES_OF_A_RECORD and at + size <= len(lines):
            joined = "\n".join(lines[at : at + size])
            if joined.count('"') % 2 == 0:
                break
            size += 1
        record = "\n".join(lines[at : at + size])
        whole = record.count('"') % 2 == 0 and len(record) <= LONGEST_LINE
        if not whole:
            size, record = 1, lines[at][:LONGEST_LINE]
        yield at + 1, record, whole
        at += size


def _split(records: list[tuple[int, str, bool]], separator: str, name: str) -> Sheet:
    rows: list[tuple[int, list[Cell]]] = []
    broken: dict[int, str] = {}
    for number, record, whole in records:
        try:
            cells = next(csv.reader([record], delimiter=separator), []) if whole else None
        except csv.Error:
            cells = None
        if cells is None:
            cells = [cell.strip('"') for cell in record.split(separator)]
            broken[number] = _OPEN_QUOTE
        if len(cells) > MOST_COLUMNS:
            cells, broken[number] = cells[:MOST_COLUMNS], _OPEN_QUOTE
        rows.append((number, [cell.strip() for cell in cells]))
    if len(rows) > MOST_ROWS + 100:
        raise too_many_rows()
    return Sheet(name, rows, broken, delimited=True)


# ------------------------------------------------------------------ HTML


def html_sheets(text: str, name: str) -> list[Sheet]:
    """The tables of an HTML page as one sheet, since a report's title is often a table of its own.

    Cells that span stay in their first place, the others are blank.
    """
    parser = _Tables()
    parser.feed(text)
    parser.close()
    rows = [row for table in parser.tables for row in table]
    return [Sheet(name, rows)] if rows else []


class _Tables(HTMLParser):
    """Collects rows of text. Nested tables are kept apart; scripts and styles are skipped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[int, list[Cell]]]] = [[]]
        self._row: list[Cell] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._down: dict[int, int] = {}  # column → rows for which a cell above still reaches down
        self._rowspan = 1
        self._skipping = 0
        self._rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._skipping += 1
        elif tag == "table":
            self._end_row()
            self.tables.append([])
            self._down = {}
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in {"td", "th"}:
            self._end_cell()
            if self._row is None:
                self._row = []
            values = dict(attrs)
            self._span = _span(values.get("colspan"))
            self._rowspan = _span(values.get("rowspan"))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._skipping = max(0, self._skipping - 1)
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in {"tr", "table"}:
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skipping:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        while self._down.get(len(self._row), 0) > 0:
            self._row.append("")
        for column in range(len(self._row), len(self._row) + self._span):
            if self._rowspan > 1:
                self._down[column] = self._rowspan
        text = " ".join("".join(self._cell).split())
        self._row += [text, *[""] * (self._span - 1)]
        self._cell = None
        if len(self._row) > MOST_COLUMNS:
            raise too_many_rows()

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise too_many_rows()
        self.tables[-1].append((self._rows, self._row))
        self._row = None
        self._down = {column: left - 1 for column, left in self._down.items() if left > 1}


def _span(text: str | None) -> int:
    return min(int(text), MOST_COLUMNS) if text and re.fullmatch(r"[1-9]\d{0,2}", text) else 1
