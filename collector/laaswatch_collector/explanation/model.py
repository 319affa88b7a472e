"""An entry as the explanation sees it, and what is concluded about it."""

from dataclasses import dataclass
from enum import StrEnum

from laaswatch_collector.timeline.conclusions import Grade, Scope


class Verdict(StrEnum):
    """The verdict on a late entry; ids as stored, `NONE` where it is not late."""

    NONE = ""
    EXPLAINED = "explained"
    PARTLY = "partly"
    NOT_EXPLAINED = "not_explained"
    NO_EVIDENCE = "no_evidence"
    PENDING = "pending"
    UNDETERMINED = "undetermined"
    """Its times are known only as intervals, and the verdict is not the same at all of their ends."""


@dataclass(frozen=True, slots=True)
class EntryTimes:
    """The times of one ledger entry, in seconds since 1970 UTC.

    `due` is the deadline D: late iff posted at or after it. `posted` is None while not posted. Where only an
    interval is known, `transacted` and `posted` are its lower end, `transacted_to` and `posted_to` its upper.
    """

    id: int | str
    office: str
    transacted: int
    due: int
    posted: int | None
    posted_to: int | None = None
    transacted_to: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The conclusion on one late entry. Minutes are working minutes.

    `shift_fraction` is s of methods.md §8; `backlog_fraction` the same, counted from the beginning of the
    busy stretch that the entry joined: the one that the verdict uses. `backlog_minutes`: down minutes before
    the transaction that count through that queue. `explained_to`: the explained fraction at the ends of its
    interval-valued times at which it is greatest; None where that changes nothing. `between`: the two
    verdicts that the truth lies between, where the verdict is `undetermined`.
    """

    entry: int | str
    verdict: Verdict
    tardiness: int
    explained_fraction: float
    shift_fraction: float
    counterfactual: int | None
    scope: Scope
    fault: str
    grade: Grade
    window_minutes: int
    usable_minutes: int
    down_minutes: int
    unknown_minutes: int
    outages: tuple[str, ...] = ()
    backlog_fraction: float = 0.0
    backlog_minutes: int = 0
    estimated: bool = False
    """It rests on a day that is only estimated: not final."""
    explained_to: float | None = None
    between: tuple[Verdict, Verdict] | None = None
