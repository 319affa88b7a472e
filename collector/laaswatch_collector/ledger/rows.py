"""From tables to entries: one row at a time, the good ones in, the bad ones back with their reason."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import (
    Book,
    LedgerFile,
    LedgerFormatError,
    LedgerRow,
    Precision,
    RowError,
)
from laaswatch_collector.ledger.table import Cell, Sheet, Table, missing_columns, tables_of
from laaswatch_collector.worktime.thai import (
    BANGKOK,
    DateError,
    Era,
    Moment,
    fiscal_year,
    latin_digits,
    local_midnight,
    parse_moment,
    thai_date,
)

MEND_FIELDS = ("office_code", "book", "doc_no", "event_date", "recorded_at", "kind")
"""What is kept of a bad row, in the order of the template's columns."""
LONGEST_NUMBER = 60
_CHRISTIAN = re.compile(r"(?<!\d)20[1-9]\d(?!\d)")
_BUDDHIST = re.compile(r"(?<!\d)2[56]\d\d(?!\d)")
_DATE_LIKE = re.compile(r"\d\s*[-/.]\s*\d|\d{1,2}\s*[ก-๙]+\.?\s*[ก-๙.]*\s*\d{2,4}")
_UNREADABLE = "\ufffd"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known before the file is opened. `latest`: no entry can be dated after this moment.

    `offices`: the codes that are registered; None: whatever the file says.
    """

    office_code: str | None = None
    book: Book | None = None
    latest: datetime | None = None
    offices: frozenset[str] | None = None


class _BadRow(Exception):
    def __init__(self, column: str, reason_th: str, reason_en: str) -> None:
        super().__init__(reason_en)
        self.column, self.reason_th, self.reason_en = column, reason_th, reason_en


@dataclass(slots=True)
class _State:
    """What one row hands to the next, and what is collected."""

    file: str
    headings: Headings
    expected: Expected
    two_digit_era: Era = Era.BUDDHIST
    above: date | _BadRow | None = None
    section_kind: str = ""
    rows: list[LedgerRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    lines: Counter[tuple[str, int, Book, str]] = field(default_factory=Counter)


def read_sheets(
    sheets: Sequence[Sheet], file: str, headings: Headings, expected: Expected
) -> LedgerFile:
    """All entries of a file; raises LedgerFormatError if nothing in it can be a ledger."""
    tables = [(sheet, table) for sheet in sheets for table in tables_of(sheet, headings)]
    if not tables:
        raise _no_table(sheets, headings)
    state = _State(file, headings, expected, _era_of([t for _, t in tables]))
    for sheet, table in tables:
        _check(table, state)
        state.above, state.section_kind = None, ""
        for number, cells in table.rows:
            _take(number, cells, sheet, table, state)
    if not state.rows and not state.errors:
        raise LedgerFormatError(
            "พบหัวตารางแต่ไม่มีรายการใดอยู่ข้างใต้",
            "the headings were found, but there is no entry under them",
        )
    repeated = sum(1 for count in state.lines.values() if count > 1)
    if repeated:
        state.warnings.append(
            RowError(
                file,
                0,
                headings.names["doc_no"],
                f"มีเลขที่เอกสาร {repeated} เลขที่ปรากฏมากกว่าหนึ่งครั้ง นับเป็นคนละบรรทัด",
                f"{repeated} document numbers appear more than once; each line is counted",
            )
        )
    return _result(state, tables[0][1])


def _result(state: _State, first: Table) -> LedgerFile:
    days = [row.event_at.astimezone(BANGKOK).date() for row in state.rows]
    books = {row.book for row in state.rows}
    offices = {row.office_code for row in state.rows}
    return LedgerFile(
        file=state.file,
        book=books.pop() if len(books) == 1 else state.expected.book,
        office_code=offices.pop() if len(offices) == 1 else state.expected.office_code,
        rows=tuple(state.rows),
        errors=tuple(state.errors),
        warnings=tuple(state.warnings),
        columns={name: first.header_of(column) for name, column in first.columns.items()},
        header=first.header,
        first_event=min(days, default=None),
        last_event=max(days, default=None),
        additive="office_code" in first.columns and "book" in first.columns,
    )


def _no_table(sheets: Sequence[Sheet], headings: Headings) -> LedgerFormatError:
    if not any(cells for sheet in sheets for _, cells in sheet.rows):
        return LedgerFormatError("แฟ้มนี้ว่างเปล่า", "the file is empty")
    missing = sorted(missing_columns(sheets, headings))
    names_th = " และ ".join(f"“{headings.names[name]}”" for name in missing)
    names_en = " and ".join(missing)
    return LedgerFormatError(
        f"ไม่พบหัวตารางของสมุดบัญชี: ไม่มีคอลัมน์ {names_th}",
        f"no ledger heading was found: there is no column for {names_en}",
    )


def _check(table: Table, state: _State) -> None:
    """Refuse a table that is not what was asked for, or that nobody can place."""
    wanted = state.expected.book
    if wanted and table.book and table.book is not wanted:
        raise LedgerFormatError(
            f"หัวเรื่องของแฟ้มบอกว่าเป็นสมุด {table.book} แต่ขอนำเข้าเป็น {wanted}",
            f"the title says that this is {table.book}, but it is to be imported as {wanted}",
        )
    if not (wanted or table.book or "book" in table.columns):
        raise LedgerFormatError(
            "ไม่ทราบว่าเป็นสมุดใด: โปรดระบุสมุดด้วย --book",
            "which book this is is not in the file: name it with --book",
        )
    if not (state.expected.office_code or "office_code" in table.columns):
        raise LedgerFormatError(
            "ไม่ทราบว่าเป็นของหน่วยงานใด: โปรดระบุรหัสหน่วยงานด้วย --office",
            "which office this belongs to is not in the file: name it with --office",
        )


def _era_of(tables: Sequence[Table]) -> Era:
    """How two-digit years are counted: พ.ศ., unless the dates of this file show only Christian years."""
    christian = False
    for table in tables:
        columns = [c for name, c in table.columns.items() if name.endswith(("_date", "_at"))]
        for _, cells in table.rows:
            for column in columns:
                text = cells[column] if column < len(cells) else None
                if isinstance(text, str):
                    text = latin_digits(text[:80])
                    if _BUDDHIST.search(text):
                        return Era.BUDDHIST
                    christian = christian or bool(_CHRISTIAN.search(text))
    return Era.CHRISTIAN if christian else Era.BUDDHIST


# ------------------------------------------------------------------ one row


def _take(number: int, cells: Sequence[Cell], sheet: Sheet, table: Table, state: _State) -> None:
    found = {name: _cell(cells, column) for name, column in table.columns.items()}
    try:
        _check_whole(number, sheet)
        if _is_entry(found, cells, state):
            state.rows.append(_entry(number, found, table, state))
    except _BadRow as bad:
        state.errors.append(
            RowError(
                state.file,
                number,
                _shown_column(bad.column, table, state.headings),
                bad.reason_th,
                bad.reason_en,
                _kept(found, table, state.expected),
            )
        )


def _check_whole(number: int, sheet: Sheet) -> None:
    if number in sheet.broken:
        raise _BadRow("", *sheet.broken[number])


def _is_entry(found: Mapping[str, Cell], cells: Sequence[Cell], state: _State) -> bool:
    """Whether a row is an entry; blank rows, totals and the names of sections are not."""
    if number := _number(found):
        return not state.headings.is_total([number])
    when = found.get("event_date")
    if when in {None, ""} or state.headings.is_total(cells):
        return False
    alone = sum(1 for cell in cells if cell not in {None, ""}) == 1
    if isinstance(when, str) and (alone or not _DATE_LIKE.search(latin_digits(when))):
        state.section_kind = state.headings.kind_of(when)
        return False
    return True


def _entry(number: int, found: Mapping[str, Cell], table: Table, state: _State) -> LedgerRow:
    day = _event(number, found, state)
    doc_no = _doc_no(found)
    office = _office(found, state.expected)
    book = _book(found, table, state)
    kind = _kind(found, state)
    if kind == "bank" and (notice := _moment("notice_date", found, number, state)):
        day, kind = notice, "bank_notified"
    event_at, precision = _at(day)
    _not_in_future("event_date", event_at, state.expected)
    recorded = _recorded(number, found, event_at, state)
    year = table.fiscal_year or fiscal_year(day.day)
    cancelled = state.headings.is_cancelled(
        f"{_text(found.get('status'))} {_text(found.get('doc_no'))}"
    )
    key = (office, year, book, doc_no)
    state.lines[key] += 1
    return LedgerRow(
        office_code=office,
        book=book,
        fiscal_year=year,
        doc_no=doc_no,
        line=state.lines[key],
        kind=kind,
        event_at=event_at,
        event_precision=precision,
        recorded_from=recorded[0],
        recorded_to=recorded[1],
        recorded_precision=recorded[2],
        cancelled=cancelled,
    )


def _event(number: int, found: Mapping[str, Cell], state: _State) -> Moment:
    """The event's date; a blank cell means the date above, if that one was good."""
    try:
        moment = _moment("event_date", found, number, state)
    except _BadRow as bad:
        state.above = bad
        raise
    if moment is not None:
        state.above = moment.day
        return moment
    if isinstance(state.above, _BadRow):
        raise _BadRow(
            "event_date",
            "ช่องวันที่ว่าง และวันที่แถวบนอ่านไม่ได้",
            "the date is blank, and the date above could not be read",
        )
    if state.above is None:
        raise _BadRow("event_date", "ไม่มีวันที่", "the date is missing")
    return Moment(state.above)


