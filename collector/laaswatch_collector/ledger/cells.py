"""A cell as text, whatever the spreadsheet made of it, and why a row was not taken."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from laaswatch_collector.ledger.table import Cell
from laaswatch_collector.messages import Given, Message, Told
from laaswatch_collector.worktime.thai import latin_digits

UNREADABLE = "\ufffd"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SHEET_ERRORS = frozenset(
    {
        "#REF!", "#VALUE!", "#N/A", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
        "#GETTING_DATA", "Err:502", "Err:504", "Err:508",
    }
)  # fmt: skip


class BadRow(Told):
    """One row is not taken: the field at fault, and the reason for the person who keeps the book.

    What stood in the file goes into the value `shown`: it is shown to who brought the file, and never stored.
    """

    def __init__(self, column: str, said: str | Message, /, **values: Given) -> None:
        super().__init__(said, **values)
        self.column = column


def cell_at(cells: Sequence[Cell], column: int) -> Cell:
    """The cell of a column; None beyond the row's end."""
    return cells[column] if column < len(cells) else None


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def plain(cell: Cell) -> Cell:
    """Text without the quote that guards against formulas; other cells as they are."""
    return cell.strip().removeprefix("'") if isinstance(cell, str) else cell


def text_of_cell(cell: Cell) -> str:
    """A cell as text: numbers without a tail of zeros, Latin digits, no invisible characters."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime | date):
        cell = cell.isoformat()
    text = _INVISIBLE.sub("", latin_digits(str(plain(str(cell)))))
    return " ".join(text.split())


def shows_error(cell: Cell) -> bool:
    """Whether a cell shows a spreadsheet's error, such as #REF!."""
    return isinstance(cell, str) and cell.strip() in _SHEET_ERRORS


def check_readable(name: str, cell: Cell) -> None:
    """Raise BadRow for text in mixed encodings, and for a cell that shows a spreadsheet's error."""
    if not isinstance(cell, str):
        return
    if UNREADABLE in cell:
        raise BadRow(
            name,
            "row.unreadable",
        )
    if shows_error(cell):
        raise BadRow(
            name,
            "row.sheet_error",
            error=cell.strip(),
        )
