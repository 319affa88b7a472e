"""The page: readable with no line, in black and white, and never more certain than the facts."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from laaswatch_agent.locale import LANGUAGES, texts
from laaswatch_agent.report.vocabulary import Fault, State
from laaswatch_agent.status_page import (
    SLOTS,
    PageFacts,
    Step,
    duration,
    english_time,
    prose,
    slots,
    status_page,
    thai_time,
)
from laaswatch_agent.uplink import OUTCOMES
from support.agents import START, a_round

TEXTS = texts("th"), texts("en")
FACTS = PageFacts(
    one=a_round(0, Fault.SITE_HTTP),
    sentence=Step("ระบบบัญชีไม่ตอบ <เครื่องของท่านปกติ>", "The site does not answer"),
    next_step=Step("รอสิบนาที", "Wait 10 minutes"),
    code="SH-7Q4M",
    title=Step("ระบบบัญชีขัดข้อง", "The site is out of order"),
    steps=(Step("รอแล้วลองใหม่", "Wait and try again", "SELF"), Step("แจ้งผู้ดูแล", "Tell IT", "IT")),
    recent=[(START, Fault.SITE_HTTP)],
    now=START,
    cadence=30.0,
    waiting=7,
    contact=("no_answer", START - 3_600_000),
    office=Step("อบต.ทดสอบ", "Test TAO"),
)


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    return outline


def test_the_page_stands_alone():
    """No script, nothing fetched, under 60 KB, well formed, renewing itself."""
    page = status_page(FACTS, *TEXTS)
    outline = read(page)
    assert len(page.encode()) < 60_000
    assert {"script", "link", "img", "iframe"} & set(outline.tags) == set()
    assert not re.search(r"https?:|url\(", page)
    assert '<meta http-equiv="refresh" content="30">' in page
    assert '<html lang="th">' in page


def test_the_sentence_comes_first_and_is_escaped():
    """One Thai sentence, then English, then the next step and the code to read over the phone."""
    page = status_page(FACTS, *TEXTS)
    body = "".join(read(page[page.index("<body>") : page.index("</html>")]).text)
    order = ["ระบบบัญชีไม่ตอบ <เครื่องของท่านปกติ>", "The site does not answer", "รอสิบนาที", "SH-7Q4M"]
    places = [body.index(x) for x in order]
    assert places == sorted(places)
    assert "<เครื่อง" not in page


def test_the_ladder_names_where_it_broke():
    """The first failed rung of a down round is pointed at; a good round points nowhere."""
    page = status_page(FACTS, *TEXTS)
    assert page.count("◀") == 1
    row = next(x for x in page.split("<tr") if "◀" in x)
    assert TEXTS[0]["layer.http"] in row
    assert TEXTS[0]["reason.timeout"] in row
    assert "◀" not in status_page(replace(FACTS, one=a_round(0)), *TEXTS)


def test_the_strip_shows_the_worst_of_each_slot_and_silence_as_silence():
    """A slot without a round is unknown: neither up nor down, whatever stands beside it."""
    minute = 60_000
    now = START // (10 * minute) * 10 * minute + 5 * minute
    recent = [
        (now - 50 * minute, Fault.NONE),
        (now - 49 * minute, Fault.DNS),
        (now - 20 * minute, Fault.SLOW),
        (now, Fault.NONE),
        (now - 400 * minute, Fault.DNS),  # before the strip
        (now + 900 * minute, Fault.DNS),  # the clock was set back since
    ]
    found = slots(recent, now)
    assert len(found) == SLOTS
    assert found[-1] is State.UP
    assert found[-3] is State.DEGRADED
    assert found[-6] is State.DOWN
    assert found.count(State.UNKNOWN) == SLOTS - 3
    page = status_page(replace(FACTS, recent=recent, now=now), *TEXTS)
    assert page.count('<td class="unknown">·</td>') == SLOTS - 3


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_a_contact_has_words(outcome):
    """Whatever became of the last try, the page says it in both languages."""
    page = status_page(replace(FACTS, contact=(outcome, None)), *TEXTS)
    assert TEXTS[0][f"contact.{outcome}"] in page
    assert TEXTS[0]["page.never"] in page


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_makes_a_page(fault):
    """No verdict is without a page."""
    read(status_page(replace(FACTS, one=a_round(0, fault), contact=None), *TEXTS))


def test_both_languages_have_the_same_texts():
    """The same keys, the same values to fill in, nothing empty."""
    th, en = TEXTS
    assert LANGUAGES == ("th", "en")
    assert set(th) == set(en)
    for key in th:
        assert th[key], key
        thai, english = (
            {p for p in re.findall(r"\{(\w+)\}", t[key]) if p not in ("th", "en")} for t in TEXTS
        )
        assert thai == {p.removesuffix("_en") for p in english}, key


def test_times_are_thai():
    """Bangkok time and the Buddhist era; a clock beyond reason is a dash, never a crash."""
    assert thai_time(1_795_000_000_000) == "18 พ.ย. 2569 18:06 น."
    assert english_time(1_795_000_000_000) == "18 Nov 2026 18:06"
    assert thai_time(2**48) == "–"
    assert thai_time(-(2**48)) == "–"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("รอ 3 นาที แล้วตรวจ", "รอ 3&nbsp;นาที แล้วตรวจ"),
        ("โทร. 0-2206-6300", 'โทร. <span class="n">0-2206-6300</span>'),
        ("wait 5-10 minutes <now>", "wait 5-10 minutes &lt;now&gt;"),
    ],
)
def test_a_number_stays_on_one_line(text, html):
    assert prose(text) == html


@pytest.mark.parametrize(("ms", "words"), [(85.4, "85 ms"), (999, "999 ms"), (5400, "5.4 วินาที")])
def test_long_times_are_told_in_seconds(ms, words):
    assert duration(ms) == words
