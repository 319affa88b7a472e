"""Odd ledgers that are workbooks, or claim to be: made by two libraries, and by hand where neither would."""

import io
import re
import zipfile
from datetime import date, datetime, time

import openpyxl
import xlsxwriter

from support.ledgers import HEAD, workbook
from support.odd_ledgers import RECEIPTS, Odd
from support.old_office import compound, locked_workbook, old_workbook, oldest_workbook

ONE = ("2026-10-05 R-1",)
TWO = ("2026-10-05 R-1", "2026-10-06 R-2")
COLUMNS = ["วันที่", "เลขที่เอกสาร", "รายการ", "จำนวนเงิน"]
PLAIN = (COLUMNS, ["5/10/2569", "R-1", "ก", 100], ["6/10/2569", "R-2", "ข", 50.5])
SHEET = "xl/worksheets/sheet1.xml"


def _of(*rows, **more):
    return lambda: workbook(*rows, **more)


def _day(day, month=10, year=2026, *clock):
    return datetime(year, month, day, *clock)  # noqa: DTZ001 - a wall date, as spreadsheets keep it


def _written(write, **options):
    """A workbook by the other library: `write(book, sheet)`."""

    def make():
        memory = io.BytesIO()
        book = xlsxwriter.Workbook(memory, {"in_memory": True, **options})
        write(book, book.add_worksheet())
        book.close()
        return memory.getvalue()

    return make


