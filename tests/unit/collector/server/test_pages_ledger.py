"""An officer's ledger file: sent, looked at, confirmed once, imported; and what the page says of the books."""

import json
import re
import tempfile
import urllib.error
from html import unescape

import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.parse import MOST_BYTES
from laaswatch_collector.server.uploads import _FOLDER
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.schema import (
    audit,
    entries,
    ledger_layouts,
    quiet_answers,
    system_statements,
)
from support import seeded
from support.ledgers import HEAD, workbook
from support.pages import serving
from support.uploads import BOUNDARY, multipart, post, post_file, send

OFFICE = seeded.FIRST
LEDGER = f"/offices/{OFFICE}/ledger"
SEND = f"{LEDGER}/uploads"
FILE = (HEAD + "5/10/2569,Q-1,ค่าน้ำของนายสมชาย,77.77\n6/10/2569,Q-2,x,1\n31/2/69,Q-3,x,1\n").encode()
OWN_WORDS = "เมื่อไร,ใบที่,เรื่อง\n5/10/2569,Q-1,ก\n6/10/2569,Q-2,ข\n".encode()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The real application with three seeded offices; its uploads go to a folder of the test's own."""
    (tmp_path / "uploads").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "uploads"))
    with serving(tmp_path, offices=3) as found:
        yield found
    assert not list((tmp_path / "uploads").iterdir()), "nothing of a file may stay behind"


def kept(site):
    """Numbers of the first office that begin with Q: those of this test."""
    query = sa.select(entries.c.doc_no).where(
        entries.c.office_code == OFFICE, entries.c.doc_no.like("Q-%")
    )
    return sorted(site.database.read(lambda c: c.execute(query).scalars().all()))


def done(site):
    """What the audit tells of ledgers, oldest first."""
    query = sa.select(audit.c.action).where(audit.c.action.like("%ledger%")).order_by(audit.c.id)
    return site.database.read(lambda c: c.execute(query).scalars().all())


def form_of(page):
    """What the form of a preview would send as it stands."""
    fields = dict(re.findall(r'<input type="hidden" name="(s\d)" value="([^"]*)">', page))
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)">(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def waiting(site, file=FILE, user="somchai", **more):
    """Send a file; the path of its preview."""
    status, where, _ = post_file(site, SEND, user, file, **more)
    assert status == 303
    return where


def test_a_file_is_shown_confirmed_and_imported(site, tmp_path):
    path = waiting(site, exported_at="20/10/2569 16:45")
    page = site.get(path, user="somchai").decode()
    assert "อ่านได้ 2 แถว อ่านไม่ได้ 1 แถว" in page
    assert "Q-1" in page
    assert "ไม่มีวันที่ 31/2/2569" in page
    assert "ยังไม่มีใครยืนยันหัวตาราง" in page
    assert "สมชาย" not in page
    assert "77.77" not in page
    assert len(page.encode()) < 60_000
    assert kept(site) == [], "nothing is imported before somebody says so"
    status, where, _ = post(site, path, "somchai", do="import", **form_of(page))
    assert status == 303
    assert kept(site) == ["Q-1", "Q-2"]
    assert done(site) == ["send_ledger", "confirm_ledger_columns", "import_ledger"]
    assert not list((tmp_path / "uploads").glob(f"{_FOLDER}*/*")), "the file goes with the import"
    after = site.get(where, user="somchai").decode()
    assert "นำเข้าแล้ว" in after
    assert "somchai" in after
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.get(path, user="somchai")


def test_the_columns_are_asked_once_for_each_heading(site):
    path = waiting(site)
    page = site.get(path, user="somchai").decode()
    assert post(site, path, "somchai", do="import", **form_of(page))[0] == 303
    more = HEAD.encode() + b"7/10/2569,Q-7,x,1\n"
    again = site.get(waiting(site, more), user="somchai").decode()
    assert "somchai ยืนยันคอลัมน์แล้วเมื่อ" in again
    assert "ยังไม่มีใครยืนยันหัวตาราง" not in again
    other = HEAD.replace("รายการ", "รายการรับ").encode() + b"7/10/2569,Q-7,x,1\n"
    assert "ยังไม่มีใครยืนยันหัวตาราง" in site.get(waiting(site, other), user="somchai").decode()


