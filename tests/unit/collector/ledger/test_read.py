"""The child process: it reads, it can be starved, killed and used again."""

import csv
import io
import os

import pytest

from laaswatch_collector.ledger.model import Book, LedgerFormatError
from laaswatch_collector.ledger.read import LedgerReader, read_ledger
from laaswatch_collector.ledger.template import COLUMNS, guarded, mend_csv, template_workbook
from laaswatch_collector.web.words import every_language, words_in
from support.ledgers import HEAD, HEADINGS, OFFICE, read, workbook
from support.said import refuses


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "สมุดเงินสดรับ.csv"
    path.write_text(HEAD + "5/10/2569,R-1,,\n31/2/69,R-2,,\n", encoding="utf-8")
    return path


def test_a_child_reads_what_the_parser_reads(ledger):
    expected = read(ledger.read_bytes(), name=ledger.name, latest=None)
    assert read_ledger(ledger, office_code=OFFICE) == expected


def test_one_child_serves_many_files(ledger):
    with LedgerReader(HEADINGS) as reader:
        for _ in range(3):
            assert len(reader.read(ledger, office_code=OFFICE).rows) == 1
        with refuses(LedgerFormatError, "which office"):
            reader.read(ledger)
        assert reader.read(ledger, "x.csv", office_code=OFFICE, book=Book.CASH_PAYMENTS_JOURNAL)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(ledger, tmp_path):
    pipe = tmp_path / "slow.csv"
    os.mkfifo(pipe)
    with LedgerReader(HEADINGS, seconds=0.5) as reader:
        assert reader.read(ledger, office_code=OFFICE)
        with refuses(LedgerFormatError, "no file"):
            reader.read(pipe, office_code=OFFICE)  # not an ordinary file: never opened
        os.kill(reader._child.pid, 19)  # SIGSTOP: it hangs
        with refuses(LedgerFormatError, "within the limits"):
            reader.read(ledger, office_code=OFFICE)
        reader._seconds = 20
        assert reader.read(ledger, office_code=OFFICE)


def test_a_child_without_memory_dies_alone(tmp_path):
    path = tmp_path / "สมุดเงินสดรับ.xlsx"
    path.write_bytes(workbook(["วันที่", "เลขที่"], *[["5/10/2569", f"R-{n}"] for n in range(20_000)]))
    with (
        LedgerReader(HEADINGS, memory=1024) as reader,
        refuses(LedgerFormatError, "within the limits"),
    ):
        reader.read(path, office_code=OFFICE)


@pytest.mark.parametrize("name", ["missing.csv", "", "a\x00b", "x" * 5000])
def test_a_path_that_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(LedgerFormatError), LedgerReader(HEADINGS) as reader:
        reader.read(tmp_path / name)


# ------------------------------------------------------------------ template and rows to mend


def test_the_template_is_read_by_the_importer_once_filled_in(tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(template_workbook(every_language())))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [
        words_in("th").word("template.column", x) for x in COLUMNS
    ]
    assert [cell.value for cell in sheet[2]] == list(COLUMNS)
    sheet.append([OFFICE, "สมุดเงินสดจ่าย", "V-1", "๕/๑๐/๒๕๖๙", "5/10/2569 14:30 น.", "เช็ค", 5, "ก"])
    path = tmp_path / "t.xlsx"
    book.save(path)
    book.close()
    row = read_ledger(path).rows[0]
    assert (row.office_code, row.book, row.doc_no) == (OFFICE, Book.CASH_PAYMENTS_JOURNAL, "V-1")
    assert row.kind == "payment"


@pytest.mark.parametrize("recorded", [False, True], ids=["no recorded column", "recorded column"])
def test_bad_rows_come_back_mended(recorded):
    head = "วันที่,เลขที่เอกสาร,จำนวนเงิน" + (",วันที่บันทึก" if recorded else "")
    tail = ",6/10/2569 09:30" if recorded else ""
    file = read(f"{head}\n5/10/2569,R-1,100{tail}\n31/2/69,R-2,100{tail}\n")
    text = mend_csv(file, every_language())
    assert "R-1" not in text
    mended = read(text.replace("31/2/69", "5/10/69"), name="x.csv", office_code=None)
    assert not mended.errors
    assert mended.additive
    row, good = mended.rows[0], file.rows[0]
    assert row.doc_no == "R-2"
    assert row.recorded_precision is good.recorded_precision, "a blank must not mean: not recorded"
    assert row.recorded_from == good.recorded_from


@pytest.mark.parametrize(
    "cell", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_of_the_file_to_mend_is_a_formula(cell):
    quoted = io.StringIO()
    csv.writer(quoted).writerow(["31/2/69", cell, "x"])
    file = read("วันที่,เลขที่เอกสาร,จำนวนเงิน\n" + quoted.getvalue())
    cells = [c for row in csv.reader(io.StringIO(mend_csv(file, every_language()))) for c in row]
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "＝"))]


def test_the_guard_is_taken_off_again():
    file = read(f"วันที่,เลขที่เอกสาร\n5/10/2569,{guarded('-12/3')}\n")
    assert file.rows[0].doc_no == "-12/3"
