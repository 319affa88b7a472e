"""A ledger file from bytes to entries: the whole way, free of files and clocks."""

import re
from dataclasses import replace

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import Expected, LedgerFile, LedgerFormatError
from laaswatch_collector.ledger.rows import read_sheets
from laaswatch_collector.ledger.sniff import Content, content_of, text_of
from laaswatch_collector.ledger.table import Sheet
from laaswatch_collector.ledger.text_tables import csv_sheet, html_sheets
from laaswatch_collector.ledger.workbook import workbook_sheets

MOST_BYTES = 10 * 1024 * 1024
"""The site itself takes no larger files."""


def parse_ledger(data: bytes, name: str, headings: Headings, expected: Expected) -> LedgerFile:
    """The entries in a file's bytes; raises LedgerFormatError and nothing else."""
    if len(data) > MOST_BYTES:
        raise LedgerFormatError(
            "file.too_big",
            size=MOST_BYTES // 1024 // 1024,
        )
    shown = shown_name(name)
    sheets = _sheets(data, shown, headings)
    unnamed = all(headings.book_in(sheet.name) is None for sheet in sheets)
    if unnamed and (book := headings.book_in(name[:200])):
        # The file's name is the last place that may say which book this is.
        sheets = [replace(sheet, name=str(book)) for sheet in sheets]
    return read_sheets(sheets, shown, headings, expected)


def shown_name(name: str) -> str:
    """A file's name as it is kept and shown: the last part, printable, not endless."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable() and c not in '<>|:*?"')[:120] or "ledger"


def _sheets(data: bytes, name: str, headings: Headings) -> list[Sheet]:
    match content_of(data):
        case Content.WORKBOOK:
            return workbook_sheets(data)
        case Content.HTML:
            return html_sheets(text_of(data), name)
        case Content.TEXT:
            return [csv_sheet(text_of(data), name, headings)]