def test_an_unknown_heading_can_be_placed_by_hand(site):
    path = waiting(site, OWN_WORDS)
    page = site.get(path, user="somchai").decode()
    assert "ไม่พบหัวตารางของสมุดบัญชี" in page
    assert "B: ใบที่ (เป็นข้อความ)" in page
    assert "A: เมื่อไร (เป็นวันที่)" in page
    fields = form_of(page)
    status, _, wrong = post(site, path, "somchai", do="import", **fields)
    assert status == 200
    assert "ต้องเลือกคอลัมน์ของวันที่และเลขที่เอกสาร" in wrong
    fields |= {"s0-event_date": "0", "s0-doc_no": "0"}
    assert "สองครั้ง" in post(site, path, "somchai", do="look", **fields)[2]
    fields["s0-doc_no"] = "1"
    look = post(site, path, "somchai", do="look", **fields)[2]
    assert "อ่านได้ 2 แถว อ่านไม่ได้ 0 แถว" in look
    assert kept(site) == []
    assert post(site, path, "somchai", do="import", **form_of(look))[0] == 303
    assert kept(site) == ["Q-1", "Q-2"]
    row = site.database.read(lambda c: c.execute(sa.select(ledger_layouts)).one())
    assert json.loads(row.columns) == {"doc_no": 1, "event_date": 0}
    assert (row.office_code, row.confirmed_by) == (OFFICE, "somchai")
    later = OWN_WORDS + "7/10/2569,Q-3,ค\n".encode()
    assert "อ่านได้ 3 แถว" in site.get(waiting(site, later), user="somchai").decode()


def test_a_workbook_comes_in_the_same_way(site):
    data = workbook(["วันที่", "เลขที่เอกสาร"], ["5/10/2569", "Q-1"])
    path = waiting(site, data, name="export.xlsx", book="cash_payments_journal")
    page = site.get(path, user="somchai").decode()
    assert post(site, path, "somchai", do="import", **form_of(page))[0] == 303
    assert kept(site) == ["Q-1"]


def test_a_file_without_its_book_asks_for_it(site):
    path = waiting(site, name="export.csv")
    page = site.get(path, user="somchai").decode()
    assert "ไม่ทราบว่าเป็นสมุดใด" in page
    fields = form_of(page) | {"book": "cash_receipts_journal"}
    assert "อ่านได้ 2 แถว" in post(site, path, "somchai", do="look", **fields)[2]


@pytest.mark.parametrize("file", [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04junk", b""])
def test_what_is_no_ledger_is_said_on_the_page(site, file):
    page = site.get(waiting(site, file), user="somchai").decode()
    assert 'role="alert"' in page
    assert 'value="import"' not in page


def test_the_rows_to_mend_can_be_taken_home(site):
    path = waiting(site)
    mend = site.get(f"{path}/mend.csv", user="somchai").decode("utf-8-sig")
    assert "Q-3" in mend
    assert "Q-1" not in mend


def test_a_file_that_is_dropped_is_gone(site, tmp_path):
    path = waiting(site)
    assert list((tmp_path / "uploads").glob(f"{_FOLDER}*/*"))
    assert post(site, path, "somchai", do="drop")[0] == 303
    assert not list((tmp_path / "uploads").glob(f"{_FOLDER}*/*"))
    assert done(site) == ["send_ledger", "drop_ledger"]


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ("somchai", 303),
        ("somying", 303),
        ("admin", 404),
        ("malee", 404),
        ("support", 404),
        ("viewer", 404),
        ("auditor", 404),
    ],
)
def test_who_may_send_a_file(site, user, status):
    assert post_file(site, SEND, user, FILE)[0] == status


