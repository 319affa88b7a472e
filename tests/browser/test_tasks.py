"""The main tasks of each user, from the start page, in a real browser without JavaScript: done, in how many clicks.

Signing in is not counted. A page that grows a click fails here.
"""

import pytest

from support import letters, seeded
from support.browser import IN_BROWSER
from support.ledgers import HEAD
from support.tasks import CLICKS

pytestmark = IN_BROWSER


class Person:
    """Somebody at the start page, whose clicks are counted."""

    def __init__(self, context, site, user, start="/"):
        context.add_cookies([site.cookie_of(user)])
        self.tab = context.new_page()
        self.tab.goto(f"{site.url}{start}")
        self.clicks = 0

    def click(self, selector):
        """Click the first that fits."""
        found = self.tab.locator(selector).first
        assert found.is_visible(), selector
        self.clicks += 1
        found.click()

    def reads(self, selector):
        """The text of what is there."""
        return self.tab.locator(selector).first.inner_text()

    def did(self, task):
        """Hold the clicks against what the task may cost."""
        assert self.clicks == CLICKS[task], f"{task}: {self.clicks} clicks"


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["wide", "phone"])
def person(request, browser, site):
    """Opens a tab for somebody."""
    contexts = []

    def opened(user, start="/"):
        width, height = request.param
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=False
        )
        contexts.append(context)
        return Person(context, site, user, start)

    yield opened
    for context in contexts:
        context.close()


def test_can_we_work_whose_fault_what_next(person):
    """The ten-second answer: on the first screen, without scrolling."""
    clerk = person("somchai")
    assert "เข้าเว็บระบบบัญชีไม่ได้" in clerk.reads("#answer")
    assert "ตั้งแต่" in clerk.reads("section.answer")
    assert clerk.reads(".next .do").strip()
    box = clerk.tab.locator(".next .do").bounding_box()
    assert box["y"] + box["height"] <= clerk.tab.viewport_size["height"]
    clerk.did("can we work, whose fault, what next")


def test_why_was_an_entry_late(person):
    clerk = person("somchai", f"/offices/{seeded.FIRST}?month={seeded.MONTH}")
    clerk.click("a[href*='/explanations']")
    clerk.click(".axis-box a")
    assert "นาทีทำการก่อนครบกำหนด" in clerk.reads("tr:target")
    clerk.did("why was an entry late")


def test_the_explanation_letter(person):
    clerk = person("somchai", f"/offices/{seeded.FIRST}?month={seeded.MONTH}")
    clerk.click("main a[href*='/documents?']")
    clerk.click("a[href*='/documents/explanation']")
    with clerk.tab.expect_download() as waiting:
        clerk.click("button[value=pdf]")
    assert waiting.value.path().read_bytes().startswith(b"%PDF")
    clerk.did("the explanation letter as PDF")


def test_a_ledger_file(person):
    clerk = person("malee")
    width = clerk.tab.viewport_size["width"]
    clerk.click("main a[href*='/ledger?']")
    text = HEAD + f"5/10/2569,TASK-{width},ก,1\n"
    clerk.tab.set_input_files(
        "input[type=file]",
        {"name": "สมุดเงินสดรับ.csv", "mimeType": "text/csv", "buffer": text.encode()},
    )
    clerk.click("form[enctype] button.main")
    clerk.click("button[value=import]")
    assert "นำเข้าแล้ว" in clerk.reads("main")
    clerk.did("bring in a ledger file")


def test_what_is_still_to_be_posted(person):
    head = person("viewer", f"/offices/{seeded.FIRST}?month={seeded.MONTH}")
    head.click("main a[href*='/books?']")
    assert "RCPT-" in head.reads("#open + ul")
    head.did("what is still to be posted")


def test_write_down_what_was_tried(person):
    clerk = person("somchai")
    clerk.click("a[href$='/tried']")
    chosen = clerk.tab.locator("#what option").first.inner_text()
    clerk.click("form.ask button.main")
    assert chosen in clerk.reads("#log ~ .pc")
    clerk.did("write down what was tried")


def test_a_partner_office_to_work_from(person):
    clerk = person("somchai")
    clerk.click("a[href$='/partners']")
    assert "ขณะนี้เข้าเว็บบัญชีได้" in clerk.reads("#near ~ .pc")
    clerk.click("#near ~ .pc button.main")
    assert "กำลังจะไป" in clerk.reads("#visits + ul")
    clerk.did("a partner office to work from")


def test_whom_to_follow_up_first(person):
    province = person("somying", f"/provinces/{seeded.PROVINCE}?month={seeded.MONTH}")
    first = province.tab.locator("table.province tbody tr").first
    assert "ไม่มีเหตุอธิบาย" in province.reads("table.province thead")
    assert int(first.locator("td.n").first.inner_text()) > 0
    province.click("table.province a[href$='/documents']")
    province.click("a[href*='/documents/urging']")
    assert "ค้าง" in province.reads("main") or "ล่าช้า" in province.reads("main")
    province.did("whom to follow up first, and the letter")


def test_a_code_for_a_new_pc(person):
    province = person("somying")
    province.click("table.province th a")
    province.click("a[href$='/agents']:not(nav a)")
    province.click("form[action$='/codes'] button")
    assert province.tab.locator(".code").first.inner_text().count("-") >= 3
    province.did("a code for a new PC")


def test_is_it_the_site(person):
    support = person("support")
    assert "เว็บระบบบัญชีใช้งานได้" in support.reads("h1, .answer h1")
    assert support.tab.locator("#providers").is_visible()
    support.did("is it the site")


def test_an_outage_and_what_rests_on_it(person):
    support = person("support", f"/site?month={seeded.MONTH}")
    support.click("#recent ~ table a[href*='/outages/']")
    assert support.reads("#why")
    assert support.reads("#who")
    support.did("an outage and what rests on it")


def test_advice_for_a_symptom(person):
    clerk = person("somchai")
    clerk.click("nav a[href='/knowledge']")
    clerk.tab.fill("input[name=q]", "เราเตอร์")
    clerk.click("form[action='/knowledge'] button")
    clerk.click("main a[href^='/knowledge/']")
    assert clerk.tab.locator("main ol li").count() >= 2
    clerk.did("advice for a symptom")


def test_check_a_letter(person):
    auditor = person("auditor", "/check")
    auditor.tab.fill("input[name=code]", letters.CODE)
    auditor.click("main form button")
    assert auditor.tab.url.endswith(f"/check/{letters.CODE}")
    auditor.did("check a letter")


def test_receive_messages(person):
    clerk = person("malee")
    clerk.click("a[href='/messages']")
    clerk.click("form[action='/messages'] button.main")
    assert "หน้านี้เท่านั้น" in clerk.reads("#mine ~ .pc")
    clerk.did("receive messages")
