"""Builders of ledger files, and a reader that stays in this process."""

import io
from datetime import UTC, datetime

import openpyxl

from laaswatch_collector.ledger.model import Expected
from laaswatch_collector.ledger.parse import parse_ledger
from laaswatch_collector.site_rules import load_headings

OFFICE = "6570401"
HEADINGS = load_headings()
HEAD = "วันที่,เลขที่เอกสาร,รายการ,จำนวนเงิน\n"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def read(data, name="สมุดเงินสดรับ.csv", **expected):
    """The entries of text or bytes, as of NOW, for OFFICE unless told otherwise."""
    if isinstance(data, str):
        data = data.encode()
    return parse_ledger(
        data, name, HEADINGS, Expected(**({"office_code": OFFICE, "latest": NOW} | expected))
    )


def workbook(*rows, title="Sheet1", change=lambda book, sheet: None):
    """An XLSX of these rows; `change` may do more to it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    change(book, sheet)
    memory = io.BytesIO()
    book.save(memory)
    book.close()
    return memory.getvalue()
