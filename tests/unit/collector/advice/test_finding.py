"""Search in the knowledge base."""

import pytest

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_collector.advice.finding import search

ARTICLES = list(load_articles(None).values())


def test_nothing_typed_shows_everything_in_its_order():
    assert search(ARTICLES, "") == ARTICLES
    assert search(ARTICLES, "  ") == ARTICLES


@pytest.mark.parametrize("article", ARTICLES, ids=lambda x: x.id)
def test_every_article_is_found_by_its_title_and_its_symptom(article):
    for query in (article.title.th, article.title.en, article.title.en.upper()):
        assert article in search(ARTICLES, query)[:3]
    for query in (article.symptom.th, article.symptom.en):
        assert article in search(ARTICLES, query)


def test_words_in_the_title_come_first():
    found = search(ARTICLES, "เราเตอร์")
    held = ["เราเตอร์" in x.title.th for x in found]
    assert held[0]
    assert held == sorted(held, reverse=True)


@pytest.mark.parametrize("query", ["เราเตอร์สำนักงานไม่ตอบ", "office ruoter does not answer"])
def test_a_word_left_out_or_misspelt_still_finds(query):
    assert "kb-07-router-silent" in [x.id for x in search(ARTICLES, query)[:3]]


def test_what_is_not_there_is_not_found():
    assert search(ARTICLES, "qqqxxxzzz") == []
    assert search(ARTICLES, "ฎฏฐฑฒ") == []


def test_the_fault_s_own_name_finds():
    assert "kb-07-router-silent" in [x.id for x in search(ARTICLES, "gateway")]