def _moment(name: str, found: Mapping[str, Cell], number: int, state: _State) -> Moment | None:
    cell = _plain(found.get(name))
    if isinstance(cell, time | timedelta):
        cell = str(cell)
    if isinstance(cell, str) and _UNREADABLE in cell:
        raise _unreadable(name)
    try:
        moment = parse_moment(cell, state.two_digit_era)
    except DateError as error:
        raise _BadRow(name, error.reason_th, error.reason_en) from None
    if moment is not None and moment.mistyped_era:
        state.warnings.append(
            RowError(
                state.file,
                number,
                state.headings.names[name],
                f"ปีในช่องวันที่เป็น พ.ศ. แต่โปรแกรมตารางคิดเป็น ค.ศ.: อ่านเป็น {thai_date(moment.day)}",
                f"a BE year in a spreadsheet date: read as {moment.day.isoformat()}",
            )
        )
    return moment


def _at(moment: Moment) -> tuple[datetime, Precision]:
    """The moment as an aware time, and how exactly it is known."""
    if moment.clock is None:
        return local_midnight(moment.day), Precision.DAY
    at = datetime.combine(moment.day, moment.clock, BANGKOK).astimezone(UTC)
    return at, Precision.EXACT if moment.clock.second else Precision.MINUTE


def _recorded(
    number: int, found: Mapping[str, Cell], event_at: datetime, state: _State
) -> tuple[datetime | None, datetime | None, Precision]:
    """When it was recorded, as far as the file says: see LedgerRow."""
    if "recorded_at" not in found:
        return None, None, Precision.INTERVAL
    cell = _plain(found["recorded_at"])
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None, None, Precision.NONE
    moment = _moment("recorded_at", found, number, state)
    if moment is None:  # the database's null date: it says nothing
        return None, None, Precision.INTERVAL
    if moment.clock is None:
        moment = Moment(moment.day, _clock(found.get("recorded_time")), moment.era)
    at, precision = _at(moment)
    _not_in_future("recorded_at", at, state.expected)
    end = at + timedelta(days=1, seconds=-1) if precision is Precision.DAY else at
    if end < event_at:
        state.warnings.append(
            RowError(
                state.file,
                number,
                state.headings.names["recorded_at"],
                "บันทึกก่อนวันที่เกิดรายการ",
                "recorded before the day of the event",
            )
        )
    return at, end, precision


