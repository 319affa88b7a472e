"""Headings as a person is asked about them: their words, what stands under them, and what tells two apart.

Nothing under a heading is shown, only what it looks like: an unknown column may hold anything.
"""

from collections.abc import Sequence
from datetime import date, datetime

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import Layout
from laaswatch_collector.ledger.table import Cell, Sheet, Table, header_texts, signature
from laaswatch_collector.worktime.thai import DateError, latin_digits, parse_moment

LOOKED_AT = 200
"""Rows under a heading that say what its columns look like."""
TOP = 60
"""Rows of a sheet in which an unknown heading is looked for."""
MOST_LAYOUTS = 4
MOST_COLUMNS = 40
"""Columns of an unknown heading that a person is asked about."""


def layouts_of(tables: Sequence[Table]) -> tuple[Layout, ...]:
    """The different headings of these tables, the first `MOST_LAYOUTS`."""
    found: dict[str, Layout] = {}
    for table in tables:
        if table.signature not in found and len(found) < MOST_LAYOUTS:
            rows = [cells for _, cells in table.rows[:LOOKED_AT]]
            found[table.signature] = Layout(
                table.signature,
                table.row,
                table.header,
                _looks(rows, len(table.header)),
                dict(table.columns),
                table.confirmed,
            )
    return tuple(found.values())


def guessed_layouts(sheets: Sequence[Sheet], headings: Headings) -> tuple[Layout, ...]:
    """What may be a heading in a file without a known one: several words, and soon a date under them."""
    found: list[Layout] = []
    for sheet in sheets:
        top = sheet.rows[:TOP]
        for index, (number, cells) in enumerate(top):
            words = [c for c in cells if isinstance(c, str) and c.strip()]
            if len(set(words)) < 2 or any(_date_like(c) for c in cells):
                continue
            height = next(
                (n for n in (1, 2, 3) if index + n < len(top) and _is_data(top[index + n][1])), 0
            )
            if not height:
                continue
            header = header_texts(sheet, index, height)[:MOST_COLUMNS]
            rows = [cells for _, cells in sheet.rows[index + height :][:LOOKED_AT]]
            columns = headings.columns([cells for _, cells in top[index : index + height]])
            found.append(
                Layout(
                    signature(header),
                    number,
                    header,
                    _looks(rows, len(header)),
                    {name: c for name, c in columns.items() if c < len(header)},
                )
            )
            break
    return tuple(found[:MOST_LAYOUTS])


def _is_data(cells: Sequence[Cell]) -> bool:
    return any(_date_like(c) for c in cells)


def _date_like(cell: Cell) -> bool:
    if isinstance(cell, datetime | date):
        return True
    # A bare number may be Excel's day count, but then every amount would look like a date.
    if not isinstance(cell, str) or not 6 <= len(cell) <= 60 or cell.strip().isdigit():
        return False
    try:
        return parse_moment(cell) is not None
    except DateError:
        return False


def _looks(rows: Sequence[Sequence[Cell]], width: int) -> tuple[str, ...]:
    return tuple(_look([row[c] for row in rows if c < len(row)]) for c in range(width))


def _look(cells: Sequence[Cell]) -> str:
    filled = [c for c in cells if c is not None and str(c).strip()]
    if not filled:
        return "empty"
    for name, test in (("date", _date_like), ("number", _number_like)):
        if sum(map(test, filled)) >= 0.6 * len(filled):
            return name
    return "text"


def _number_like(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return True
    text = latin_digits(str(cell)).replace(",", "").strip("() -")
    return text.replace(".", "", 1).isdigit()
