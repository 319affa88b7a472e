"""From a round and the articles to what the page shows: the wording is the articles', not the page's."""

from collections.abc import Sequence

from laaswatch_agent.diagnosis.advice import advise
from laaswatch_agent.diagnosis.tried import Memory, offer, resume
from laaswatch_agent.identity import Identity
from laaswatch_agent.knowledge.articles import Articles
from laaswatch_agent.knowledge_file import Knowledge
from laaswatch_agent.locale import texts
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import Fault, State, state_of
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.status_page import PageFacts, Step
from laaswatch_agent.uplink import Contact


def page_facts(
    one: ProbeRound,
    articles: Articles,
    *,
    recent: Sequence[tuple[int, Fault]],
    now: int,
    cadence: float,
    spool: SpoolCounts,
    unsaved: int,
    contact: Contact | None,
    mine: Identity | None,
    decides: str,
    memory: Memory = Memory(),  # noqa: B008 - frozen
    pack: Step | None = None,
) -> PageFacts:
    """Everything that the page needs, with the whole article on the fault: it is read with no line.

    `memory` is what `check` was told had been tried; `pack` says which articles are in use.
    """
    advice = advise(one, articles, decides=decides)
    article = articles[advice.article_id]
    bad = state_of(one.fault) in (State.DOWN, State.DEGRADED)
    if bad:
        advice = resume(advice, offer(article, memory))
    return PageFacts(
        one=one,
        sentence=Step(advice.sentence_th, advice.sentence_en),
        next_step=Step(advice.next_step_th, advice.next_step_en, advice.step),
        code=advice.code,
        title=Step(article.title.th, article.title.en),
        steps=(
            *(Step(x.th, x.en, x.step) for x in article.actions),
            Step(article.next.th, article.next.en),
        ),
        recent=tuple(recent),
        now=now,
        cadence=cadence,
        waiting=spool.rounds + spool.report_rounds,
        unsaved=unsaved,
        contact=_contact(contact, mine),
        office=Step(mine.office.name_th, mine.office.name_en or mine.office.code) if mine else None,
        decides=decides,
        tried=tuple((Step(x.th, x.en), bool(x.helped)) for x in memory.done) if bad else (),
        pack=pack,
        warning=Step(article.warning.th, article.warning.en) if article.warning else None,
    )


def pack_line(knowledge: Knowledge, language: str) -> str:
    """Which articles are in use, in one line."""
    return texts(language)[f"pack.{knowledge.source}"].format(name=knowledge.name[:8])


def _contact(contact: Contact | None, mine: Identity | None) -> tuple[str, int | None] | None:
    if mine is None:
        return None
    return (contact.outcome, contact.answered_at) if contact else ("waiting", None)
