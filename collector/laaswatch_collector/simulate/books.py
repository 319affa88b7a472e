"""The ledgers of a simulated province as the files that offices would hand in.

One workbook a book in our own template with most offices, and for a few offices the owner's layout: a
title block, a header over two rows, Thai dates, subtotals; one of them saved as CSV in CP874 with
rows that cannot be right. An entry that was never posted is in no file: a book shows what was keyed.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.simulate.axis import Axis
from laaswatch_collector.simulate.cast import SimulatedOffice
from laaswatch_collector.simulate.desk import SimulatedEntry
from laaswatch_collector.simulate.province import SimulatedProvince

BANGKOK = timezone(timedelta(hours=7))
OWN_LAYOUT_OFFICES = 5
"""So many offices hand in the site's own layout instead of the template, the last of them as CSV."""

TEMPLATE = (
    ("รหัส อปท.", "office_code"),
    ("สมุด/ทะเบียน", "ledger"),
    ("เลขที่เอกสาร", "doc_no"),
    ("วันที่เกิดรายการ", "event_date"),
    ("วันที่บันทึก", "recorded_at"),
    ("ประเภท", "kind"),
    ("จำนวนเงิน", "amount"),
    ("หมายเหตุ", "note"),
)
BOOK_NAMES = {
    Book.RECEIPTS_REGISTER: "ทะเบียนเงินรายรับ",
    Book.CASH_RECEIPTS_JOURNAL: "สมุดเงินสดรับ",
    Book.CASH_PAYMENTS_JOURNAL: "สมุดเงินสดจ่าย",
}
_MONTHS = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
]
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@dataclass(frozen=True, slots=True)
class LedgerUpload:
    """A file to hand in: its name and bytes, and what its sender would say about it."""

    name: str
    content: bytes
    office_code: str | None
    book: Book
    bad_rows: int = 0


def ledger_files(province: SimulatedProvince) -> Iterator[LedgerUpload]:
    """Every ledger file of the province."""
    own = [office.code for office in province.offices][1 : 1 + OWN_LAYOUT_OFFICES]
    by_book = {
        book: [e for e in province.entries if e.book is book and e.posted is not None]
        for book in Book
    }
    for book, entries in by_book.items():
        common = [e for e in entries if e.office_code not in own]
        yield LedgerUpload(f"{book}.xlsx", _template(province.axis, book, common), None, book)
    offices = {office.code: office for office in province.offices}
    for number, code in enumerate(own):
        for book, entries in by_book.items():
            mine = sorted((e for e in entries if e.office_code == code), key=_by_event)
            office = offices[code]
            if number + 1 == len(own):
                content, bad = _csv(province.axis, office, book, mine)
                yield LedgerUpload(f"{code}-{book}.csv", content, code, book, bad)
            else:
                content = _own_layout(province.axis, office, book, mine)
                yield LedgerUpload(f"{code}-{book}.xlsx", content, code, book)


def _by_event(entry: SimulatedEntry) -> tuple[int, str]:
    return entry.transacted, entry.doc_no


def _local(axis: Axis, slot: int) -> datetime:
    return datetime.fromtimestamp(axis.second(slot), UTC).astimezone(BANGKOK).replace(tzinfo=None)


def _thai(moment: datetime, *, digits: bool = False) -> str:
    text = f"{moment:%d/%m}/{moment.year + 543} {moment:%H:%M}"
    return text.translate(_THAI_DIGITS) if digits else text


def _thai_month(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year + 543}"