def test_a_file_is_its_sender_s_alone(site):
    path = waiting(site)
    for user in ("somying", "admin"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            site.get(path, user=user)
        assert post(site, path, user, do="drop")[0] == 404


def test_a_form_from_elsewhere_is_refused_before_its_file_is_taken(site, tmp_path):
    assert post_file(site, SEND, "somchai", FILE, csrf="00" * 32)[0] == 403
    path = waiting(site)
    assert post(site, path, "somchai", csrf="00" * 32, do="import")[0] == 403
    assert kept(site) == []
    assert len(list((tmp_path / "uploads").glob(f"{_FOLDER}*/*"))) == 1


KIND = f"multipart/form-data; boundary={BOUNDARY}"
ODD = {
    "no file": (multipart({"csrf": "c5" * 32}), KIND, 400),
    "file before the fields": (multipart({}, FILE) + b"x", KIND, 403),
    "no boundary": (b"x", "multipart/form-data", 400),
    "not a form": (b"{}", "application/json", 415),
    "cut short": (multipart({"csrf": "c5" * 32}, FILE)[:-60], KIND, 400),
    "no boundary in the body": (b"x" * 500, KIND, 400),
    "long field": (multipart({"csrf": "x" * 5000}, FILE), KIND, 413),
    "many fields": (multipart({f"f{n}": "1" for n in range(50)}, FILE), KIND, 400),
    "time in the future": (multipart({"csrf": "c5" * 32, "exported_at": "1/1/2599 10:00"}, FILE), KIND, 400),
    "too large": (multipart({"csrf": "c5" * 32}, b"x" * (MOST_BYTES + 1)), KIND, 413),
    "far too large": (multipart({"csrf": "c5" * 32}, b"x" * (MOST_BYTES + 99_999)), KIND, 413),
    "empty": (b"", KIND, 400),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "status"), ODD.values(), ids=ODD.keys())
def test_odd_forms_are_refused_and_leave_nothing(site, tmp_path, body, kind, status):
    try:
        assert send(site, SEND, body, kind, "somchai")[0] == status
    except (ConnectionError, urllib.error.URLError):
        assert status == 413, "only what is refused by its head may break off while it is sent"
    assert not list((tmp_path / "uploads").glob(f"{_FOLDER}*/*"))


def test_nothing_of_a_file_but_what_is_needed_is_kept_or_logged(site, tmp_path, caplog):
    """Names and amounts are planted in every cell that is not kept; the whole store and the log are searched."""
    secrets = ("สมชาย", "ใจดี", "ค่าจ้างลับ", "77,777", "77777", "0812345678")
    text = "".join(
        f'{day},{number},ค่าจ้างลับ ของ นายสมชาย ใจดี,"77,777.70"\n'
        for day, number in (
            ("5/10/2569", "Q-1"),
            ("นายสมชาย ใจดี", "Q-2"),
            ("6/10/2569", "นายสมชาย ใจดี 0812345678"),
            ("7/10/2569", "ค่าจ้างลับ ของ นายสมชาย ใจดี เดือนนี้ 1"),
        )
    )
    path = waiting(site, (HEAD + text + ",ลงชื่อ นายสมชาย ใจดี,,\n").encode())
    page = site.get(path, user="somchai").decode()
    assert post(site, path, "somchai", do="import", **form_of(page))[0] == 303
    assert kept(site) == ["Q-1"]
    site.database.write(lambda c: None)
    stored = b"".join(x.read_bytes() for x in tmp_path.glob("store.db*"))
    assert b"Q-1" in stored
    for secret in secrets:
        assert secret.encode() not in stored, secret
        assert secret not in caplog.text


def test_the_page_says_how_rough_weekly_exports_are(site):
    for day in (13, 20):
        path = waiting(site, exported_at=f"{day}/10/2569 16:45")
        page = site.get(path, user="somchai").decode()
        assert post(site, path, "somchai", do="import", **form_of(page))[0] == 303
        more = HEAD.encode() + f"{day}/10/2569,Q-{day},x,1\n".encode()
        path = waiting(site, more, exported_at=f"{day}/10/2569 16:50")
        assert (
            post(
                site,
                path,
                "somchai",
                do="import",
                **form_of(site.get(path, user="somchai").decode()),
            )[0]
            == 303
        )
    assert "ห่างกัน" not in site.get(LEDGER, user="somchai").decode()
    path = waiting(site, more + b"24/10/2569,Q-24,x,1\n", exported_at="27/10/2569 16:45")
    page = site.get(path, user="somchai").decode()
    assert post(site, path, "somchai", do="import", **form_of(page))[0] == 303
    assert "สองแฟ้มล่าสุดห่างกัน 7 วัน" in site.get(LEDGER, user="somchai").decode()


def test_nothing_can_be_dated_after_its_export(site):
    page = site.get(waiting(site, exported_at="5/10/2569 16:45"), user="somchai").decode()
    assert "อ่านได้ 1 แถว อ่านไม่ได้ 2 แถว" in page
    assert "อยู่หลังวันที่ส่งออกแฟ้ม" in page


# ------------------------------------------------------------------ what the page says


