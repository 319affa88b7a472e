"""A step that somebody took against trouble, as the office wrote it down. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from laaswatch_agent.knowledge.articles import Step, Text


class Outcome(StrEnum):
    """What a step came to. Words: `tried.outcome_…`."""

    WAITING = "waiting"
    HELPED = "helped"
    DID_NOT_HELP = "did_not_help"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TriedStep:
    """One step: when, whose, what; `due` is the local day on which an answer is due.

    `article` is the knowledge base's ("" = an own idea), `reference` a ticket's or letter's number; `outage` the
    outage that went on then with its `fault` and `scope`, all "" where none was known.
    """

    id: int
    office: str
    at: datetime
    step: Step
    article: str
    what: Text
    reference: str
    due: date | None
    outcome: Outcome
    outage: str = ""
    fault: str = ""
    scope: str = ""
    isp: str = ""
    written_by: str = ""

    def is_overdue(self, today: date) -> bool:
        """Whether an answer was due before today and is not there."""
        return self.outcome is Outcome.WAITING and self.due is not None and self.due < today