def _clock(cell: Cell) -> time | None:
    """A time of day from a column of its own; what is no time says nothing."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    found = re.match(
        r"\s*([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?", latin_digits(_text(cell))
    )
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def _not_in_future(name: str, at: datetime, expected: Expected) -> None:
    if expected.latest is not None and at > expected.latest:
        shown = at.astimezone(BANGKOK).date()
        raise _BadRow(
            name,
            f"วันที่ {thai_date(shown)} ยังมาไม่ถึง",
            f"the date {shown.isoformat()} is in the future",
        )


def _doc_no(found: Mapping[str, Cell]) -> str:
    text = _number(found)
    book_no = _text(found.get("book_no"))
    if not text:
        raise _BadRow("doc_no", "ไม่มีเลขที่เอกสาร", "the document number is missing")
    if _UNREADABLE in text or _UNREADABLE in book_no:
        raise _unreadable("doc_no")
    text = re.sub(r"\s*\(?\s*(?:ยกเลิก|cancelled)\s*\)?\s*$", "", text) or text
    number = f"{book_no}/{text}" if book_no else text
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise _BadRow(
            "doc_no",
            f"เลขที่เอกสารยาวเกินไปหรือมีอักขระแปลก: “{number[:30]!s}”",
            f"the document number is too long or has strange characters: “{number[:30]!a}”",
        )
    return number


def _number(found: Mapping[str, Cell]) -> str:
    """The cell of the document number; a lone dash is how a blank is printed."""
    text = _text(found.get("doc_no"))
    return "" if text in {"-", "–", "—"} else text


def _office(found: Mapping[str, Cell], expected: Expected) -> str:
    text = _text(found.get("office_code"))
    code = text or expected.office_code or ""
    if not code:
        raise _BadRow("office_code", "ไม่มีรหัสหน่วยงาน", "the office code is missing")
    if expected.office_code and code != expected.office_code:
        raise _BadRow(
            "office_code",
            f"เป็นรายการของหน่วยงานอื่น ({code[:20]}) ไม่ใช่ {expected.office_code}",
            f"belongs to another office ({code[:20]}), not {expected.office_code}",
        )
    if expected.offices is not None and code not in expected.offices:
        raise _BadRow(
            "office_code",
            f"ไม่มีหน่วยงานรหัส {code[:20]} ในทะเบียน",
            f"there is no office with the code {code[:20]} in the registry",
        )
    return code


def _book(found: Mapping[str, Cell], table: Table, state: _State) -> Book:
    text = _text(found.get("book"))
    if text:
        book = state.headings.book_of(text) or state.headings.book_in(text)
        if book is None:
            raise _BadRow(
                "book", f"ไม่รู้จักสมุด “{text[:40]}”", f"there is no book called “{text[:40]}”"
            )
        if state.expected.book and book is not state.expected.book:
            raise _BadRow(
                "book",
                f"เป็นรายการของสมุด {book} ไม่ใช่ {state.expected.book}",
                f"belongs to {book}, not {state.expected.book}",
            )
        return book
    book = state.expected.book or table.book
    if book is None:
        raise _BadRow("book", "ไม่ได้ระบุสมุด", "the book is missing")
    return book


def _kind(found: Mapping[str, Cell], state: _State) -> str:
    for name in ("kind", "account_code", "account_name"):
        if (text := _text(found.get(name))) and (kind := state.headings.kind_of(text[:80])):
            return kind
    return state.section_kind


# ------------------------------------------------------------------ cells


def _cell(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else None


def _plain(cell: Cell) -> Cell:
    """Text without the quote that guards against formulas; other cells as they are."""
    return cell.strip().removeprefix("'") if isinstance(cell, str) else cell


def _text(cell: Cell) -> str:
    """A cell as text: numbers without a tail of zeros, Latin digits, no invisible characters."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime | date):
        cell = cell.isoformat()
    text = _INVISIBLE.sub("", latin_digits(str(_plain(str(cell)))))
    return " ".join(text.split())