def zipped(*parts, compress=zipfile.ZIP_DEFLATED):
    """An archive of these (name, content)."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compress) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return memory.getvalue()


def altered(part, change, data=None):
    """A plain workbook with one part changed by hand."""
    with zipfile.ZipFile(io.BytesIO(data or workbook(*PLAIN))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    return zipped(*parts.items())


def _several(*sheets, hidden=()):
    """(title, rows) a sheet; those named in `hidden` are."""

    def make():
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            if title in hidden:
                sheet.sheet_state = "hidden"
        memory = io.BytesIO()
        book.save(memory)
        return memory.getvalue()

    return make


def _merged(*ranges):
    return lambda _, sheet: [sheet.merge_cells(x) for x in ranges]


def _formulas(book, sheet):
    """Formulas with and without a stored result, and broken ones."""
    text = book.add_format({"num_format": "dd/mm/yyyy"})
    for c, name in enumerate(COLUMNS):
        sheet.write(0, c, name)
    rows = [
        ("=DATE(2026,10,5)", 46300, '="R-"&1', "R-1"),
        ("=A2+1", 46301, '="R-"&2', "R-2"),
        ("=A99", "", '="R-"&3', "R-3"),
        ("=#REF!", "#REF!", '="R-"&4', "R-4"),
        ("=A2", 46300, "=#N/A", "#N/A"),
        ("=A2", 46300, '="R-6"', "R-6"),
    ]
    for r, (when, shown, number, as_text) in enumerate(rows, 1):
        sheet.write_formula(r, 0, when, text, shown)
        sheet.write_formula(r, 1, number, None, as_text)
        sheet.write_formula(r, 3, "=1/0", None, "#DIV/0!")


def _base_1904(book, sheet):
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, COLUMNS)
    for r, d in enumerate((5, 6), 1):
        sheet.write_datetime(r, 0, _day(d), day)
        sheet.write(r, 1, f"R-{d - 4}")


def _many(book, sheet):
    sheet.write_row(0, 0, COLUMNS)
    for n in range(99_900):
        sheet.write_row(n + 1, 0, (f"{1 + n % 28}/10/2569", f"R-{n}", "x", n))


def _styled(book, sheet):
    """Formats to the bottom, filters, frozen panes, a picture's place, a comment, a chart's data."""
    sheet.set_column(0, 200, 12, book.add_format({"num_format": "@"}))
    for r, row in enumerate(PLAIN):
        sheet.write_row(r, 0, row)
    sheet.autofilter(0, 0, 2, 3)
    sheet.freeze_panes(1, 0)
    sheet.write_comment(1, 1, "ตรวจแล้ว")
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.data_validation(
        "A1:A10", {"validate": "date", "criteria": ">", "value": date(2020, 1, 1)}
    )


def _far(reference):
    row = int(re.sub(r"\D", "", reference))
    cell = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData>'.encode()
    return lambda: altered(SHEET, lambda x: x.replace(b"</sheetData>", cell))


def _locked_zip():
    data = bytearray(workbook(*PLAIN))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + offset] |= 1
    return bytes(data)


def _lying_bomb():
    data = bytearray(zipped(("xl/workbook.xml", b"x"), (SHEET, b" " * 50_000_000)))
    at = data.find((50_000_000).to_bytes(4, "little"))
    while at >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
        at = data.find((50_000_000).to_bytes(4, "little"))
    return bytes(data)


_BOOKS = (("ทะเบียนเงินรายรับ", PLAIN), (RECEIPTS, PLAIN), ("สมุดเงินสดจ่าย", PLAIN))
_THREE = tuple(f"{e}{b}" for b in (" receipts_register", "", " cash_payments_journal") for e in TWO)
_TITLED = (["อบต. ตัวอย่าง"], [RECEIPTS], ["ประจำปีงบประมาณ พ.ศ. ๒๕๗๐"], [None])

SHEETS = (
    Odd("xlsx-plain", _of(*PLAIN), TWO),
    Odd("xlsx-title-block", _of(*_TITLED, *PLAIN), TWO, name="export.xlsx"),
    Odd("xlsx-headings-merged-over-two-rows", _of(
        ["วัน เดือน ปี", "ใบเสร็จรับเงิน", None, "จำนวนเงิน", None], [None, "เล่มที่", "เลขที่", "เงินสด", "ธนาคาร"],
        [_day(5), 12, 7, 100, None], [None, 12, 8, None, 100], change=_merged("A1:A2", "B1:C1", "D1:E1")),
        ("2026-10-05 12/7", "2026-10-05 12/8")),
    Odd("xlsx-headings-merged-over-three-rows", _of(
        ["วัน เดือน ปี", "เอกสาร", "การบันทึก"], [None, "หลักฐาน", None], [None, "เลขที่ใบเสร็จ", "วันที่บันทึก"],
        ["5/10/2569", "R-1", "6/10/2569 09:30"], change=_merged("A1:A3", "C1:C2")), ("2026-10-05 R-1 posted 10-06 09:30",)),
    Odd("xlsx-date-merged-down", _of(
        COLUMNS, [_day(5), "R-1", "ก", 1], [None, "R-2", "ข", 1], [None, "R-3", "ค", 1], change=_merged("A2:A4")),
        (*ONE, "2026-10-05 R-2", "2026-10-05 R-3")),
    Odd("xlsx-page-headings-repeated", _of(*_TITLED, *PLAIN[:2], ["หน้า 1"], *_TITLED, PLAIN[0], PLAIN[2]), TWO, name="x.xlsx"),
    Odd("xlsx-subtotals", _of(COLUMNS, [None, None, "ยอดยกมา", 5], PLAIN[1], [None, None, "รวม", 100], PLAIN[2],
        ["รวมทั้งสิ้น", None, None, 150.5]), TWO),
    Odd("xlsx-register-in-blocks", _of(["ทะเบียนเงินรายรับ"], ["วัน เดือน ปี", "เลขที่ใบเสร็จ", "จำนวนเงิน"],
        ["421000 ภาษีจัดสรร"], ["5/10/2569", "R-1", 1], ["412000 ค่าธรรมเนียม"], ["6/10/2569", "R-2", 1]),
        ("2026-10-05 R-1 bank receipts_register", "2026-10-06 R-2 receipts_register"), name="x.xlsx"),
    Odd("xlsx-three-books-three-sheets", _several(*_BOOKS), _THREE, name="สมุดบัญชี.xlsx"),
    Odd("xlsx-hidden-sheet", _several((RECEIPTS, PLAIN), ("สำรอง", [COLUMNS, ["7/10/2569", "R-9", "x", 1]]), hidden={"สำรอง"}), TWO),
    Odd("xlsx-all-sheets-hidden-but-an-empty-one", _several(("ว่าง", []), (RECEIPTS, PLAIN), hidden={RECEIPTS}), refused="empty"),
    Odd("xlsx-notes-sheet-beside", _several((RECEIPTS, PLAIN), ("หมายเหตุ", [["ตรวจแล้ว"], ["5/10/2569"]])), TWO),
    Odd("xlsx-styled-filtered-hidden-row", _written(_styled), TWO),
    Odd("xlsx-inline-strings", _written(lambda b, s: [s.write_row(r, 0, x) for r, x in enumerate(PLAIN)], constant_memory=True), TWO),
    Odd("xlsx-notes-to-the-right", _of([*COLUMNS, None, "เช็คแล้ว"], [*PLAIN[1], None, "ถูก", "x"]), ONE),
)  # fmt: skip

CELLS = (
    Odd("xlsx-real-dates", _of(COLUMNS, [_day(5), "R-1", "x", 1], [date(2026, 10, 6), "R-2", "x", 1]), TWO),
    Odd("xlsx-dates-text-number-and-real", _of(COLUMNS, ["5/10/2569", "R-1"], [46301, "R-2"], [_day(7), "R-3"], ["๘ ต.ค. ๖๙", "R-4"]),
        (*TWO, "2026-10-07 R-3", "2026-10-08 R-4")),
    Odd("xlsx-buddhist-year-in-a-date-cell", _of(COLUMNS, [_day(5, 10, 2569), "R-1"]), ONE, warnings=(2,)),
    Odd("xlsx-29-february-2568-in-a-date-cell", _of(COLUMNS, [_day(28, 2, 2568), "R-1"], [_day(29, 2, 2568), "R-2"]),
        ("2025-02-28 R-1",), {3: "วันที่"}, (2,)),
    Odd("xlsx-29-february-2567-stays-text", _of(COLUMNS, ["29/02/2567", "R-1"]), ("2024-02-29 R-1",)),
    Odd("xlsx-dates-counted-from-1904", _written(_base_1904, date_1904=True), TWO),
    Odd("xlsx-date-with-a-time", _of([*COLUMNS[:2], "วันที่บันทึก"], [_day(5), "R-1", _day(5, 10, 2026, 14, 30)]),
        ("2026-10-05 R-1 posted 10-05 14:30",)),
    Odd("xlsx-day-and-time-in-two-columns", _of([*COLUMNS[:2], "วันที่บันทึก", "เวลาบันทึก"], [_day(5), "R-1", _day(6), time(9, 5)]),
        ("2026-10-05 R-1 posted 10-06 09:05",)),
    Odd("xlsx-numbers-as-numbers", _of(COLUMNS, ["5/10/2569", 7], ["5/10/2569", 8.0], ["5/10/2569", "007"]),
        ("2026-10-05 7", "2026-10-05 8", "2026-10-05 007")),
    Odd("xlsx-number-turned-into-a-date", _of(COLUMNS, ["5/10/2569", "R-1"], ["6/10/2569", _day(1)]), ONE, {3: "เลขที่เอกสาร"}),
    Odd("xlsx-number-too-long-for-a-number", _of(COLUMNS, ["5/10/2569", "R-1"], ["6/10/2569", 6.9e20]), ONE, {3: "เลขที่เอกสาร"}),
    Odd("xlsx-formulas-and-errors", _written(_formulas), (*TWO, "2026-10-05 R-6"), {4: "วันที่", 5: "วันที่", 6: "เลขที่เอกสาร"}),
    Odd("xlsx-formulas-never-computed", _of(COLUMNS, ["5/10/2569", "R-1"], ["=A2", "R-2"]), ONE, {3: "วันที่"}),
    Odd("xlsx-true-and-false", _of(COLUMNS, ["5/10/2569", "R-1", True, False], [True, "R-2", "x", 1]), ONE, {3: "วันที่"}),
    Odd("xlsx-sara-am-in-two-codes", _of(["วันที่", "เลขที่เอกสาร", "จ\u0e4d\u0e32นวนเงิน"], ["5/10/2569", "R-1", 1]), ONE),
    Odd("xlsx-guarding-quotes", _of(COLUMNS, ["'5/10/2569", "'R-1", "'=1+1", 1]), ONE),
)  # fmt: skip

FOREIGN = (
    Odd("xls-of-excel-97", lambda: old_workbook(*[[str(c) for c in row] for row in PLAIN]), refused="old Excel", name="สมุดเงินสดรับ.xls"),
    Odd("xls-of-excel-2", oldest_workbook, refused="old Excel", name="a.xls"),
    Odd("xls-of-excel-97-named-xlsx", lambda: old_workbook(["วันที่", "เลขที่"], ["5/10/2569", "R-1"]), refused="old Excel"),
    Odd("doc-of-word-97", lambda: compound({"WordDocument": b"\xec\xa5" + b"\x00" * 600}), refused="Word"),
    Odd("xlsx-with-a-password", locked_workbook, refused="password"),
    Odd("zip-with-a-password", _locked_zip, refused="password"),
    Odd("xlsx-cut-short", lambda: workbook(*PLAIN)[:2000], refused="damaged"),
    Odd("xlsx-last-byte-gone", lambda: workbook(*PLAIN)[:-1], refused="damaged"),
    Odd("xlsx-one-byte-of-the-sheet-changed", lambda: _flipped(workbook(*PLAIN)), refused="damaged"),
    Odd("xlsx-sheet-missing", lambda: zipped(*_parts(without=SHEET)), refused="damaged"),
    Odd("xlsx-sheet-is-no-xml", lambda: altered(SHEET, lambda _: b"\x00\x01 no xml"), refused="damaged|empty"),
    Odd("xlsx-cell-xfd1048576", _far("XFD1048576"), refused="too large"),
    Odd("xlsx-row-1048576", _far("A1048576"), refused="too large"),
    Odd("xlsx-claims-a-million-rows", lambda: altered(SHEET, lambda x: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', x)), TWO),
    Odd("xlsx-bomb", lambda: zipped(("xl/workbook.xml", b"x"), (SHEET, b" " * 70_000_000)), refused="unreasonable"),
    Odd("xlsx-bomb-that-lies", _lying_bomb, refused="damaged"),
    Odd("xlsx-of-1001-parts", lambda: zipped(*((f"{n}", "") for n in range(1001))), refused="unreasonable"),
    Odd("xlsx-billion-laughs", lambda: altered(SHEET, lambda x: b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + x), TWO),
    Odd("zip-of-a-csv", lambda: zipped((f"{RECEIPTS}.csv", HEAD + "5/10/2569,R-1,x,1\n")), refused="no Excel workbook"),
    Odd("zip-in-a-zip", lambda: zipped(("a.xlsx", workbook(*PLAIN))), refused="no Excel workbook"),
    Odd("docx", lambda: zipped(("word/document.xml", "<w/>")), refused="no Excel workbook"),
    Odd("pdf-named-xlsx", lambda: b"%PDF-1.7\n...", refused="PDF"),
    Odd("png-named-xlsx", lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, refused="PNG"),
    Odd("xml-spreadsheet-2003", lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', refused="XML"),
    Odd("xlsx-named-csv", _of(*PLAIN), TWO, name=f"{RECEIPTS}.csv"),
    Odd("xlsx-99900-rows", _written(_many, constant_memory=True), count=99_900),
)  # fmt: skip


def _parts(without):
    with zipfile.ZipFile(io.BytesIO(workbook(*PLAIN))) as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if name != without]


def _flipped(data):
    """One byte inside the packed sheet turned over: its checksum is wrong."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo(SHEET).header_offset + 30 + len(SHEET) + 40
    changed = bytearray(data)
    changed[at] ^= 0xFF
    return bytes(changed)


ODD_WORKBOOKS = (*SHEETS, *CELLS, *FOREIGN)
