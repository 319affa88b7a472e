"""A cell as text, whatever the spreadsheet made of it, and why a row was not taken."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from laaswatch_collector.ledger.table import Cell
from laaswatch_collector.worktime.thai import latin_digits

UNREADABLE = "\ufffd"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SHEET_ERRORS = frozenset(
    {
        "#REF!", "#VALUE!", "#N/A", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
        "#GETTING_DATA", "Err:502", "Err:504", "Err:508",
    }
)  # fmt: skip


class BadRow(Exception):
    """One row is not taken: the field at fault, and the reason for the person who keeps the book."""

    def __init__(self, column: str, reason_th: str, reason_en: str) -> None:
        super().__init__(reason_en)
        self.column, self.reason_th, self.reason_en = column, reason_th, reason_en


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
            "มีอักขระที่อ่านไม่ได้ (รหัสภาษาไทยในแฟ้มปนกัน)",
            "holds characters that cannot be read (mixed encodings in the file)",
        )
    if shows_error(cell):
        raise BadRow(
            name,
            f"สูตรในช่องนี้เสีย ({cell.strip()}) โปรดแก้ในโปรแกรมตารางก่อน",
            f"the formula in this cell is broken ({cell.strip()}): mend it in the spreadsheet first",
        )
