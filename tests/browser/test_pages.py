"""Every page in a real browser: both languages, both widths, without JavaScript."""

import itertools
import shutil

import pytest

from support import seeded
from support.ledgers import HEAD
from support.pages import serving

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
MOST_BYTES = 60_000
PAGES = (
    "/",
    f"/offices/{seeded.FIRST}",
    "/offices/6860104",  # silent
    f"/offices/{seeded.FIRST}/explanations?month={seeded.MONTH}",
    f"/offices/{seeded.FIRST}/explanations?month={seeded.MONTH}&page=3",
    f"/offices/{seeded.FIRST}/explanations?month=2026-09",  # empty
    f"/offices/{seeded.FIRST}/ledger?month={seeded.MONTH}",
    f"/offices/{seeded.FIRST}/outlook?month={seeded.MONTH}",
    f"/books?month={seeded.MONTH}",
    "/closures",
    "/knowledge",
    "/knowledge?q=เราเตอร์",
    "/sign-in",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a seeded province, and a signed-in province officer's cookie."""
    with serving(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of this module."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright installed")
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


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


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_reads_and_complains_of_nothing(tab, site, path, language):
    """No sideways scrolling, headings in order, less than 60 kB, nothing fetched from elsewhere."""
    joined = "&" if "?" in path else "?"
    answer = tab.goto(f"{site.url}{path}{joined}lang={language}")
    assert answer.status == 200
    assert len(answer.body()) < MOST_BYTES
    assert tab.complaints == []
    assert tab.locator("html").get_attribute("lang") == language
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]
    _headings_are_in_order(tab)
    assert tab.locator("table:not(:has(th[scope]))").count() == 0
    assert tab.locator("img, script, iframe, [style]").count() == 0


def _headings_are_in_order(tab):
    tags = tab.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
    levels = [int(tag[1]) for tag in tags]
    assert levels[0] in (1, 2)
    assert levels.count(1) <= 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), levels


def test_the_choice_of_language_is_remembered_and_stays_on_the_page(tab, site):
    """One click, and every later page speaks English."""
    path = f"/offices/{seeded.FIRST}/explanations?month={seeded.MONTH}"
    tab.goto(f"{site.url}{path}")
    assert tab.locator("html").get_attribute("lang") == "th"
    tab.locator("header a[hreflang=en]").click()
    assert tab.url == f"{site.url}{path}"
    assert tab.locator("html").get_attribute("lang") == "en"
    tab.goto(f"{site.url}/")
    assert "accounting site" in tab.locator("h1").inner_text()


def test_an_officer_of_the_province_finds_what_happened_whose_fault_and_what_next(tab, site):
    """From the overview to the office to the reason of a late entry, by clicking only."""
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
    _headings_are_in_order(tab)
    tab.click("button[value=import]")
    assert "นำเข้าแล้ว" in tab.inner_text("main")
    assert "สมุดเงินสดรับ.csv" in tab.inner_text("#imports + table")
    assert tab.complaints == []
