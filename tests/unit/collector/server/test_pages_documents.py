"""Documents on pages: preview, files, codes, and who may have them."""

import io
import re
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import docx
import pytest

from laaswatch_collector.documents.check_code import read_code
from laaswatch_collector.store import schema
from support import letters, seeded
from support.pages import CSRF, serving

OFFICE = f"/offices/{seeded.FIRST}/documents"
MONTH = f"month={seeded.MONTH}"
KINDS = ("explanation", "memo", "notice", "urging")
EVERY = (
    *(f"{OFFICE}/{kind}?{MONTH}" for kind in KINDS),
    f"/provinces/{seeded.PROVINCE}/documents/summary?{MONTH}",
    "/outages/o-isp/sheet",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(Path(tmp_path_factory.mktemp("documents")), offices=12) as running:
        yield running


def page(site, path, user="somying"):
    return site.get(path, user=user).decode()


def file(site, path, take, user="somying", **fields):
    """The file that the preview's form gives, with its status."""
    request = urllib.request.Request(
        f"{site.url}{path}",
        urlencode({"csrf": CSRF, "take": take, **fields}).encode(),
        {"Cookie": site.cookie_header(user), "Origin": site.url},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers


def refused(site, path, user):
    with pytest.raises(urllib.error.HTTPError) as error:
        site.get(path, user=user)
    error.value.close()
    return error.value.code


@pytest.mark.parametrize("path", EVERY)
def test_a_file_opens_by_the_code_that_its_preview_shows(site, path):
    """The preview stores nothing; whoever takes the file makes its code known."""
    (code,) = set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", page(site, path)))
    assert read_code(code) == code
    assert refused(site, f"/check/{code}", "somying") == 404
    made, headers = file(site, path, "pdf")
    assert made.startswith(b"%PDF-")
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].endswith('.pdf"')
    shown = page(site, f"/check/{code}")
    assert "ข้อเท็จจริงยังเหมือนเดิมทุกข้อ" in shown
    assert code in page(site, path)


def test_a_word_file_holds_what_was_typed_and_the_store_does_not(site):
    """Names go on the paper and nowhere else."""
    typed = {"signer": "นางสาวสมใจ รักงาน", "number": "ชร 52002/", "reference": "ที่ ชพ 0023/99"}
    made, headers = file(site, EVERY[0], "docx", user="somchai", **typed)
    assert "wordprocessingml" in headers["Content-Type"]
    words = "\n".join(x.text for x in docx.Document(io.BytesIO(made)).paragraphs)
    assert "(นางสาวสมใจ รักงาน)" in words
    assert "ที่ ชพ ๐๐๒๓/๙๙" in words
    kept = site.database.read(
        lambda c: [*c.execute(schema.documents.select()), *c.execute(schema.audit.select())]
    )
    assert kept
    assert "สมใจ" not in str(kept)
    assert zipfile.ZipFile(io.BytesIO(made)).testzip() is None


def test_what_was_typed_comes_back_in_the_preview(site):
    """Markup in it is shown as it was typed."""
    status, shown = site.post(EVERY[0], "somying", take="preview", signer="<b>ก</b>")
    assert status == 200
    assert "&lt;b&gt;ก&lt;/b&gt;" in shown
    assert "<b>ก</b>" not in shown


def test_a_form_from_elsewhere_makes_nothing(site):
    """Without the session's own token."""
    assert site.post(EVERY[0], "somying", take="pdf", csrf="wrong")[0] == 403


def test_an_office_writes_its_own_letters_and_never_a_provinces(site):
    """And sees no other office's."""
    assert "หนังสือชี้แจง" in page(site, f"{OFFICE}?{MONTH}", "somchai")
    assert "documents/urging" not in page(site, f"{OFFICE}?{MONTH}", "somchai")
    for path in (EVERY[2], EVERY[3], EVERY[4], f"/provinces/{seeded.PROVINCE}/documents"):
        assert refused(site, path, "somchai") == 404
    assert refused(site, f"{OFFICE}/memo", "malee") == 404
    assert refused(site, f"{OFFICE}/memo", "support") == 404
    assert refused(site, "/outages/o-office/sheet", "malee") == 404


def test_a_check_code_opens_for_those_who_may_see_the_office(site):
    """For the others it is as if there were none."""
    path = f"/check/{letters.CODE}"
    for user in ("somchai", "somying", "admin"):
        assert letters.CODE in page(site, path, user)
    for user in ("malee", "support"):
        assert refused(site, path, user) == 404
    assert "ไม่พบเอกสารตามรหัสนี้" in page(site, f"/check?code={letters.CODE}", "malee")


def test_an_altered_sheet_is_found_by_its_figures(site):
    """What somebody types from the paper is compared with what is kept."""
    shown = page(site, f"/check/{letters.CODE}?late=%E0%B9%96&up=8000")
    assert shown.count("ตรงกัน</span>") == 1
    assert shown.count("ไม่ตรง กระดาษอาจถูกแก้ไข</span>") == 1


def test_facts_that_changed_since_are_listed(site):
    """The letter of the seed was made of other facts than the books hold now."""
    shown = page(site, f"/check/{letters.CODE}")
    assert "มีข้อเท็จจริงเปลี่ยนไปหลังทำเอกสาร" in shown
    assert "RCPT-00001/70" in shown


def test_a_wrong_code_is_told_so_and_one_typed_by_hand_is_found(site):
    """Small letters and Thai digits do."""
    assert "มีตัวที่พิมพ์ผิดหรือสลับกัน" in page(site, "/check?code=ABCD-EFGH-JKMX")
    typed = letters.CODE.lower().replace("-", "+")
    assert f"<h1>หนังสือชี้แจง {letters.CODE}</h1>" in page(site, f"/check?code={typed}")


def test_an_offices_sheet_names_no_other_office(site):
    """A province's has them all."""
    own, whole = page(site, "/outages/o-isp/sheet", "somchai"), page(site, "/outages/o-isp/sheet")
    assert "6860104" not in own
    assert "๖๘๖๐๑๐๔" not in own
    assert "๖๘๖๐๑๐๔" in whole


def test_the_reading_copy_is_english_and_says_that_it_is_one(site):
    """Whatever language the page is in, the letter itself is Thai."""
    thai = page(site, f"{EVERY[0]}&lang=en")
    assert 'class="paper" lang="th"' in thai
    copy = page(site, f"{EVERY[0]}&lang=en&copy=en")
    assert 'class="paper" lang="en"' in copy
    assert "A reading copy" in copy
