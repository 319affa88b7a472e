"""The first log-in of a person who looks after others, in a real browser, at both widths: nothing but forms."""

import pyotp
import pytest

from laaswatch_collector.access.policy import Role
from laaswatch_collector.store.users import add_user, find_user
from support import seeded
from support.browser import IN_BROWSER, violations

pytestmark = IN_BROWSER
FIRST, OWN = "kwtr-hbnm-xzpa-jfdu", "แมวสามตัวข้ามสะพาน"


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def tab(request, browser):
    """A tab of a browser that knows nobody. JavaScript is on for axe alone."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    yield context.new_page()
    context.close()


def looks_right(tab):
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]


def enter(tab):
    """Send the form with the keyboard, and wait for what comes."""
    with tab.expect_navigation():
        tab.keyboard.press("Enter")


def sign_in(tab, site, name, password):
    tab.goto(f"{site.url}/closures")
    tab.locator("#name").fill(name)
    tab.locator("#password").fill(password)
    enter(tab)


def test_from_a_first_password_to_the_page_that_was_asked_for(tab, site):
    """Four forms: the password that was given out, one's own, the first code, the codes that are kept."""
    name = f"new{tab.viewport_size['width']}"
    site.database.write(
        lambda c: add_user(
            c, name, Role.PROVINCE, FIRST, now=seeded.NOW, province="86", must_change=True
        )
    )
    sign_in(tab, site, name, FIRST)
    assert tab.locator("nav").count() == 0, "nothing else is open yet"
    looks_right(tab)
    tab.locator("#new").fill("password1234")
    tab.locator("#again").fill("password1234")
    enter(tab)
    assert "เดาง่าย" in tab.locator("[role=alert]").inner_text()
    looks_right(tab)
    tab.locator("#new").fill(OWN)
    tab.locator("#again").fill(OWN)
    enter(tab)
    assert tab.locator(".qr svg").is_visible()
    secret = tab.locator(".secret").inner_text().replace(" ", "")
    tab.locator("#code").fill(pyotp.TOTP(secret).at(seeded.NOW))
    enter(tab)
    codes = tab.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    looks_right(tab)
    tab.get_by_role("link", name="เก็บแล้ว").click()
    assert tab.url == f"{site.url}/closures"
    assert tab.locator("nav").count() == 1
    assert site.database.read(lambda c: find_user(c, name)).second_step == secret

    tab.locator("header button").click()
    sign_in(tab, site, name, OWN)
    looks_right(tab)
    tab.locator("#code").fill(codes[0].lower())
    enter(tab)
    assert tab.url == f"{site.url}/closures"
    tab.goto(f"{site.url}/account")
    assert "เหลือ 9" in tab.locator("#step ~ p").all_inner_texts()[1]
    looks_right(tab)
