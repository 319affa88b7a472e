"""XLSX from bytes to sheets, behind a check of the zip directory, so that no bomb is ever unpacked."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import python_calamine as calamine

from laaswatch_collector.ledger.broken_cells import broken_cells
from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.table import Cell, Sheet
from laaswatch_collector.ledger.text_tables import MOST_COLUMNS, MOST_ROWS, too_many_rows

MOST_PARTS = 1000
MOST_BYTES = 64 * 1024 * 1024
"""Unpacked size of all parts together. 100,000 rows of eight columns take about half of it."""
# A cell beyond column IZ or row 999,999, wherever it is written: the reader would fill up the space before it.
_FAR_CELL = re.compile(rb'\sr="(?:(?:[A-Z]{3}|[J-Z][A-Z])\d+|[A-Z]*\d{7,})"')
_CHUNK = 1024 * 1024


def workbook_sheets(data: bytes) -> list[Sheet]:
    """The visible sheets of a workbook; raises LedgerFormatError."""
    broken = _check_zip(data)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheets = []
            for index, about in enumerate(book.sheets_metadata):
                if (
                    about.visible is calamine.SheetVisibleEnum.Visible
                    and about.typ is calamine.SheetTypeEnum.WorkSheet
                ):
                    sheets.append(_sheet(book.get_sheet_by_index(index), broken))
    except calamine.PasswordError:
        raise _encrypted() from None
    except (calamine.CalamineError, OSError, ValueError):
        raise LedgerFormatError("file.damaged_workbook") from None
    return sheets


def _sheet(
    sheet: calamine.CalamineSheet, broken: Mapping[str, Mapping[tuple[int, int], str]]
) -> Sheet:
    if sheet.total_height > MOST_ROWS + 100 or sheet.total_width > MOST_COLUMNS:
        raise too_many_rows()
    rows = [[_cell(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), shown in broken.get(sheet.name, {}).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = shown
    return Sheet(sheet.name, list(enumerate(rows, 1)))


def _cell(value: object) -> Cell:
    if value == "":
        return None
    if isinstance(value, str | int | float | datetime | date | time | timedelta):
        return value
    return str(value)


def _check_zip(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Refuse what is no workbook, is encrypted, lies about its sizes or would not fit; else broken cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                raise LedgerFormatError(
                    "file.bomb",
                )
            if any(part.flag_bits & 1 for part in parts):
                raise _encrypted()
            if "xl/workbook.xml" not in names:
                raise LedgerFormatError(
                    "file.no_workbook",
                )
            for part in parts:
                _check_part(archive, part)
            return broken_cells(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
    ) as error:
        if isinstance(error, LedgerFormatError):
            raise
        raise LedgerFormatError("file.damaged_workbook") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part once through: its size and checksum must be true, its cells within bounds."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if part.filename.startswith("xl/worksheets/") and _FAR_CELL.search(tail + chunk):
                raise too_many_rows()
            tail = chunk[-32:]


def _encrypted() -> LedgerFormatError:
    return LedgerFormatError(
        "file.encrypted",
    )
