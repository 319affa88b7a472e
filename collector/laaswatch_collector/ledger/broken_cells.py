"""Cells of a workbook that show an error, or whose formula was never computed.

The reader gives both as blank, and a blank date means "the date above": a broken formula would quietly get
another row's date. So they are found in the sheet's own text and named instead.
"""

import re
import zipfile
from html import unescape

NOT_COMPUTED = "#CALC!"
"""What stands for a formula without a stored result: a program wrote it that does not calculate."""
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([1-9]\d{0,6})"')
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")


def broken_cells(archive: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name → (row, column) from 0 → the error that it shows. Sheets without any are left out."""
    found = {}
    for name, part in _sheet_parts(archive).items():
        if part in archive.namelist() and (cells := _in_sheet(archive.read(part))):
            found[name] = cells
    return found


def _in_sheet(data: bytes) -> dict[tuple[int, int], str]:
    if b'"e"' not in data and b"<f" not in data:
        return {}
    found: dict[tuple[int, int], str] = {}
    for cell in _CELL.finditer(data):
        attributes, inside = cell[1], cell[2] or b""
        is_error = b't="e"' in attributes
        if not is_error and b"<f" not in inside:
            continue
        value = _VALUE.search(inside)
        text = value[1].decode("utf-8", "replace") if value else ""
        if (is_error or not text) and (place := _PLACE.search(attributes)):
            found[int(place[2]) - 1, _column(place[1])] = text or NOT_COMPUTED
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its part of the archive."""
    names = archive.namelist()
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(names):
        return {}
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(relations)
    }
    parts = {}
    for tag in _SHEET.findall(book):
        target = targets.get(_attribute(tag, r"\w+:id"), "")
        if target:
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            parts[unescape(_attribute(tag, "name"))] = path
    return parts


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""
