"""Every page, in both languages and at both widths: it fits, reads in order, and axe finds nothing."""

import itertools

import pytest

from support.browser import IN_BROWSER, violations
from support.every_page import NOBODY, PAGES

MOST_BYTES = 60_000
WIDTHS = {"wide": 1280, "phone": 390}

pytestmark = IN_BROWSER


@pytest.fixture(params=WIDTHS.values(), ids=WIDTHS)
def tab_of(request, browser, site):
    """Opens tabs of one width, signed in as somebody, every complaint written down.

    JavaScript is on for axe alone: no page has a script (asserted), and our headers let none run.
    """
    contexts = []

    def opened(user):
        context = browser.new_context(viewport={"width": request.param, "height": 900})
        contexts.append(context)
        if user != NOBODY:
            context.add_cookies([site.cookie_of(user)])
        tab = context.new_page()
        tab.complaints = []
        tab.on("console", lambda m: tab.complaints.append(m.text))
        tab.on("requestfailed", lambda r: tab.complaints.append(f"failed: {r.url}"))
        tab.on("request", lambda r: _if_foreign(tab, r.url, site.url))
        return tab

    yield opened
    for context in contexts:
        context.close()


def _if_foreign(tab, url, ours):
    if not url.startswith(ours):
        tab.complaints.append(f"foreign: {url}")


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize(("user", "path"), PAGES)
def test_a_page_fits_reads_and_hides_from_nobody(tab_of, site, user, path, language):
    """No sideways scrolling, headings in order, under 60 kB, nothing from elsewhere, no axe violation."""
    tab = tab_of(user)
    answer = tab.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status == (404 if "0000000" in path else 200)
    assert len(answer.body()) < MOST_BYTES or "print=1" in path  # the whole month, for paper
    assert [x for x in tab.complaints if "404" not in x] == []
    assert tab.locator("html").get_attribute("lang") == language
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]
    _headings_are_in_order(tab)
    assert tab.locator("table:not(:has(th[scope]))").count() == 0
    assert tab.locator("script, iframe, [style]").count() == 0
    assert violations(tab) == []


def _headings_are_in_order(tab):
    tags = tab.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
    levels = [int(tag[1]) for tag in tags]
    assert levels[0] in (1, 2)
    assert levels.count(1) <= 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), levels
