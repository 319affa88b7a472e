"""From a round and the articles to what the page shows: the wording is the articles', not the page's."""

from collections.abc import Sequence

from laaswatch_agent.diagnosis.advice import advise
from laaswatch_agent.identity import Identity
from laaswatch_agent.knowledge.articles import Articles
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import Fault
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
) -> PageFacts:
    """Everything that the page needs, with the whole article for the fault."""
    raise NotImplementedError
