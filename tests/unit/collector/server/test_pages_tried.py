"""What was tried, partner offices, visits: written by forms as a browser sends them, shown, and in the letters."""

import re

import pytest
import sqlalchemy as sa

from laaswatch_collector.store.schema import audit, partners, tried, visits
from support import seeded
from support.pages import serving

OFFICE = f"/offices/{seeded.FIRST}"
STEP = {"what": "", "words": "เปลี่ยนสายแลน", "step": "SELF", "at": "2026-11-02T09:40", "result": "did_not_help"}  # fmt: skip
AGENCY = {
    "name": "โรงพยาบาลส่งเสริมสุขภาพตำบล", "kind": "hospital", "district": "01", "isp": "true",
    "latitude": "10.49", "longitude": "99.18", "opens": "08:30", "closes": "16:30",
    "contact": "0 7700 1234", "desks": "1", "source": "บันทึกข้อตกลง 1/2569",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    place = tmp_path
    if request.param == "postgresql":
        place = request.getfixturevalue("cluster").new_store()
    with serving(place, offices=12) as found:
        yield found


def text_of(site, path, user="somchai"):
    return site.get(path, user=user).decode()


def rows(site, table):
    return site.database.read(lambda c: c.execute(sa.select(table).order_by(table.c.id)).all())


def sent(site, path, fields, user):
    """The page that a form leads to, or shows again."""
    status, body = site.post(path, user, **fields)
    assert status in (200, 303), status
    return body


def refused(site, path, fields, user):
    return site.post(path, user, **fields)[0]


def test_the_page_shows_where_the_office_stands(site):
    text = text_of(site, f"{OFFICE}/tried")
    ladder = re.search(r'<ol class="rungs">(.*?)</ol>', text, re.DOTALL)[1]
    assert re.findall(r"r-(\w+)", ladder) == [
        "no_help", "not_yet", "waiting", "not_yet",
    ]  # fmt: skip
    assert "ครบกำหนดตอบ 3 พ.ย. 2569" in ladder


def test_a_step_is_kept_with_the_outage_that_went_on(site):
    sent(site, f"{OFFICE}/tried", STEP, "somchai")
    row = rows(site, tried)[-1]
    assert (row.office_code, row.what_th, row.result) == (
        seeded.FIRST,
        STEP["words"],
        "did_not_help",
    )
    assert (row.outage_id, row.fault, row.scope) == ("o-now", "uplink", "office")
    assert row.at == seeded.at(2, "09:40", 11)
    assert row.written_by == "somchai"
    assert STEP["words"] in text_of(site, f"{OFFICE}/tried")
    assert STEP["words"] in text_of(site, "/outages/o-now")
    assert rows(site, audit)[-1].action == "step_written"


def test_an_action_of_the_article_brings_its_words_and_its_step(site):
    chosen = re.search(r'<option value="(kb-[a-z0-9-]+/0)">(.*?)</option>', text_of(site, f"{OFFICE}/tried"))  # fmt: skip
    sent(
        site, f"{OFFICE}/tried", STEP | {"what": chosen[1], "words": "", "step": "OWNER"}, "somchai"
    )
    row = rows(site, tried)[-1]
    assert row.what_th == chosen[2]
    assert row.what_en
    assert row.article == chosen[1].split("/")[0]
    assert row.step == "SELF"


def test_what_worked_before_is_told_with_how_often(site):
    chosen = re.findall(r'<option value="(kb-[a-z0-9-]+/[0-9])">', text_of(site, f"{OFFICE}/tried"))
    for _ in range(3):
        fields = STEP | {"what": chosen[0], "words": "", "result": "helped"}
        sent(site, f"{OFFICE}/tried", fields, "somchai")
    text = text_of(site, f"{OFFICE}/tried")
    assert "เคยได้ผล 3 จาก 3 ครั้ง" in text
    assert "น้อยครั้ง" in text


def test_whom_to_call_and_what_to_say(site):
    text = text_of(site, f"{OFFICE}/tried")
    assert "รหัส 6860101 ใช้เน็ตของ NT ขณะนี้ออกอินเทอร์เน็ตไม่ได้" in text
    assert "ตั้งแต่ 2 พ.ย. 2569 09:12" in text


def test_an_answer_that_others_owe_gets_a_day(site):
    sent(site, f"{OFFICE}/tried", STEP | {"step": "ISP", "result": "waiting", "reference": "NT-7"}, "somchai")  # fmt: skip
    assert str(rows(site, tried)[-1].due) == "2026-11-03"
    sent(site, f"{OFFICE}/tried", STEP | {"step": "ISP", "result": "waiting", "due": "2026-11-20"}, "somchai")  # fmt: skip
    assert str(rows(site, tried)[-1].due) == "2026-11-20"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"words": ""}, "เลือกหรือเขียนว่าทำอะไร"),
        ({"words": "ก" * 201}, "ข้อความยาวเกินไป"),
        ({"step": "ANYBODY"}, "เลือกว่าใครทำ"),
        ({"at": "2026-13-02T09:40"}, "เวลาไม่ถูกต้อง"),
        ({"at": "2026-11-02T11:40"}, "เวลาไม่ถูกต้อง"),
        ({"at": "2569-11-02T09:40"}, "เวลาไม่ถูกต้อง"),
        ({"result": "miracle"}, "เลือกผลก่อน"),
        ({"result": "waiting", "due": "soon"}, "วันครบกำหนดไม่ถูกต้อง"),
        ({"what": "kb-99-none/0", "words": ""}, "เลือกหรือเขียนว่าทำอะไร"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_kept(site, change, said):
    before = len(rows(site, tried))
    answer = sent(site, f"{OFFICE}/tried", STEP | change, "somchai")
    assert said in answer
    assert len(rows(site, tried)) == before


def test_the_outcome_is_written_later_by_the_office_alone(site):
    waiting = next(x.id for x in rows(site, tried) if x.result == "waiting")
    assert refused(site, f"/offices/6860102/tried/{waiting}", {"result": "helped"}, "malee") == 404
    sent(site, f"{OFFICE}/tried/{waiting}", {"result": "helped"}, "somchai")
    row = next(x for x in rows(site, tried) if x.id == waiting)
    assert (row.result, row.result_at) == ("helped", seeded.NOW)
    assert refused(site, f"{OFFICE}/tried/{waiting}", {"result": "waiting"}, "somchai") == 400


def test_a_letter_says_what_was_tried(site):
    text = text_of(site, f"{OFFICE}/documents/explanation?month={seeded.MONTH}")
    assert "ปิดเปิดเราเตอร์" in text
    assert "แจ้งผู้ให้บริการ (T-1)" in text
    assert "ถอดเสียบสายใหม่" not in text  # of another month


def test_the_province_sees_what_is_overdue(site):
    def late(connection):
        connection.execute(
            tried.update().where(tried.c.result == "waiting").values(due=seeded.at(30).date())
        )

    assert "เลยกำหนด 1 เรื่อง" not in text_of(site, "/provinces/86", "somying")
    site.database.write(late)
    assert "เลยกำหนด 1 เรื่อง" in text_of(site, "/provinces/86", "somying")


# ---------------------------------------------------------------------- partners
def test_partners_that_work_come_first_and_oneself_is_not_named(site):
    text = text_of(site, f"{OFFICE}/partners")
    assert text.index("องค์การบริหารส่วนตำบลทุ่งคา 2") < text.index("โรงเรียนบ้านหนองแวง")
    own = text_of(site, "/offices/6860102/partners", "malee")
    assert "<h3>องค์การบริหารส่วนตำบลทุ่งคา 2</h3>" not in own
    assert "ถอนออก" in own


def test_a_visit_is_planned_and_concluded(site):
    number = rows(site, partners)[0].id
    sent(site, f"{OFFICE}/partners/{number}", {}, "somchai")
    visit = rows(site, visits)[-1]
    assert (visit.partner_id, visit.office_code, visit.result) == (number, seeded.FIRST, "planned")
    assert (
        refused(site, f"/offices/6860102/visits/{visit.id}", {"result": "posted"}, "malee") == 404
    )
    sent(site, f"{OFFICE}/visits/{visit.id}", {"result": "posted"}, "somchai")
    assert rows(site, visits)[-1].result == "posted"
    assert "บันทึกบัญชีได้ครบ" in text_of(site, f"{OFFICE}/partners")
    assert refused(site, f"{OFFICE}/partners/999999", {}, "somchai") == 404


def test_an_office_agrees_changes_and_withdraws(site):
    lend = {
        "opens": "09:00",
        "closes": "15:00",
        "contact": "๐๗๗ ๑๒๓ ๔๕๖",
        "desks": "2",
        "what": "agree",
    }
    sent(site, f"{OFFICE}/partners", lend, "somchai")
    sent(site, f"{OFFICE}/partners", lend | {"desks": "3"}, "somchai")
    listed = [x for x in rows(site, partners) if x.office_code == seeded.FIRST]
    assert [(x.desks, x.withdrawn_at is None) for x in listed] == [(2, False), (3, True)]
    register = "/provinces/86/partners"
    assert 'href="/offices/6860101"' in text_of(site, register, "somying")
    # Its own line is down now: nobody is sent there.
    assert "<h3>เทศบาลตำบลบ้านหนองแวง 1" not in text_of(site, "/offices/6860102/partners", "malee")
    sent(site, f"{OFFICE}/partners", {"what": "withdraw"}, "somchai")
    assert 'href="/offices/6860101"' not in text_of(site, register, "somying")


def test_a_province_keeps_the_register(site):
    page = "/provinces/86/partners"
    sent(site, page, AGENCY, "somying")
    row = rows(site, partners)[-1]
    assert (row.name_th, row.isp, row.province, row.latitude) == (
        AGENCY["name"],
        "TRUE",
        "86",
        10.49,
    )
    assert AGENCY["name"] in text_of(site, f"{OFFICE}/partners")
    sent(site, page, {"withdraw": str(row.id)}, "somying")
    assert AGENCY["name"] not in text_of(site, f"{OFFICE}/partners")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "ใส่ชื่อ"),
        ({"kind": "bank"}, "ใส่ชื่อ"),
        ({"longitude": ""}, "ต้องใส่คู่กัน"),
        ({"latitude": "99.18"}, "ต้องใส่คู่กัน"),
        ({"opens": "16:30"}, "เวลาเปิดต้องมาก่อน"),
        ({"closes": "26:00"}, "เวลาเปิดต้องมาก่อน"),
        ({"contact": "คุณสมชาย"}, "ใส่เบอร์โทร"),
        ({"desks": "0"}, "จำนวนที่นั่ง"),
        ({"source": ""}, "ใส่ที่มา"),
        ({"district": "ก" * 121}, "ยาวเกินไป"),
    ],
)
def test_a_mistake_in_the_register_is_named(site, change, said):
    before = len(rows(site, partners))
    assert said in sent(site, "/provinces/86/partners", AGENCY | change, "somying")
    assert len(rows(site, partners)) == before
