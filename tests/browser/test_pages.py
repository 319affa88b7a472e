"""What people do on the pages, in a real browser without JavaScript, at both widths."""

import pytest

from support import seeded
from support.browser import IN_BROWSER
from support.ledgers import HEAD

pytestmark = IN_BROWSER


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def tab(request, browser, site):
    """A tab of one width, signed in, with JavaScript turned off and every complaint written down."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, java_script_enabled=False
    )
    context.add_cookies([site.cookie])
    tab = context.new_page()
    tab.complaints = []
    tab.on(
        "console",
        lambda m: tab.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    tab.on("requestfailed", lambda r: tab.complaints.append(f"failed: {r.url}"))
    tab.on(
        "request",
        lambda r: (
            None if r.url.startswith(site.url) else tab.complaints.append(f"foreign: {r.url}")
        ),
    )
    yield tab
    context.close()


def test_the_choice_of_language_is_remembered_and_stays_on_the_page(tab, site):
    """One click, and every later page speaks English."""
    path = f"/offices/{seeded.FIRST}/explanations?month={seeded.MONTH}"
    tab.goto(f"{site.url}{path}")
    assert tab.locator("html").get_attribute("lang") == "th"
    tab.locator("header a[hreflang=en]").click()
    assert tab.url == f"{site.url}{path}"
    assert tab.locator("html").get_attribute("lang") == "en"
    tab.goto(f"{site.url}/site")
    assert "accounting site" in tab.locator("h1").inner_text()


def test_an_officer_of_the_province_finds_what_happened_whose_fault_and_what_next(tab, site):
    """From the own province's list to the office to the reason of a late entry, by clicking only."""
    tab.goto(f"{site.url}/")
    tab.locator(f"a[href='/offices/{seeded.FIRST}']").first.click()
    assert "เข้าเว็บระบบบัญชีไม่ได้" in tab.locator("#answer").inner_text()
    assert tab.locator(".next .do").inner_text().strip()
    assert "ขาดตรงนี้" in tab.locator(".ladder .broke").first.inner_text()
    tab.locator("a[href*='/explanations']").first.click()
    assert "ข้อเท็จจริงประกอบการพิจารณา" in tab.locator(".note").inner_text()
    tab.locator(".axis-box a").first.click()
    assert "นาทีทำการก่อนครบกำหนด" in tab.locator("tr:target").inner_text()


def test_the_printed_page_holds_every_row_and_no_menu(tab, site):
    """What goes to the auditor is the whole month; links and menus stay on the screen."""
    tab.goto(f"{site.url}/offices/{seeded.FIRST}/explanations?month={seeded.MONTH}&print=1")
    tab.emulate_media(media="print")
    assert tab.locator("table.entries tbody tr").count() == 46
    assert not tab.locator("header.top").is_visible()
    assert tab.locator(".stand-in").is_visible()


def test_a_ledger_file_is_sent_and_imported_without_javascript(tab, site):
    """Through the form as a person uses it: choose a file, look, place nothing, confirm."""
    office = "6860102" if tab.viewport_size["width"] > 1000 else "6860103"
    text = HEAD + f"5/10/2569,W-{office},ก,1\n31/2/69,W-2,ข,1\n"
    tab.goto(f"{site.url}/offices/{office}/ledger")
    tab.set_input_files(
        "input[type=file]",
        {"name": "สมุดเงินสดรับ.csv", "mimeType": "text/csv", "buffer": text.encode()},
    )
    tab.click("form[enctype] button.main")
    assert "อ่านได้ 1 แถว อ่านไม่ได้ 1 แถว" in tab.inner_text("main")
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]
    tab.click("button[value=import]")
    assert "นำเข้าแล้ว" in tab.inner_text("main")
    assert "สมุดเงินสดรับ.csv" in tab.inner_text("#imports + table")
    assert tab.complaints == []