def _workbook(
    rows: Iterable[Iterable[object]], merges: Iterable[tuple[int, int, int, int, str]]
) -> bytes:
    """A workbook of one sheet. Its inner dates are fixed: one seed gives the same bytes."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(
        memory, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    )
    book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC), "comments": "simulated"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    for merge in merges:
        sheet.merge_range(*merge)
    book.close()
    return memory.getvalue()


def _template(axis: Axis, book: Book, entries: list[SimulatedEntry]) -> bytes:
    """Our template; each book spells its dates differently, as offices do."""

    def written(slot: int) -> object:
        moment = _local(axis, slot)
        if book is Book.RECEIPTS_REGISTER:
            return moment
        return _thai(moment, digits=book is Book.CASH_PAYMENTS_JOURNAL)

    body = (
        [
            e.office_code,
            BOOK_NAMES[book],
            e.doc_no,
            written(e.transacted),
            written(e.posted) if e.posted is not None else "",
            e.kind,
            e.amount,
            "",
        ]
        for e in entries
    )
    heads = ([th for th, _ in TEMPLATE], [en for _, en in TEMPLATE])
    return _workbook((*heads, *body), ())


_COLUMNS = ("วัน เดือน ปี", "เลขที่ใบเสร็จ", "ประเภทรายรับ", "จำนวนเงิน", "", "วันที่บันทึก")
_PAYMENT_COLUMNS = ("วัน เดือน ปี", "เลขที่ฎีกา", "ประเภท", "จำนวนเงิน", "", "วันที่บันทึก")


def _columns(book: Book) -> tuple[str, ...]:
    return _PAYMENT_COLUMNS if book is Book.CASH_PAYMENTS_JOURNAL else _COLUMNS


def _own_layout(
    axis: Axis, office: SimulatedOffice, book: Book, entries: list[SimulatedEntry]
) -> bytes:
    """The site's own layout: title block, two header rows, a subtotal a day, blank repeated dates."""
    columns = _columns(book)
    rows: list[list[object]] = [
        [f"{office.name_th} (จำลอง)"],
        [BOOK_NAMES[book]],
        [f"ประจำเดือน {_MONTHS[axis.days[0].month - 1]} {axis.days[0].year + 543}"],
        [],
        list(columns),
        ["", "", "", "เงินสด", "เงินฝากธนาคาร", ""],
    ]
    for _, day in groupby(entries, lambda e: _local(axis, e.transacted).date()):
        of_day = list(day)
        for n, e in enumerate(of_day):
            date = _thai_month(_local(axis, e.transacted)) if n == 0 else ""
            posted = _local(axis, e.posted or 0)
            rows.append([date, e.doc_no, "ทั่วไป", e.amount, "", _thai(posted)])
        rows.append(["", "รวม", "", sum(e.amount for e in of_day), "", ""])
    merges = [
        (4, 3, 4, 4, columns[3]),
        *((4, c, 5, c, columns[c]) for c in (0, 1, 2, 5)),
        *((r, 0, r, 5, str(rows[r][0])) for r in range(3)),
    ]
    return _workbook(rows, merges)


def _csv(
    axis: Axis, office: SimulatedOffice, book: Book, entries: list[SimulatedEntry]
) -> tuple[bytes, int]:
    """Saved from Excel as CSV in CP874; the file and how many of its rows are wrong."""
    lines: list[list[object]] = [
        [f"{office.name_th} (จำลอง)"],
        [BOOK_NAMES[book]],
        [name for name in _columns(book) if name],
    ]
    for e in entries:
        happened, posted = _local(axis, e.transacted), _local(axis, e.posted or 0)
        day = f"{happened.day}/{happened.month}/{(happened.year + 543) % 100}"
        lines.append([day, e.doc_no, "ทั่วไป", f"{e.amount:,}.00", _thai(posted)])
    month, year = axis.days[0].month, (axis.days[0].year + 543) % 100
    wrong = (
        [f"32/{month}/{year}", "X0001", "ทั่วไป", "100.00", ""],
        ["เมื่อวาน", "X0002", "ทั่วไป", "100.00", ""],
        [f"1/13/{year}", "X0003", "ทั่วไป", "100.00", ""],
    )
    text = io.StringIO(newline="")
    csv.writer(text).writerows([*lines, *wrong])
    return text.getvalue().encode("cp874"), len(wrong)
