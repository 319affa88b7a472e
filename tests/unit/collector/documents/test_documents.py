"""What each document says, from which facts, and how surely."""

import re

import msgspec
import pytest

from laaswatch_collector.documents.facts import Tried
from laaswatch_collector.documents.form import FIELDS, read_form
from laaswatch_collector.documents.make import FORM_FIELDS, Kind, make, stamp_of
from laaswatch_collector.documents.model import Columns, Labelled, Table, joined, plain_text
from laaswatch_collector.documents.official import official_digits
from laaswatch_collector.web.words import words_in
from support.letters import (
    MADE_AT,
    OCTOBER,
    URL,
    document,
    entry,
    facts_of,
    office_month,
    outage,
    outage_sheet,
    province_month,
)


def said(made):
    """All of the text; blanks that hold words together as plain ones."""
    return "\n".join(plain_text(made)).replace("\u00a0", " ")


def tables(made):
    return [x for x in made.blocks if isinstance(x, Table)]


def cells(row):
    return [joined(x).replace("\u00a0", " ") for x in row]


def labels(made):
    return [joined(x.label) for x in made.blocks if isinstance(x, Labelled)]


def test_a_letter_has_its_parts_in_the_official_order():
    """ที่, agency, date, เรื่อง, เรียน, อ้างถึง, สิ่งที่ส่งมาด้วย, reason, facts, closing, name, division."""
    made = document("explanation")
    text = said(made)
    assert labels(made) == ["เรื่อง", "เรียน", "อ้างถึง", "สิ่งที่ส่งมาด้วย"]
    order = (
        "ที่ ....", "ที่ทำการเทศบาลตำบลบ้านหนองแวง", "วันที่ ....", "ผู้ว่าราชการจังหวัดชุมพร",
        "๑. รายการที่บันทึกบัญชีหลังกำหนด ๖ รายการ", "ตามหนังสือที่อ้างถึง",
        "ขอเรียนชี้แจงข้อเท็จจริงประกอบการพิจารณา", "๑. เดือนตุลาคม ๒๕๖๙", "จึงเรียนมาเพื่อโปรดทราบ",
        "ขอแสดงความนับถือ", "(....", "ตำแหน่ง ....", "กองคลัง", "โทร. ....", "สิ่งที่ส่งมาด้วย ๑",
        "สิ่งที่ส่งมาด้วย ๒", "สิ่งที่ส่งมาด้วย ๓", "SHA-256",
    )  # fmt: skip
    places = [text.find(x) for x in order]
    assert -1 not in places
    assert places == sorted(places)


def test_the_letter_tells_each_kind_of_lateness_once():
    """Six entries, six verdicts, three of which nobody can confirm."""
    text = said(document("explanation"))
    assert "– ๑ รายการ คำนวณว่าหากไม่มีเหตุขัดข้อง จะบันทึกได้ทันกำหนด" in text
    assert "– ๑ รายการ เหตุขัดข้องน่าจะมีส่วนทำให้ช้า" in text
    assert "– ๑ รายการ เหตุขัดข้องที่พบไม่ใช่คำอธิบายของความล่าช้า" in text
    assert "– ๓ รายการ ไม่สามารถยืนยันได้" in text
    assert "น่าจะบันทึกได้ทันกำหนด" not in text


@pytest.mark.parametrize("grade", ["single_pc", "inferred", "contradicted"])
def test_weak_evidence_is_told_with_probably(grade):
    """In the count and in the row of the entry."""
    text = said(document("explanation", office_month((entry(grade=grade),))))
    assert "น่าจะบันทึกได้ทันกำหนดหากไม่มีเหตุขัดข้อง แต่หลักฐานของเหตุยังอ่อน" in text
    assert "น่าจะอธิบายได้ด้วยเหตุขัดข้อง" in text
    assert "คำนวณว่าหากไม่มีเหตุขัดข้อง จะบันทึกได้ทันกำหนด" not in text


@pytest.mark.parametrize("verdict", ["explained", "partly", "not_explained", "undetermined"])
def test_an_estimated_day_off_carries_no_verdict(verdict):
    """Neither in the count nor in the row; the day is named."""
    facts = office_month((entry(1, verdict, estimated=True),), estimated_days=("2026-10-26",))
    made = document("explanation", facts)
    row = cells(tables(made)[0].rows[0])[-1]
    assert row == "ยังไม่สรุปผล วันหยุดในช่วงนี้ยังเป็นการประมาณ "
    assert "– ๑ รายการ ยังไม่สรุปผล" in said(made)
    assert "๒๖ ตุลาคม ๒๕๖๙" in said(made)


def test_what_was_tried_is_listed_and_room_is_left_where_nothing_is_noted():
    """With its result."""
    tried = (Tried(OCTOBER, "เปลี่ยนสายแลน", "another cable", "helped"),)
    assert "๑ ต.ค. ๒๕๖๙ ๐๙:๐๐ น. เปลี่ยนสายแลน ผล: ใช้งานได้" in said(
        document("explanation", office_month(tried=tried))
    )
    assert "โปรดเติม: วันเวลา สิ่งที่ได้ทำ และผล ....." in said(
        document("explanation", office_month(tried=()))
    )


