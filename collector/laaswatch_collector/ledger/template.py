"""Our own ledger template, and the file of rows to mend, which has the same eight columns.

Thai headings, English second row. The columns for the amount and the note are there for the people who
keep the sheet: they are never read.
"""

import csv
import io

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from laaswatch_collector.ledger.model import LedgerFile

COLUMNS = (
    ("รหัส อปท.", "office_code", 14),
    ("สมุดบัญชี", "ledger", 24),
    ("เลขที่เอกสาร", "doc_no", 20),
    ("วันที่เกิดรายการ", "event_date", 18),
    ("วันที่เวลาบันทึก", "recorded_at", 24),
    ("ประเภท", "kind", 14),
    ("จำนวนเงิน", "amount", 14),
    ("หมายเหตุ", "note", 40),
)
_HELP = (
    ("รหัส อปท. เป็นข้อความ", "Office code, as text"),
    (
        "สมุดบัญชี: ทะเบียนเงินรายรับ, สมุดเงินสดรับ หรือ สมุดเงินสดจ่าย",
        "Ledger: receipts_register, cash_receipts_journal or cash_payments_journal",
    ),
    ("วันที่: วัน/เดือน/ปี พ.ศ. เช่น 5/10/2569", "Dates: day/month/year BE, such as 5/10/2569"),
    (
        "วันที่เวลาบันทึก: เช่น 5/10/2569 14:30 น. เว้นว่าง = ยังไม่ได้บันทึก",
        "Recorded at: such as 5/10/2569 14:30; blank = not recorded yet",
    ),
    ("ประเภท: เงินสด, โอนเงิน, จ่ายเงิน หรือเว้นว่าง", "Kind: counter, bank, payment or blank"),
    (
        "โปรแกรมไม่อ่านจำนวนเงินและหมายเหตุ อย่าใส่ชื่อบุคคล",
        "The amount and the note are never read; write no names",
    ),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def template_workbook() -> bytes:
    """The empty template as XLSX, with a second sheet that says how to fill it in."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "bg_color": "#E7EEF7", "border": 1, "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("laaswatch")
    for column, (thai, english, width) in enumerate(COLUMNS):
        # Text cells: nothing that is typed becomes a date of another order, or a code without its zeros.
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, thai, head)
        sheet.write_string(1, column, english, head)
    sheet.freeze_panes(2, 0)
    help_sheet = book.add_worksheet("วิธีกรอก")
    help_sheet.set_column(0, 1, 70)
    for row, lines in enumerate(_HELP):
        for column, line in enumerate(lines):
            help_sheet.write_string(row, column, line)
    book.close()
    return memory.getvalue()


def mend_csv(file: LedgerFile) -> str:
    """The bad rows as a CSV to mend and import again; the reason stands in the note.

    Where the file had no column for the time of recording, this has none either: a blank one would say
    "not recorded". No cell can become a formula: a quote is put before it, which the importer removes.
    """
    kept = [n for n, c in enumerate(COLUMNS) if c[1] != "recorded_at" or c[1] in file.columns]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for language in (0, 1):
        writer.writerow([COLUMNS[n][language] for n in kept])
    for error in file.errors:
        if error.cells:
            why = f"แถว {error.row} · row {error.row}: {error.reason_th} · {error.reason_en}"
            cells = (*error.cells, "", why)
            writer.writerow([guarded(cells[n]) for n in kept])
    return out.getvalue()


def guarded(cell: str) -> str:
    """The text as a spreadsheet may show it: never a formula, on one line."""
    cell = " ".join(cell.split())
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