def _unreadable(name: str) -> _BadRow:
    return _BadRow(
        name,
        "มีอักขระที่อ่านไม่ได้ (รหัสภาษาไทยในแฟ้มปนกัน)",
        "holds characters that cannot be read (mixed encodings in the file)",
    )


def _kept(found: Mapping[str, Cell], table: Table, expected: Expected) -> tuple[str, ...]:
    """What goes into the file of rows to mend: only the fields that are read anyway."""
    known = {
        "office_code": expected.office_code or "",
        "book": str(expected.book or table.book or ""),
    }
    values = {name: _text(found.get(name)) or known.get(name, "") for name in MEND_FIELDS}
    if book_no := _text(found.get("book_no")):
        values["doc_no"] = f"{book_no}/{values['doc_no']}"
    return tuple(values[name][:200] for name in MEND_FIELDS)


def _shown_column(name: str, table: Table, headings: Headings) -> str:
    if name in table.columns:
        return table.header_of(table.columns[name]) or headings.names.get(name, name)
    return headings.names.get(name, name)


def entries_by_office(file: LedgerFile) -> Iterator[tuple[tuple[str, Book], list[LedgerRow]]]:
    """The rows of a file by office and book, in the file's order."""
    groups: dict[tuple[str, Book], list[LedgerRow]] = {}
    for row in file.rows:
        groups.setdefault((row.office_code, row.book), []).append(row)
    yield from groups.items()
