"""The agent's own pages in a real browser: every fault, on a phone and on a desk, from a file alone."""

from dataclasses import replace

import pytest

from laaswatch_agent.cli.check_result import Found, as_html
from laaswatch_agent.diagnosis.advice import advise
from laaswatch_agent.diagnosis.rungs import rungs
from laaswatch_agent.diagnosis.tried import Memory, answered, offer, offered, resume
from laaswatch_agent.identity import Identity, Office
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.locale import texts
from laaswatch_agent.page_facts import page_facts
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Fault, Reason, Result
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.status_page import status_page
from laaswatch_agent.uplink import Contact
from support.agents import START, a_round
from support.browser import IN_BROWSER, violations

ARTICLES = load_articles()

pytestmark = IN_BROWSER


@pytest.fixture(scope="module", params=[1280, 390], ids=["wide", "phone"])
def tab(request, browser):
    """A tab of one width that writes down what is asked for."""
    tab = browser.new_page(viewport={"width": request.param, "height": 900})
    tab.asked = []
    tab.on("request", lambda r: tab.asked.append(r.url))
    yield tab
    tab.close()


def pages(fault):
    """`status.html` and `check --html` for this fault, with one step tried already."""
    one = a_round(0, fault)
    advice = advise(one, ARTICLES)
    article = ARTICLES[advice.article_id]
    first = offered(Memory(), offer(article, Memory()), START)
    memory = answered(first, helped=False)
    facts = page_facts(
        one,
        ARTICLES,
        recent=[(START, fault)],
        now=START,
        cadence=3600.0,
        spool=SpoolCounts(1, 2, 8, 100, 0, START),
        unsaved=3,
        contact=Contact("no_answer", START, START),
        mine=Identity("u", "", "", "", "", agent="a", office=Office("1", "อบต.ทดสอบ", "Test TAO")),
        decides="login",
        memory=memory,
    )
    rows = tuple(
        row or LayerResult(layer, "", Result.SKIPPED, Reason.UNKNOWN)
        for layer, row in rungs(one, "login")
    )
    what = offer(article, memory)
    found = Found(one, resume(advice, what), article, rows, 4.2, memory.done)
    return {
        "status": status_page(facts, texts("th"), texts("en")),
        "check": as_html(found),
        "check-at-the-end": as_html(replace(found, exhausted=True)),
    }


@pytest.mark.parametrize("fault", Fault)
def test_a_page_fits_and_fetches_nothing(tab, tmp_path, fault):
    """No sideways scrolling, one headline, nothing asked for but the file, no axe violation."""
    for name, text in pages(fault).items():
        file = tmp_path / f"{name}.html"
        file.write_text(text, encoding="utf-8")
        tab.asked.clear()
        tab.goto(file.as_uri())
        assert tab.asked == [file.as_uri()]
        width = tab.evaluate("document.documentElement.scrollWidth")
        assert width <= tab.viewport_size["width"], name
        assert tab.locator("h1").count() == 1
        assert tab.locator("h1").bounding_box()["y"] < 100
        assert len(text.encode()) < 60_000
        # The status page is a view of now: that it renews itself is what it is for (WCAG 2.2.1, essential).
        assert violations(tab, beside=["meta-refresh"]) == [], name
