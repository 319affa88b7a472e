"""What is read of a ledger: each trap of real exports is one test."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest

from laaswatch_collector.ledger.model import Book, LedgerFormatError, Precision
from laaswatch_collector.worktime.thai import local_date
from support.ledgers import HEAD, OFFICE, read, workbook
from support.said import refuses, said


def days(file):
    return [local_date(row.event_at).isoformat() for row in file.rows]


def numbers(file):
    return [row.doc_no for row in file.rows]


def reasons(file):
    return [(error.row, error.column, said(error.reason)) for error in file.errors]


def test_a_plain_export_is_read():
    file = read(HEAD + "5/10/2569,RCPT-1/70,ค่าธรรมเนียม,100.00\n6/10/2569,RCPT-2/70,ค่าปรับ,50\n")
    assert days(file) == ["2026-10-05", "2026-10-06"]
    assert numbers(file) == ["RCPT-1/70", "RCPT-2/70"]
    first = file.rows[0]
    assert first.book is Book.CASH_RECEIPTS_JOURNAL
    assert (first.office_code, first.fiscal_year, first.line) == (OFFICE, 2570, 1)
    assert first.event_precision is Precision.DAY
    assert first.recorded_precision is Precision.INTERVAL
    assert (file.first_event, file.last_event) == (date(2026, 10, 5), date(2026, 10, 6))


def test_amounts_names_and_descriptions_are_not_read():
    file = read(
        "วันที่,เลขที่ฎีกา,ผู้รับเงิน,รายการ,จำนวนเงิน,วันที่บันทึก\n"
        "5/10/2569,V-1,นายสมชาย ใจดี,ค่าจ้าง,12345.67,5/10/2569\n"
        "31/2/69,V-2,นางสาวสมหญิง,ค่าจ้าง,98765.43,\n",
        name="สมุดเงินสดจ่าย.csv",
    )
    assert len(file.rows) == len(file.errors) == 1
    told = repr(file)
    for secret in ("สมชาย", "สมหญิง", "ค่าจ้าง", "12345", "98765"):
        assert secret not in told
    assert {"amount", "name", "description"}.isdisjoint(f.name for f in fields(file.rows[0]))


# ------------------------------------------------------------------ headings


@pytest.mark.parametrize(
    "heading",
    [
        "วันที่",
        "วัน เดือน ปี",
        "ว/ด/ป",
        " วัน  เดือน\u200b ปี ",
        "วันที่ (พ.ศ.)",
        "Date",
        "วันที่รับเงิน",
    ],
)
def test_headings_are_known_by_their_synonyms(heading):
    assert days(read(f"{heading},เลขที่ใบเสร็จ\n5/10/2569,1\n")) == ["2026-10-05"]


@pytest.mark.parametrize(
    "spelling", ["รหัสหน่วยงาน", "รหัส หน่วย งาน", "รหัสหน่วยงาน:", "รหัสหน่วยงาน (7 หลัก)"]
)
def test_spaces_and_marks_of_a_heading_do_not_matter(spelling):
    file = read(f"{spelling},วันที่,เลขที่\n{OFFICE},5/10/2569,1\n", office_code=None)
    assert file.office_code == OFFICE


@pytest.mark.parametrize("word", ["น\u0e49\u0e33", "น\u0e4d\u0e49\u0e32", "น\u0e49\u0e4d\u0e32"])
def test_the_two_spellings_of_am_are_one(word):
    from laaswatch_collector.ledger.headers import canonical

    assert canonical(word) == canonical("น้ำ")


def test_columns_may_come_in_any_order():
    file = read("จำนวนเงิน,เลขที่เอกสาร,รายการ,วันที่\n100,R-1,x,5/10/2569\n")
    assert (days(file), numbers(file)) == (["2026-10-05"], ["R-1"])


def test_a_missing_column_is_named():
    with pytest.raises(LedgerFormatError) as refusal:
        read("วันที่,รายการ,จำนวนเงิน\n5/10/2569,x,100\n")
    assert "doc_no" in said(refusal.value)
    assert "เลขที่เอกสาร" in said(refusal.value, "th")


def test_a_title_block_may_stand_above_and_names_book_and_fiscal_year():
    file = read(
        "องค์การบริหารส่วนตำบลตัวอย่าง,,\n สมุดเงินสดจ่าย ,,\nประจำปีงบประมาณ พ.ศ. ๒๕๖๙,,\n,,\n"
        "พิมพ์เมื่อ 1/11/2569,,\n,,\nวันที่,เลขที่ฎีกา,จำนวนเงิน\n5/10/2569,V-1,1\n",
        name="export.csv",
    )
    assert file.rows[0].book is Book.CASH_PAYMENTS_JOURNAL
    assert file.rows[0].fiscal_year == 2569


def test_headings_over_two_rows_with_merged_cells():
    def merge(_, sheet):
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:C2")
        sheet.merge_cells("D2:E2")

    file = read(
        workbook(
            ["สมุดเงินสดรับ"],
            ["วัน เดือน ปี", "ใบเสร็จรับเงิน", None, "จำนวนเงิน", None],
            [None, "เล่มที่", "เลขที่", "เงินสด", "ธนาคาร"],
            [datetime(2026, 10, 5), 12, 7, 100, None],  # noqa: DTZ001
            [None, 12, 8, 100, None],
            change=merge,
        ),
        name="export.xlsx",
    )
    assert numbers(file) == ["12/7", "12/8"]
    assert days(file) == ["2026-10-05"] * 2


def test_headings_over_three_rows():
    file = read(
        workbook(
            ["ทะเบียนเงินรายรับ"],
            ["วัน เดือน ปี", "เอกสาร", "การบันทึก"],
            [None, "หลักฐาน", None],
            [None, "เลขที่ใบเสร็จ", "วันที่บันทึก"],
            ["5/10/2569", "R-1", "6/10/2569 09:30"],
        ),
        name="x.xlsx",
    )
    assert file.rows[0].recorded_from == datetime(2026, 10, 6, 2, 30, tzinfo=UTC)


def test_the_heading_of_each_printed_page_is_no_entry():
    file = read(HEAD + "5/10/2569,R-1,,\n" + HEAD + "6/10/2569,R-2,,\n" + HEAD)
    assert numbers(file) == ["R-1", "R-2"]
    assert not file.errors


def test_another_block_with_other_columns_may_follow():
    file = read(HEAD + "5/10/2569,R-1,,\n\nเลขที่เอกสาร,จำนวนเงิน,วันที่\nR-2,100,6/10/2569\n")
    assert numbers(file) == ["R-1", "R-2"]
    assert days(file) == ["2026-10-05", "2026-10-06"]


def test_three_books_on_one_sheet():
    blocks = [
        f"{title}\nวันที่,เลขที่\n5/10/2569,{n}\n"
        for n, title in enumerate(("ทะเบียนเงินรายรับ", "สมุดเงินสดรับ", "สมุดเงินสดจ่าย"), 1)
    ]
    assert [row.book for row in read("".join(blocks), name="x.csv").rows] == list(Book)


# ------------------------------------------------------------------ rows


def test_totals_and_balances_are_no_entries():
    file = read(
        HEAD + ",,ยอดยกมา,500\n5/10/2569,R-1,ค่าธรรมเนียม,100\n,,รวมทั้งเดือน,100\n,,รวมตั้งแต่ต้นปี,600\n"
        "5/10/2569,,ยอดยกไป,600\n,รวม,,1\n,-,รวม,\n"
    )
    assert numbers(file) == ["R-1"]
    assert not file.errors


def test_an_entry_whose_description_begins_like_a_total_is_an_entry():
    assert numbers(read(HEAD + "5/10/2569,R-1,รวมค่าธรรมเนียมสองรายการ,100\n")) == ["R-1"]


def test_a_blank_date_is_the_date_above():
    file = read(HEAD + "5/10/2569,R-1,,\n,R-2,,\n,รวม,,\n,R-3,,\n6/10/2569,R-4,,\n")
    assert days(file) == ["2026-10-05"] * 3 + ["2026-10-06"]


def test_a_blank_date_under_a_bad_one_is_bad_too():
    file = read(HEAD + "5/10/2569,R-1,,\n31/2/69,R-2,,\n,R-3,,\n7/10/2569,R-4,,\n")
    assert numbers(file) == ["R-1", "R-4"]
    assert [error.row for error in file.errors] == [3, 4]


def test_bad_rows_are_named_and_the_good_ones_come_in():
    file = read(
        HEAD
        + "5/10/2569,R-1,,\n31/2/69,R-2,,\nเมื่อวาน,R-3,,\n5/10/2569,,ค่าธรรมเนียม,\n6/10/2569,R-5,,\n"
    )
    assert numbers(file) == ["R-1", "R-5"]
    assert reasons(file) == [
        (3, "วันที่", "there is no 31/2 in the year 2026 (BE 2569)"),
        (4, "วันที่", "not a date: “เมื่อวาน”"),
        (5, "เลขที่เอกสาร", "the document number is missing"),
    ]
    assert all(said(error.reason, "th") for error in file.errors)


def test_a_register_in_blocks_by_revenue_type_gives_the_kind():
    file = read(
        "ทะเบียนเงินรายรับ\nวัน เดือน ปี,เลขที่ใบเสร็จ,จำนวนเงิน\n421000 ภาษีจัดสรร,,\n5/10/2569,R-1,100\n"
        "412000 ค่าธรรมเนียม,,\n5/10/2569,R-2,100\n",
        name="x.csv",
    )
    assert [row.kind for row in file.rows] == ["bank", ""]


def test_the_same_number_again_is_another_line_and_said():
    file = read(HEAD + "5/10/2569,R-1,,\n5/10/2569,R-1,,\n")
    assert [row.line for row in file.rows] == [1, 2]
    assert "more than once" in said(file.warnings[0].reason)


def test_cancelled_and_issued_again():
    file = read(
        "วันที่,เลขที่ใบเสร็จ,สถานะ\n5/10/2569,R-1,ยกเลิก\n5/10/2569,R-1,ปกติ\n5/10/2569,R-2 (ยกเลิก),\n"
    )
    assert [(r.doc_no, r.line, r.cancelled) for r in file.rows] == [
        ("R-1", 1, True),
        ("R-1", 2, False),
        ("R-2", 1, True),
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [(7.0, "7"), ("007", "007"), ("๑๒/๒๕๗๐", "12/2570"), ("'=1+1", "=1+1"), (" R  1 ", "R 1")],
)
def test_document_numbers_are_text(cell, number):
    rows = [["วันที่", "เลขที่"], ["5/10/2569", cell]]
    assert numbers(read(workbook(*rows), name="สมุดเงินสดรับ.xlsx")) == [number]


def test_a_number_restarts_with_the_fiscal_year():
    file = read(HEAD + "30/9/2569,1,,\n1/10/2569,1,,\n")
    assert [(r.fiscal_year, r.line) for r in file.rows] == [(2569, 1), (2570, 1)]


def test_an_entry_dated_before_the_fiscal_year_of_the_title_stays_in_it():
    file = read("สมุดเงินสดรับ ปีงบประมาณ 2570\n" + HEAD + "30/9/2569,1,,\n", name="x.csv")
    assert file.rows[0].fiscal_year == 2570
    assert days(file) == ["2026-09-30"]


def test_an_entry_on_a_holiday_is_an_entry():
    assert days(read(HEAD + "4/10/2569,1,,\n13/10/2569,2,,\n")) == ["2026-10-04", "2026-10-13"]


def test_an_entry_dated_in_the_future_is_a_typing_error():
    file = read(HEAD + "5/10/2569,1,,\n5/10/2596,2,,\n")
    assert numbers(file) == ["1"]
    assert "future" in said(file.errors[0].reason)


def test_two_digit_years_follow_the_file():
    buddhist = read(HEAD + "5/10/69,1,,\n6/10/2569,2,,\n")
    christian = read(HEAD + "5/10/26,1,,\n6/10/2026,2,,\n")
    assert days(buddhist) == days(christian) == ["2026-10-05", "2026-10-06"]


def test_a_buddhist_year_in_an_excel_date_is_repaired_with_a_warning():
    rows = [["วันที่", "เลขที่"], [datetime(2569, 10, 5), 1]]  # noqa: DTZ001
    file = read(workbook(*rows), name="สมุดเงินสดรับ.xlsx")
    assert days(file) == ["2026-10-05"]
    assert "BE year" in said(file.warnings[0].reason)


# ------------------------------------------------------------------ recorded times

WITH_RECORDED = "วันที่,เลขที่,วันที่บันทึก\n"


@pytest.mark.parametrize(
    ("cell", "precision", "first", "last"),
    [
        ("6/10/2569", Precision.DAY, (5, 17), (6, 16)),
        ("6/10/2569 เวลา 14:30 น.", Precision.MINUTE, (6, 7), (6, 7)),
        ("2026-10-06 14:30:05", Precision.EXACT, (6, 7), (6, 7)),
        ("30 พฤศจิกายน ๒๕๔๒ ๐๗:๐๐", Precision.INTERVAL, None, None),
        ("", Precision.NONE, None, None),
    ],
    ids=["day", "minute", "exact", "null date", "not recorded"],
)
def test_the_recorded_time_keeps_its_precision(cell, precision, first, last):
    row = read(WITH_RECORDED + f"5/10/2569,1,{cell}\n").rows[0]
    assert row.recorded_precision is precision
    if first is None:
        assert row.recorded_from is row.recorded_to is None
    else:
        assert (row.recorded_from.day, row.recorded_from.hour) == first
        assert (row.recorded_to.day, row.recorded_to.hour) == last


def test_a_time_of_its_own_column_completes_the_recorded_day():
    file = read("วันที่,เลขที่,วันที่บันทึก,เวลาบันทึก\n5/10/2569,1,6/10/2569,๑๔.๓๐ น.\n")
    assert file.rows[0].recorded_from == datetime(2026, 10, 6, 7, 30, tzinfo=UTC)


def test_recorded_before_the_event_is_taken_with_a_warning():
    file = read(WITH_RECORDED + "5/10/2569,1,2/10/2569\n")
    assert len(file.rows) == 1
    assert "before" in said(file.warnings[0].reason)


def test_recorded_in_the_future_is_refused():
    file = read(WITH_RECORDED + "5/10/2569,1,5/12/2569\n6/10/2569,2,7/10/2569\n")
    assert reasons(file) == [
        (2, "วันที่บันทึก", "the date 5 Dec 2026 is in the future, or after the file was exported")
    ]


def test_an_event_with_a_time_is_known_to_the_minute():
    row = read(HEAD + "5/10/2569 15:45,1,,\n").rows[0]
    assert row.event_precision is Precision.MINUTE
    assert row.event_at == datetime(2026, 10, 5, 8, 45, tzinfo=UTC)


# ------------------------------------------------------------------ kinds, books, offices


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("ประเภท", "เงินสด", "counter"),
        ("ประเภท", "counter", "counter"),
        ("วิธีรับเงิน", "โอนเงินผ่านธนาคาร", "bank"),
        ("ประเภทรายรับ", "ภาษีจัดสรร", "bank"),
        ("รหัสบัญชี", "431002.00", "bank"),
        ("ประเภท", "อะไรก็ไม่รู้", ""),
    ],
)
def test_kinds_are_known_by_their_words(column, cell, kind):
    assert read(f"วันที่,เลขที่,{column}\n5/10/2569,1,{cell}\n").rows[0].kind == kind


def test_money_by_bank_counts_from_the_notice_where_there_is_one():
    file = read("วันที่,เลขที่,ประเภท,วันที่ได้รับแจ้ง\n5/10/2569,1,โอนเงิน,8/10/2569\n5/10/2569,2,โอนเงิน,\n")
    assert [row.kind for row in file.rows] == ["bank_notified", "bank"]
    assert days(file) == ["2026-10-08", "2026-10-05"]


def test_entries_of_another_office_are_refused_row_by_row():
    file = read(
        f"รหัส อปท.,วันที่,เลขที่\n{OFFICE},5/10/2569,1\n2570101,5/10/2569,2\n",
    )
    assert numbers(file) == ["1"]
    assert "2570101" in said(file.errors[0].reason)


def test_unregistered_offices_are_refused_row_by_row():
    file = read(
        f"รหัส อปท.,วันที่,เลขที่\n{OFFICE},5/10/2569,1\n9999999,5/10/2569,2\n,5/10/2569,3\n",
        office_code=None,
        offices=frozenset({OFFICE}),
    )
    assert numbers(file) == ["1"]
    assert [e.column for e in file.errors] == ["รหัส อปท."] * 2


def test_a_code_that_a_spreadsheet_made_a_number_is_still_text():
    rows = [["รหัส อปท.", "วันที่", "เลขที่"], [float(OFFICE), "5/10/2569", 1]]
    file = read(workbook(*rows), name="สมุดเงินสดรับ.xlsx", office_code=None)
    assert file.rows[0].office_code == OFFICE


@pytest.mark.parametrize(
    ("expected", "name", "pattern"),
    [
        ({}, "export.csv", "which book"),
        ({"office_code": None}, "สมุดเงินสดรับ.csv", "which office"),
        ({"book": Book.CASH_PAYMENTS_JOURNAL}, "สมุดเงินสดรับ.csv", "to be imported as"),
    ],
    ids=["no book", "no office", "another book"],
)
def test_a_file_that_nobody_can_place_is_refused(expected, name, pattern):
    with refuses(LedgerFormatError, pattern):
        read(HEAD + "5/10/2569,1,,\n", name=name, **expected)


def test_the_book_may_be_named_by_sheet_column_title_file_or_argument():
    row = ["5/10/2569", "1"]
    head = ["วันที่", "เลขที่"]
    by_sheet = read(workbook(head, row, title="สมุดเงินสดจ่าย"), name="x.xlsx")
    by_column = read("สมุดบัญชี,วันที่,เลขที่\nสมุดเงินสดจ่าย,5/10/2569,1\n", name="x.csv")
    by_argument = read(workbook(head, row), name="x.xlsx", book=Book.CASH_PAYMENTS_JOURNAL)
    for file in (by_sheet, by_column, by_argument):
        assert file.rows[0].book is Book.CASH_PAYMENTS_JOURNAL


def test_our_template_adds_and_never_takes_away():
    head = "รหัส อปท.,สมุดบัญชี,เลขที่เอกสาร,วันที่เกิดรายการ,วันที่เวลาบันทึก,ประเภท,จำนวนเงิน,หมายเหตุ\n"
    english = "office_code,ledger,doc_no,event_date,recorded_at,kind,amount,note\n"
    file = read(
        head + english + f"{OFFICE},cash_receipts_journal,1,5/10/2569,,,,\n", office_code=None
    )
    assert file.additive
    assert numbers(file) == ["1"]
    assert not read(HEAD + "5/10/2569,1,,\n").additive


def test_hidden_sheets_are_not_read():
    def hide(book, _):
        other = book.create_sheet("สมุดเงินสดรับ")
        other.append(["วันที่", "เลขที่"])
        other.append(["5/10/2569", "hidden-1"])
        other.sheet_state = "hidden"

    data = workbook(["วันที่", "เลขที่"], ["5/10/2569", "seen-1"], change=hide)
    assert numbers(read(data, name="สมุดเงินสดรับ.xlsx")) == ["seen-1"]


def test_events_lie_within_the_days_told():
    file = read(HEAD + "".join(f"{d}/10/2569,R-{d},,\n" for d in range(1, 32)))
    assert file.last_event - file.first_event == timedelta(days=30)