def test_the_page_and_the_json_tell_the_same(site):
    page = site.get(f"{LEDGER}?month={seeded.MONTH}", user="somchai").decode()
    found = json.loads(
        site.get(f"/offices/{OFFICE}/books.json?month={seeded.MONTH}", user="somchai")
    )
    assert [x["system"] for x in found["systems"]] == [
        "budget", "receipts", "expenditure", "accounting", "reports",
    ]  # fmt: skip
    assert [x["standing"] for x in found["systems"] if not x["books"]] == ["unknown"] * 3
    for system in found["systems"]:
        for book in system["books"]:
            for rule in book["rules"]:
                assert rule["source"]
                assert rule["confidence"] in {"low", "medium", "high"}
                assert rule["source"] in unescape(page)
    assert found["not_operating_after"]["working_days"] == 5
    assert found["not_operating_after"]["source"] in page
    assert len(page.encode()) < 60_000


def test_an_office_states_what_no_book_tells(site):
    said = {"budget": "current", "accounting": "not_current", "reports": "unknown"}
    status, where, _ = post(site, f"{LEDGER}/statements", "somchai", month=seeded.MONTH, **said)
    assert (status, where) == (303, f"{LEDGER}?month={seeded.MONTH}")
    found = json.loads(
        site.get(f"/offices/{OFFICE}/books.json?month={seeded.MONTH}", user="somchai")
    )
    stated = {x["system"]: (x["standing"], x["basis"]) for x in found["systems"]}
    assert stated["budget"] == ("current", "statement")
    assert stated["accounting"] == ("not_current", "statement")
    assert stated["reports"] == ("unknown", "nothing")
    assert (
        post(site, f"{LEDGER}/statements", "somchai", month=seeded.MONTH, budget="unknown")[0]
        == 303
    )
    left = site.database.read(
        lambda c: c.execute(sa.select(system_statements.c.system)).scalars().all()
    )
    assert left == ["accounting"], "what was said can be taken back"


@pytest.mark.parametrize(
    "fields",
    [
        {"month": "2099-01", "budget": "current"},
        {"month": "x", "budget": "current"},
        {"month": "2026-W1", "budget": "current"},
        {"month": seeded.MONTH, "receipts": "current"},
        {"month": seeded.MONTH, "budget": "splendid"},
        {"month": seeded.MONTH},
    ],
)
def test_odd_statements_are_refused(site, fields):
    assert post(site, f"{LEDGER}/statements", "somchai", **fields)[0] == 400


def test_who_may_state(site):
    for user in ("malee", "support"):
        fields = {"month": seeded.MONTH, "budget": "current"}
        assert post(site, f"{LEDGER}/statements", user, **fields)[0] == 404


def test_only_days_that_were_asked_about_can_be_answered(site):
    fields = {"month": seeded.MONTH, "answer": "no_transactions"}
    asked = {"first": "2026-01-01", "last": "2026-12-31"}
    assert post(site, f"{LEDGER}/quiet", "somchai", **fields, **asked)[0] == 404
    assert post(site, f"{LEDGER}/quiet", "somchai", month=seeded.MONTH, answer="perhaps")[0] == 400
    assert site.database.read(lambda c: c.execute(sa.select(quiet_answers)).all()) == []


def test_a_mother_lists_the_offices_below_and_adds_nothing_up(site):
    child = Office(
        "68601099", "ศูนย์พัฒนาเด็กเล็ก", "Child centre", "sub_office", "86", parent_code=OFFICE
    )
    before = site.get(f"/offices/{OFFICE}/books.json", user="somchai")
    site.database.write(lambda c: import_offices(c, [child]))
    page = site.get(LEDGER, user="somchai").decode()
    assert "ศูนย์พัฒนาเด็กเล็ก" in page
    assert "/offices/68601099/ledger" not in page, "the officer of the mother has no leave there"
    assert "/offices/68601099/ledger" in site.get(LEDGER, user="admin").decode()
    assert "หน่วยงานต้นสังกัด" in site.get("/offices/68601099/ledger", user="admin").decode()
    assert post_file(site, "/offices/68601099/ledger/uploads", "somchai", FILE)[0] == 404
    path = post_file(site, "/offices/68601099/ledger/uploads", "somying", FILE)[1]
    fields = form_of(site.get(path, user="somying").decode())
    assert post(site, path, "somying", do="import", **fields)[0] == 303
    assert kept(site) == [], "the child's entries are the child's"
    assert site.get(f"/offices/{OFFICE}/books.json", user="somchai") == before


def test_the_template_can_be_had(site):
    assert site.get("/ledger-template.xlsx", user="somchai").startswith(b"PK")
