"""Search in the knowledge base: Thai has no spaces between words, and people misspell. Pure.

An article that holds every word as typed comes first, one with them in its title before all. After those come articles
that share most of the search's runs of three letters, so that a sentence typed without spaces is found too.
"""

from collections.abc import Iterable

from laaswatch_agent.knowledge.articles import Article

RUN = 3
"""Letters of a run: a Thai syllable, and enough to tell English words apart."""
ENOUGH = 0.6
"""Share of the search's runs that an article must hold to be shown at all."""


def search(articles: Iterable[Article], query: str) -> list[Article]:
    """All articles for an empty search; else those that fit it in either language, best first, equals as given."""
    words = query.casefold().split()
    scored = [(_score(x, words), x) for x in articles]
    return [x for score, x in sorted(scored, key=lambda y: -y[0]) if score > 0]


def _score(article: Article, words: list[str]) -> float:
    """4: every word in the title; 3: somewhere; else the share of runs held, titles twice; 0: not shown."""
    title, text = _title(article), _text(article)
    if all(x in title for x in words):
        return 4.0
    if all(x in text for x in words):
        return 3.0
    runs = {run for x in words for run in _runs(x)}
    held = sum(x in text for x in runs) / len(runs)
    return held + sum(x in title for x in runs) / len(runs) if held >= ENOUGH else 0.0


def _runs(word: str) -> list[str]:
    return [word[n : n + RUN] for n in range(max(1, len(word) - RUN + 1))]


def _title(x: Article) -> str:
    return f"{x.title.th} {x.title.en}".casefold()


def _text(x: Article) -> str:
    texts = [
        f"{y.th} {y.en}" for y in (x.title, x.symptom, x.sign, x.sentence, x.next, x.warning) if y
    ]
    marks = " ".join(sorted((*x.faults, *x.reasons, *x.also)))
    return " ".join([*texts, *(f"{y.th} {y.en}" for y in x.actions), marks]).casefold()
