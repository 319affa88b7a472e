"""Our own ledger template, and the file of rows to mend, which has the same eight columns.

Thai headings, English second row. The columns for the amount and the note are there for the people who
keep the sheet: they are never read.
"""

import csv
import io
from collections.abc import Sequence

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from laaswatch_collector.ledger.model import LedgerFile
from laaswatch_collector.messages import Say, message, word

COLUMNS = {
    "office_code": 14,
    "ledger": 24,
    "doc_no": 20,
    "event_date": 18,
    "recorded_at": 24,
    "kind": 14,
    "amount": 14,
    "note": 40,
}
"""The template's columns in their order, with their widths in characters."""
_HELP = ("office_code", "ledger", "event_date", "recorded_at", "kind", "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def template_workbook(languages: Sequence[Say]) -> bytes:
    """The empty template as XLSX, with a second sheet that says how to fill it in; a heading a language."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "bg_color": "#E7EEF7", "border": 1, "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("laaswatch")
    for column, (name, width) in enumerate(COLUMNS.items()):
        # Text cells: nothing that is typed becomes a date of another order, or a code without its zeros.
        sheet.set_column(column, column, width, text)
        for row, say in enumerate(languages):
            sheet.write_string(row, column, say(word("template.column", name)), head)
    sheet.freeze_panes(len(languages), 0)
    help_sheet = book.add_worksheet(languages[0](message("template.help_sheet")))
    help_sheet.set_column(0, 1, 70)
    for row, name in enumerate(_HELP):
        for column, say in enumerate(languages):
            help_sheet.write_string(row, column, say(word("template.help", name)))
    book.close()
    return memory.getvalue()


def mend_csv(file: LedgerFile, languages: Sequence[Say]) -> str:
    """The bad rows as a CSV to mend and import again; the reason stands in the note.

    Where the file had no column for the time of recording, this has none either: a blank one would say
    "not recorded". No cell can become a formula: a quote is put before it, which the importer removes.
    """
    kept = [n for n, x in enumerate(COLUMNS) if x != "recorded_at" or x in file.columns]
    names = list(COLUMNS)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for say in languages:
        writer.writerow([say(word("template.column", names[n])) for n in kept])
    for error in file.errors:
        if error.cells:
            told = message("template.why", row=error.row, reason=error.reason)
            why = " · ".join(say(told) for say in languages)
            cells = (*error.cells, "", why)
            writer.writerow([guarded(cells[n]) for n in kept])
    return out.getvalue()


def guarded(cell: str) -> str:
    """The text as a spreadsheet may show it: never a formula, on one line."""
    cell = " ".join(cell.split())
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