def test_what_is_not_posted_yet_is_told():
    """In the count, in the row, and in what is left to do."""
    late = (entry(1), entry(2, posted_from=None, posted_to=None, posted_precision="none"))
    made = document("explanation", office_month(late))
    assert "ในจำนวนนี้ยังไม่ได้บันทึก ๑ รายการ" in said(made)
    assert "ยังคงเหลือ ๑ รายการที่ยังไม่ได้บันทึก" in said(made)
    assert "บันทึก ยังไม่ได้ทำ" in cells(tables(made)[0].rows[1])[2]
    urging = said(document("urging", office_month(late)))
    assert "บันทึกรายการที่ยังไม่ได้บันทึก ๑ รายการ" in urging


def test_times_are_told_no_more_exactly_than_they_are_known():
    """A day without its hour; an interval as one."""
    late = (
        entry(1, event_precision="day", posted_precision="day"),
        entry(2, posted_precision="interval", posted_to=OCTOBER + 5 * 86400),
    )
    first, second = (
        cells(x)[2] for x in tables(document("explanation", office_month(late)))[0].rows
    )
    assert "รับ/จ่าย ๑ ต.ค. ๒๕๖๙\n" in first
    assert first.endswith("บันทึก ๔ ต.ค. ๒๕๖๙")
    assert "ระหว่าง ๔ ต.ค. ๒๕๖๙ กับ ๖ ต.ค. ๒๕๖๙" in second


def test_minutes_without_data_are_neither_usable_nor_down():
    """They are told as such."""
    text = said(document("explanation"))
    assert "เวลาทำการของเดือน ๘,๔๐๐ นาที วัดได้ว่าใช้งานได้ ๗,๙๕๕ นาที" in text
    assert "ไม่มีข้อมูล ๓๐ นาที ซึ่งไม่สามารถยืนยันได้ว่าใช้งานได้หรือไม่" in text


def test_a_memo_has_its_labels_and_the_three_books():
    """20 points bold, and the title 29."""
    made = document("memo", division="กองคลัง", phone="0 7750 0000")
    title = next(x for x in made.blocks if getattr(x, "size", 0) == 29)
    assert (joined(title.runs), title.exact) == ("บันทึกข้อความ", 35)
    large = [joined(x.label) for x in made.blocks if getattr(x, "label_size", 16) == 20]
    sides = next(x for x in made.blocks if isinstance(x, Columns))
    assert large == ["ส่วนราชการ", "เรื่อง"]
    assert [cell[0][0].text for cell in sides.cells] == ["ที่", "วันที่"]
    assert {cell[0][0].size for cell in sides.cells} == {20}
    assert "กองคลัง  เทศบาลตำบลบ้านหนองแวง  โทร. ๐ ๗๗๕๐ ๐๐๐๐" in said(made)
    assert "นายกเทศมนตรีตำบลบ้านหนองแวง" in said(made)
    assert [cells(x)[:3] for x in tables(made)[0].rows] == [
        ["ทะเบียนเงินรายรับ", "๒๐", "๑๔"],
        ["สมุดเงินสดรับ", "๒๔", "๑๕"],
        ["สมุดเงินสดจ่าย", "๒๖", "๒๐"],
    ]


@pytest.mark.parametrize("kind", ["notice", "urging"])
def test_a_provinces_letters_refer_to_the_circular_without_its_number(kind):
    """The number is the registry's to write; whoever knows it types it."""
    assert "หนังสือกระทรวงมหาดไทย ที่ .................... ลงวันที่ ๑๙ สิงหาคม ๒๕๕๘" in said(document(kind))
    typed = said(document(kind, reference="ที่ มท 0808.4/ว 2719"))
    assert "ที่ มท ๐๘๐๘.๔/ว ๒๗๑๙" in typed
    assert "ลงวันที่ ๑๙ สิงหาคม" not in typed


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ("current", "บันทึกเป็นปัจจุบัน"),
        ("not_current", "มีรายการที่บันทึกไม่เป็นปัจจุบัน"),
        ("not_operating", "ยังไม่ทราบว่าไม่มีรายการเกิดขึ้นหรือยังไม่ได้บันทึก"),
        ("unknown", "ยังไม่มีข้อมูลพอ"),
    ],
)
def test_a_notice_tells_how_the_books_stand(standing, words):
    """And asks rather than accuses where there are none."""
    assert words in said(document("notice", office_month(standing=standing)))


def test_the_summary_has_the_unexplained_first_and_no_noughts_for_no_data():
    """An office without books has dashes."""
    made = document("summary")
    rows = [cells(x) for x in tables(made)[0].rows]
    assert rows[0] == ["๑", "ทต.บ้านหนองแวง", "NT", "๗๐", "๙", "๔", "๐", "๓", "๒"]
    assert rows[2] == ["๓", "อบต.นาสัก", "NT", *["–"] * 6]
    text = said(made)
    assert "องค์กรปกครองส่วนท้องถิ่นในระบบเฝ้าดู ๓ แห่ง มีข้อมูลสมุดบัญชีของเดือนนี้ ๒ แห่ง" in text
    assert "ในจำนวนนี้น่าจะอธิบายได้แต่หลักฐานยังอ่อน ๒ รายการ" in text
    assert "ควรติดตามก่อน" in text


