"""What one row is about: its document number, its office, its book, its kind."""

import re
from collections.abc import Mapping
from datetime import date

from laaswatch_collector.ledger.cells import BadRow, check_readable, text_of_cell
from laaswatch_collector.ledger.model import Book, Expected
from laaswatch_collector.ledger.reading import Reading
from laaswatch_collector.ledger.table import Cell, Table
from laaswatch_collector.messages import word

LONGEST_NUMBER = 60
MOST_LETTERS = 24
"""Letters of a document number: more of them are words, and words may be somebody's name."""
_CANCELLED = re.compile(r"\s*\(?\s*(?:ยกเลิก|cancelled)\s*\)?\s*$", re.IGNORECASE)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)


def number_text(found: Mapping[str, Cell]) -> str:
    """The cell of the document number; a lone dash or nought is how a blank is printed."""
    text = text_of_cell(found.get("doc_no"))
    return "" if text in {"-", "–", "—", "0"} else text


def doc_no(found: Mapping[str, Cell]) -> str:
    """The document number, behind its book's where there is one. Raises BadRow."""
    cell = found.get("doc_no")
    text = number_text(found)
    book_no = text_of_cell(found.get("book_no"))
    if not text:
        raise BadRow("doc_no", "row.no_number")
    check_readable("doc_no", text)
    check_readable("doc_no", book_no)
    if isinstance(cell, date):
        raise BadRow(
            "doc_no",
            "row.number_as_date",
        )
    if _SHORTENED.fullmatch(text):
        raise BadRow(
            "doc_no",
            "row.number_cut",
        )
    text = _CANCELLED.sub("", text) or text
    number = f"{book_no}/{text}" if book_no else text
    # What was typed is not repeated here: it may be a name that slipped into the wrong column.
    if not any(c.isdigit() for c in text) or sum(c.isalpha() for c in number) > MOST_LETTERS:
        raise BadRow(
            "doc_no",
            "row.number_is_prose",
        )
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise BadRow(
            "doc_no",
            "row.number_odd",
        )
    return number


def office(found: Mapping[str, Cell], expected: Expected) -> str:
    """The office of a row. Raises BadRow."""
    text = text_of_cell(found.get("office_code"))
    code = text or expected.office_code or ""
    if not code:
        raise BadRow("office_code", "row.no_office")
    if expected.office_code and code != expected.office_code:
        raise BadRow(
            "office_code",
            "row.other_office",
            shown=code[:20],
            office=expected.office_code,
        )
    if expected.offices is not None and code not in expected.offices:
        raise BadRow(
            "office_code",
            "row.unknown_office",
            shown=code[:20],
        )
    return code


def book(found: Mapping[str, Cell], table: Table, reading: Reading) -> Book:
    """The book of a row. Raises BadRow."""
    wanted = reading.expected.book
    text = text_of_cell(found.get("book"))
    if text:
        named = reading.headings.book_of(text) or reading.headings.book_in(text)
        if named is None:
            raise BadRow("book", "row.unknown_book", shown=text[:40])
        if wanted and named is not wanted:
            raise BadRow(
                "book",
                "row.other_book",
                book=word("book", named),
                wanted=word("book", wanted),
            )
        return named
    placed = wanted or table.book
    if placed is None:
        raise BadRow("book", "row.no_book")
    return placed


def kind(found: Mapping[str, Cell], reading: Reading) -> str:
    """The kind of a row, "" if nothing tells it."""
    for name in ("kind", "account_code", "account_name"):
        text = text_of_cell(found.get(name))
        if text and (known := reading.headings.kind_of(text[:80])):
            return known
    return reading.section_kind
