"""From a sheet's cells to tables: where the headings are, what stands above them, which rows follow.

An export has a title block on top, headings over one to three rows, the same headings again on every
printed page, and sometimes another block with other columns further down.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from laaswatch_collector.ledger.choices import OFFERED
from laaswatch_collector.ledger.headers import REQUIRED, Headings
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.worktime.thai import latin_digits

Cell = str | int | float | bool | datetime | date | time | timedelta | None

HEADING_ROWS = 3
"""The most rows that one heading may take."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells of one sheet or text file. `rows`: (number as a person counts, cells).

    `broken`: rows whose cells cannot be told apart, with the reason (a key of the catalogues). `delimited`: cells
    were cut apart at a separator, so that a row too wide is a row cut wrongly.
    """

    name: str
    rows: Sequence[tuple[int, Sequence[Cell]]]
    broken: dict[int, str] = field(default_factory=dict)
    delimited: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One heading with the rows under it, and what the titles above said."""

    columns: dict[str, int]
    header: tuple[str, ...]  # the lowest text above each column
    book: Book | None
    fiscal_year: int | None
    rows: list[tuple[int, Sequence[Cell]]]
    row: int = 1
    signature: str = ""
    confirmed: bool = False
    matched: Mapping[str, int] = field(default_factory=dict)
    """Columns that are hashed and not kept: canonical heading → column."""
    width: int = 0
    """Cells of the heading, blank ones at its end among them."""

    def header_of(self, column: int) -> str:
        """The heading of a column as the file has it."""
        return self.header[column] if column < len(self.header) else ""


def tables_of(
    sheet: Sheet, headings: Headings, layouts: Mapping[str, Mapping[str, int]] | None = None
) -> Iterator[Table]:
    """The tables of a sheet, top to bottom; none if no heading with the required columns was found.

    `layouts`: columns that a person confirmed, by the heading's signature: their word goes before ours.
    """
    book = headings.book_in(sheet.name)
    fiscal_year: int | None = None
    table: Table | None = None
    skip_to = 0
    for index, (number, cells) in enumerate(sheet.rows):
        if index < skip_to:
            continue
        columns, height = _confirmed_at(sheet, index, headings, layouts) if layouts else ({}, 0)
        confirmed = bool(columns)
        if not columns:
            columns, height = _heading_at(sheet, index, headings)
        if columns:
            skip_to = index + height
            if table is not None and table.columns == columns and table.book in {None, book}:
                continue  # the page's heading again
            if table is not None:
                yield table
            header = header_texts(sheet, index, height)
            table = Table(
                columns,
                header,
                book,
                fiscal_year,
                [],
                row=number,
                signature=signature(header),
                confirmed=confirmed,
                matched=headings.matched_columns(header),
                width=max(len(row) for _, row in sheet.rows[index : index + height]),
            )
            continue
        if title := _title(cells):
            book = headings.book_in(title) or book
            fiscal_year = _fiscal_year_in(title) or fiscal_year
        if table is not None:
            table.rows.append((number, cells))
    if table is not None:
        yield table


def signature(header: Sequence[str]) -> str:
    """What tells one heading from another: its words in their order, whatever their spaces and capitals."""
    words = "\x1f".join("".join(text.split()).casefold() for text in header).rstrip("\x1f")
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=16).hexdigest()


def missing_columns(sheets: Sequence[Sheet], headings: Headings) -> set[str]:
    """The required fields that even the most heading-like row lacks: for the message of a refusal."""
    best: set[str] = set()
    for sheet in sheets:
        for _, cells in sheet.rows[:60]:
            found = set(headings.columns([cells]))
            best = max(best, found, key=len)
    return set(REQUIRED) - best


def _heading_at(sheet: Sheet, index: int, headings: Headings) -> tuple[dict[str, int], int]:
    """The columns of the heading that begins at this row and its height in rows; ({}, 0) if none does."""
    first = sheet.rows[index][1]
    if not any(isinstance(c, str) and c and headings.field_of(c) for c in first):
        return {}, 0
    best: dict[str, int] = {}
    height = 0
    for rows in range(1, HEADING_ROWS + 1):
        block = [cells for _, cells in sheet.rows[index : index + rows]]
        columns = headings.columns(block)
        if all(name in columns for name in REQUIRED) and len(columns) > len(best):
            best, height = columns, rows
    return best, height


def _confirmed_at(
    sheet: Sheet, index: int, headings: Headings, layouts: Mapping[str, Mapping[str, int]]
) -> tuple[dict[str, int], int]:
    """The columns of a confirmed heading that begins at this row, and its height; ({}, 0) if none does.

    A person places only some of the fields; the others stay where their headings put them.
    """
    if sum(1 for cell in sheet.rows[index][1] if isinstance(cell, str) and cell) < 2:
        return {}, 0
    for height in range(1, HEADING_ROWS + 1):
        if found := layouts.get(signature(header_texts(sheet, index, height))):
            known = headings.columns([cells for _, cells in sheet.rows[index : index + height]])
            others = {
                name: column
                for name, column in known.items()
                if name not in OFFERED and column not in found.values()
            }
            return {**others, **found}, height
    return {}, 0


def header_texts(sheet: Sheet, index: int, height: int) -> tuple[str, ...]:
    """The lowest text above each column, of the heading that begins at this row."""
    rows = [cells for _, cells in sheet.rows[index : index + height]]
    texts = [
        next((str(row[c]).strip() for row in reversed(rows) if c < len(row) and row[c]), "")
        for c in range(max(map(len, rows)))
    ]
    return tuple(" ".join(text[:200].split()) for text in texts)


def _title(cells: Sequence[Cell]) -> str:
    """The text of a row that holds one text only: a title, or the name of a section."""
    filled = [c for c in cells if c not in {None, ""}]
    if filled and all(isinstance(c, str) and c == filled[0] for c in filled):
        return str(filled[0])[:300]
    return ""


def _fiscal_year_in(title: str) -> int | None:
    found = re.search(r"ปีงบประมาณ\D{0,12}(25[5-9]\d|26[0-4]\d)(?!\d)", latin_digits(title))
    return int(found[1]) if found else None