def test_the_summary_names_who_has_no_entries_at_all():
    """To be asked, not accused."""
    offices = facts_of(Kind.SUMMARY).offices
    quiet = msgspec.structs.replace(offices[1], standing="not_operating")
    made = document("summary", province_month(offices=(quiet,)))
    assert "ควรสอบถาม: องค์การบริหารส่วนตำบลทุ่งคา" in said(made)


def test_the_sheet_leaves_room_for_the_circuit_and_takes_it():
    """Times, symptom and layers are there."""
    assert "หมายเลขวงจร/ผู้ใช้บริการ\n........" in said(document("sheet"))
    text = said(document("sheet", circuit="7750J1234"))
    assert "7750J1234" in text
    assert "๑ ชม. ๐ นาที" in text
    assert "๒๒๘ จาก ๒๔๐ ครั้ง (๙๕ %)" in text
    assert "ข้อมูลหายเฉลี่ย ในช่วงขัดข้อง ๙๕ % นอกช่วง ๑ %" in text
    assert "หน่วงค่ากลาง ในช่วงขัดข้อง ไม่มีผลวัด" in text


def test_an_unseen_neighbour_has_no_noughts():
    """Nothing is known of it: dashes, and the minutes without data."""
    rows = [cells(x)[1:] for x in tables(document("sheet"))[-1].rows]
    assert rows == [["๖๐", "๐", "๐", "๐"], ["–", "–", "–", "๖๐"]]


def test_a_sheet_without_sums_says_so():
    """Instead of empty charts."""
    made = document("sheet", outage_sheet(measured=(), layers=()))
    assert "ไม่มีผลวัดรายช่วงของเวลานี้" in said(made)
    assert sum(type(x).__name__ == "Figure" for x in made.blocks) == 1  # the QR code


def test_a_sheet_of_weak_evidence_says_probably():
    """Whose fault it is, it does not know."""
    sheet = outage_sheet(outage=outage(scope="isp", key="NT", fault="uplink", grade="inferred"))
    assert "น่าจะเป็นผู้ให้บริการอินเทอร์เน็ต" in said(document("sheet", sheet))


@pytest.mark.parametrize("kind", list(Kind))
def test_only_codes_and_words_with_latin_letters_keep_latin_digits(kind):
    """In a Thai document; an English reading copy has none but Latin ones."""
    for piece in plain_text(document(kind)):
        for word in re.findall(r"\S*[0-9]\S*", piece):
            code = re.fullmatch(r"[0-9A-F]{8}|[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", word)
            assert code or re.search("[A-Za-z]", word), piece
    assert not re.search("[๐-๙]", said(document(kind, language="en")))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_document_ends_with_its_code_and_speaks_of_facts_for_consideration(kind):
    """On the page of the method as well as at the foot."""
    made = document(kind)
    stamp = stamp_of(kind, facts_of(kind), MADE_AT, URL)
    assert joined(made.footer) == f"ข้อเท็จจริงประกอบการพิจารณา  ·  รหัสตรวจสอบ {stamp.code}"
    assert f"{URL}{stamp.code}" in said(made)
    assert stamp.sha256[:8].upper() in said(made)


def test_a_simulated_office_is_told_on_every_page():
    """Nobody sends such a letter by mistake."""
    facts = office_month(office=msgspec.structs.replace(office_month().office, simulated=True))
    assert joined(document("memo", facts).footer).startswith("ข้อมูลจำลอง")


def test_a_document_is_made_of_its_own_facts_only():
    """A province's month makes no letter."""
    facts = province_month()
    stamp = stamp_of(Kind.MEMO, facts, MADE_AT, URL)
    with pytest.raises(TypeError):
        make(Kind.MEMO, words_in("th"), facts, read_form({}), stamp)


def test_what_people_type_is_one_bounded_line_each():
    """Control characters and long texts have no way onto the paper."""
    form = read_form({"signer": "  ก\x00ข\n\u202eค  ", "phone": "1" * 999, "other": "x"})
    assert (form.signer, len(form.phone)) == ("ก ข ค", 200)
    assert {x for names in FORM_FIELDS.values() for x in names} == set(FIELDS)


@pytest.mark.parametrize(
    ("latin", "thai"),
    [
        ("5 ตุลาคม 2569", "๕ ตุลาคม ๒๕๖๙"),
        ("RCPT-00001/70 และ 12", "RCPT-00001/70 และ ๑๒"),
        ("https://x.go.th/check/1234 (2)", "https://x.go.th/check/1234 (๒)"),
        ("(e-LAAS) 1,234.5", "(e-LAAS) ๑,๒๓๔.๕"),
    ],
)
def test_official_digits(latin, thai):
    """Thai, but where a word has Latin letters."""
    assert official_digits(latin) == thai
