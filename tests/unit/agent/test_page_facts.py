"""What the service takes from the collector, and what the page is made of, without running it."""

from dataclasses import replace

import pytest

from laaswatch_agent.config import load_agent_config
from laaswatch_agent.diagnosis.advice import advise
from laaswatch_agent.diagnosis.tried import Memory, answered, offer, offered
from laaswatch_agent.identity import Identity, Office
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.locale import texts
from laaswatch_agent.page_facts import page_facts
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.service import obeying
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.status_page import status_page
from laaswatch_agent.uplink import Contact
from support.agents import START, a_round


@pytest.mark.parametrize(
    ("settings", "rounds", "reports"),
    [
        ({}, 30, 60),
        ({"round_seconds": 60, "report_seconds": 300}, 60, 300),
        ({"round_seconds": 0.001, "report_seconds": 1}, 15, 15),
        ({"round_seconds": 1e9, "report_seconds": 1e9}, 3600, 3600),
        ({"round_seconds": "5", "report_seconds": None}, 30, 60),
        ({"round_seconds": True, "report_seconds": float("nan")}, 30, 60),
        ({"round_seconds": 120}, 120, 120),
    ],
)
def test_settings_stay_within_the_agents_own_bounds(settings, rounds, reports):
    """No collector makes an agent knock more often than every 15 seconds."""
    obeyed = obeying(load_agent_config(None), settings)
    assert (obeyed.round_seconds, obeyed.report_seconds) == (rounds, max(reports, rounds))


def test_a_bench_keeps_its_pace():
    """A fast agent's own file stands above the collector's wishes."""
    bench = replace(load_agent_config(None), fast=True, round_seconds=0.5)
    assert obeying(bench, {"round_seconds": 60}).round_seconds == 0.5


@pytest.mark.parametrize("fault", Fault)
def test_the_whole_article_is_on_the_page(fault):
    """Every verdict brings its sentence and all steps of its article, in both languages, under 60 KB."""
    articles = load_articles()
    one = a_round(0, fault)
    facts = page_facts(
        one,
        articles,
        recent=[(START, fault)],
        now=START,
        cadence=30.0,
        spool=SpoolCounts(1, 2, 8, 100, 0, START),
        unsaved=0,
        contact=Contact("ok", START, START),
        mine=Identity("u", "", "", "", "", agent="a", office=Office("1", "อบต.ทดสอบ", "Test TAO")),
        decides="login",
    )
    page = status_page(facts, texts("th"), texts("en"))
    article = articles[advise(one, articles).article_id]
    assert facts.sentence.th == article.sentence.th
    assert [s.th for s in facts.steps] == [*(a.th for a in article.actions), article.next.th]
    assert facts.waiting == 9
    assert len(page.encode()) < 60_000
    assert (article.warning is not None) == ("⚠" in page)
    assert all(s.en.split()[0] in page for s in facts.steps)


def test_the_page_goes_on_where_check_left_off():
    """What was tried is listed, and the next step is the one after it; a good round shows neither."""
    articles = load_articles()

    def facts(fault, memory):
        return page_facts(
            a_round(0, fault),
            articles,
            recent=[],
            now=START,
            cadence=30.0,
            spool=SpoolCounts(0, 0, 0, 0, 0, None),
            unsaved=0,
            contact=None,
            mine=None,
            decides="login",
            memory=memory,
        )

    article = articles[advise(a_round(0, Fault.GATEWAY), articles).article_id]
    shown = offered(Memory(), offer(article, Memory()), START)
    memory = answered(shown, helped=False)
    found = facts(Fault.GATEWAY, memory)
    assert found.next_step.th == article.actions[1].th
    assert found.tried[0][0].th == article.actions[0].th
    page = status_page(found, texts("th"), texts("en"))
    assert f"{article.actions[0].th} ({texts('th')['tried.no']})" in page
    assert facts(Fault.GATEWAY, shown).next_step.th == article.actions[0].th
    assert facts(Fault.NONE, memory).tried == ()
