"""How an office's books stand in a month: five systems, three books, complete and current, each with its source.

One function makes what the page shows and what programs read (`books_json`). Nothing is said of days that no export speaks
of, nor of systems that keep no book, unless the office itself said it: absence of data is its own state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.completeness import QuietRun, Standing, quiet_runs, standing
from laaswatch_collector.ledger.lateness import Policy, Rule
from laaswatch_collector.ledger.model import SYSTEM_OF, Book, System
from laaswatch_collector.store.statements import QuietAnswer, Said
from laaswatch_collector.store.views.book_facts import BookFacts, book_facts
from laaswatch_collector.store.views.explanations import BookCounts
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import local_date


@dataclass(frozen=True, slots=True)
class BookState:
    """One book in a month. `known_until`: the last day that an export of it speaks of, None if none does."""

    book: Book
    system: System
    standing: Standing
    known_until: date | None
    counts: BookCounts
    quiet: tuple[QuietRun, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class SystemState:
    """One system. `books` is empty where it keeps none: then `said` is all there is to go by."""

    system: System
    standing: Standing
    books: tuple[BookState, ...] = ()
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Working days without an entry in any book, and the office's answer if it gave one.

    `counts`: long enough for "not operating", by the policy.
    """

    run: QuietRun
    counts: bool
    answer: Said | None


@dataclass(frozen=True, slots=True)
class OfficeBooks:
    """Everything about an office's books in a month (YYYY-MM). `known_until`: of every book handed in."""

    office: str
    month: str
    standing: Standing
    known_until: date | None
    systems: tuple[SystemState, ...]
    questions: tuple[Question, ...]
    policy_version: str
    quiet_days: int
    quiet_source: str
    quiet_confidence: str
    judging: bool = False
    """Entries of the month have come whose bands are not computed yet."""

    @property
    def books(self) -> list[BookState]:
        """The three books in the circular's order."""
        found = {book.book: book for system in self.systems for book in system.books}
        return [found[book] for book in Book]


def office_books(
    connection: sa.Connection,
    office: str,
    month: str,
    *,
    clock: WorkClock,
    policy: Policy,
    now: datetime,
) -> OfficeBooks:
    """How the books of an office stand in a month, up to the last day that is over."""
    return many_books(connection, {office: clock}, month, policy=policy, now=now)[office]


def many_books(
    connection: sa.Connection,
    clocks: Mapping[str, WorkClock],
    month: str,
    *,
    policy: Policy,
    now: datetime,
) -> dict[str, OfficeBooks]:
    """The same for many offices at once, each with its own working clock."""
    first = date.fromisoformat(f"{month}-01")
    last = min(_next_month(first), local_date(now)) - timedelta(days=1)
    facts = book_facts(connection, list(clocks), month, first, last)
    return {
        office: _office_books(facts[office], office, month, first, last, clock, policy)
        for office, clock in clocks.items()
    }


def _office_books(
    facts: BookFacts,
    office: str,
    month: str,
    first: date,
    last: date,
    clock: WorkClock,
    policy: Policy,
) -> OfficeBooks:
    answered = {
        first_day + timedelta(days=n)
        for (first_day, last_day), said in facts.answers.items()
        if said.what == QuietAnswer.NO_TRANSACTIONS
        for n in range((last_day - first_day).days + 1)
    }
    days, unjudged, counts = facts.days, facts.unjudged, facts.counts
    until = {book: _clipped(day, last) for book, day in facts.until.items()}

    def stands(books: Iterable[Book]) -> Standing:
        of = list(books)
        known = [until.get(book) for book in of]
        handed_in = [day for day in known if day is not None]
        # That none has an entry can be said only where all of them speak.
        quiet_until = min(handed_in) if len(handed_in) == len(of) else first - timedelta(days=1)
        found = standing(
            set().union(answered, *(days.get(book, set()) for book in of)),
            sum(counts[b].late for b in of if policy.rule_for(b, "").counted),
            clock,
            first,
            max(handed_in, default=None),
            policy.quiet_days,
            quiet_until,
        )
        # Nor can it be said that all is well while a book was never handed in, or is not judged yet.
        incomplete = len(handed_in) < len(of) or unjudged.intersection(of)
        return Standing.UNKNOWN if found is Standing.CURRENT and incomplete else found

    states = [
        BookState(
            book=book,
            system=SYSTEM_OF[book],
            standing=_of_book(stands([book]), counts[book]),
            known_until=until.get(book),
            counts=counts[book],
            quiet=_runs(days.get(book, set()) | answered, clock, first, until.get(book)),
            rules=tuple(rule for (of, _), rule in policy.rules.items() if of is book),
        )
        for book in Book
    ]
    all_days = set().union(*days.values()) if days else set()
    known = [until[book] for book in Book if book in until]
    common = min(known) if len(known) == len(Book) else None
    return OfficeBooks(
        office=office,
        month=month,
        standing=stands(Book),
        known_until=min(known, default=None),
        systems=tuple(_system(system, states, stands, facts.said.get(system)) for system in System),
        questions=tuple(
            Question(
                run, run.working_days >= policy.quiet_days, facts.answers.get((run.first, run.last))
            )
            for run in _runs(all_days, clock, first, common)
        ),
        policy_version=policy.version,
        quiet_days=policy.quiet_days,
        quiet_source=policy.quiet_source,
        quiet_confidence=policy.quiet_confidence,
        judging=bool(unjudged),
    )


def _system(
    system: System,
    states: list[BookState],
    stands: Any,  # noqa: ANN401 - the closure above
    said: Said | None,
) -> SystemState:
    mine = tuple(x for x in states if x.system is system)
    if mine:
        return SystemState(system, stands([x.book for x in mine]), mine)
    return SystemState(system, Standing(said.what) if said else Standing.UNKNOWN, said=said)


def _of_book(found: Standing, counts: BookCounts) -> Standing:
    """A book that only follows another is not current either when its entries are late; it is not counted twice."""
    return Standing.NOT_CURRENT if found is Standing.CURRENT and counts.late else found


def _runs(
    days: set[date], clock: WorkClock, first: date, until: date | None
) -> tuple[QuietRun, ...]:
    return tuple(quiet_runs(days, clock, first, until)) if until else ()


def _clipped(day: date, last: date) -> date:
    return min(day, last)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
