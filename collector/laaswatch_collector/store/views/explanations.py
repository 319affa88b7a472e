"""Late entries with their verdicts, and counts of the three books."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.access.policy import NATION, Resource
from laaswatch_collector.explanation.model import Explanation, Verdict
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.store.schema import (
    entries,
    explanation_changes,
    explanations,
    office_months,
    offices,
)
from laaswatch_collector.store.views.scoping import seen_by
from laaswatch_collector.store.witness import revision_numbers
from laaswatch_collector.timeline.conclusions import Grade, Scope

MONTHS = 12
"""Months to choose from; older ones are found by their address."""
_PART = 500


@dataclass(frozen=True, slots=True)
class Before:
    """A verdict that held from `since` until `until`, and why it changed (rules, ledger, settled, outages, states)."""

    verdict: str
    explained_fraction: float | None
    rule_version: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class LateEntry:
    """One late entry: what the book says, when it was due, and the explanation of it."""

    doc_no: str
    line: int
    book: str
    kind: str
    event_at: datetime
    event_precision: str
    recorded_from_at: datetime | None
    recorded_to_at: datetime | None
    recorded_precision: str
    due_at: datetime
    band: str
    explanation: Explanation
    computed_at: datetime
    rule_version: str
    revisions: dict[str, int] = field(default_factory=dict)
    """Outage → the revision that the explanation rests on."""
    changed: tuple[str, ...] = ()
    """Those of them that have another revision by now, or are withdrawn: it will be judged again."""
    flags: tuple[dict[str, Any], ...] = ()
    """What speaks against its outages (`explanation.contradictions`): flag, outage, count, first (seconds)."""
    before: tuple[Before, ...] = ()
    """What was said of it before, newest first."""

    @property
    def number(self) -> str:
        """The document's number, with its line where it has several."""
        return self.doc_no if self.line == 1 else f"{self.doc_no}/{self.line}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which late entries to show: of one verdict, of one book; "" = of all."""

    verdict: str = ""
    book: str = ""


ALL = Chosen()


@dataclass(frozen=True, slots=True)
class BookCounts:
    """One book's month. The bands are disjoint; `late` includes what is not posted yet but due."""

    book: str
    entries: int = 0
    same_day: int = 0
    next_day: int = 0
    late: int = 0
    undetermined: int = 0
    not_posted: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)


def late_by_office(
    connection: sa.Connection, codes: Sequence[str], month: str
) -> dict[str, dict[str, int]]:
    """Office code → verdict → late entries of the month (YYYY-MM); offices without any are left out."""
    x = office_months.c
    query = (
        sa.select(x.office_code, x.verdict, sa.func.sum(x.entries))
        .where(x.office_code.in_(codes), x.month == month, x.verdict != "")
        .group_by(x.office_code, x.verdict)
    )
    found: dict[str, dict[str, int]] = {}
    for office, verdict, count in connection.execute(query):
        found.setdefault(office, {})[verdict] = count
    return found


def books_of(connection: sa.Connection, office_code: str, month: str) -> list[BookCounts]:
    """The three books of an office in a month, in the circular's order; a book without entries counts 0."""
    return books_of_offices(connection, [office_code], month)[office_code]


def books_of_offices(
    connection: sa.Connection, codes: Collection[str], month: str
) -> dict[str, list[BookCounts]]:
    """The same for many offices at once."""
    x = office_months.c
    query = sa.select(x.office_code, x.book, x.band, x.verdict, x.entries.label("n")).where(
        x.office_code.in_(list(codes)), x.month == month
    )
    rows: dict[str, list[Any]] = {code: [] for code in codes}
    for row in connection.execute(query):
        rows[row.office_code].append(row)
    return {
        code: [_book_counts(str(book), [r for r in mine if r.book == book]) for book in Book]
        for code, mine in rows.items()
    }


def _book_counts(book: str, rows: list[Any]) -> BookCounts:
    def of(band: str) -> int:
        return sum(r.n for r in rows if r.band == band)

    verdicts: dict[str, int] = {}
    for row in rows:
        if row.verdict:
            verdicts[row.verdict] = verdicts.get(row.verdict, 0) + row.n
    return BookCounts(
        book=book,
        entries=sum(r.n for r in rows),
        same_day=of("same_day"),
        next_day=of("next_day"),
        late=of("late"),
        undetermined=of("undetermined"),
        not_posted=of("not_posted"),
        verdicts=verdicts,
    )


def months_of(connection: sa.Connection, within: Resource) -> list[str]:
    """The months (YYYY-MM) that have judged entries, oldest first; of the whole country the newest `MONTHS`."""
    x = office_months.c
    if within == NATION:
        return newest_months(connection, MONTHS)[::-1]
    query = (
        sa.select(x.month)
        .join(offices, offices.c.code == x.office_code)
        .where(seen_by(within))
        .distinct()
        .order_by(x.month)
    )
    return list(connection.execute(query).scalars())


def newest_months(connection: sa.Connection, most: int) -> list[str]:
    """The newest months that have judged entries anywhere, newest first: one step in an index for each."""
    newest = sa.func.max(office_months.c.month)
    found: list[str] = []
    query = sa.select(newest)
    while len(found) < most and (month := connection.execute(query).scalar_one()):
        found.append(month)
        query = sa.select(newest).where(office_months.c.month < month)
    return found


def verdicts_of(connection: sa.Connection, office_code: str, month: str) -> dict[str, int]:
    """Verdict → late entries of an office in a month."""
    x = office_months.c
    query = (
        sa.select(x.verdict, sa.func.sum(x.entries).label("n"))
        .where(x.office_code == office_code, x.month == month, x.verdict != "")
        .group_by(x.verdict)
    )
    return {row.verdict: row.n for row in connection.execute(query)}


def late_entries(
    connection: sa.Connection,
    office_code: str,
    month: str,
    chosen: Chosen = ALL,
    *,
    first: int = 0,
    most: int | None = None,
) -> list[LateEntry]:
    """The chosen late entries of an office in a month, by event and number; `most` rows from `first` on."""
    query = (
        sa.select(entries, explanations)
        .join(entries, entries.c.id == explanations.c.entry_id)
        .where(explanations.c.office_code == office_code, explanations.c.month == month)
        .where(explanations.c.verdict != "")
        .order_by(entries.c.event_at, entries.c.book, entries.c.doc_no, entries.c.line)
        .offset(first)
    )
    if chosen.verdict:
        query = query.where(explanations.c.verdict == chosen.verdict)
    if chosen.book:
        query = query.where(explanations.c.book == chosen.book)
    if most is not None:
        query = query.limit(most)
    rows = connection.execute(query).mappings().all()
    before = _before(connection, [row[entries.c.id] for row in rows])
    used = {x for row in rows for x in json.loads(row[explanations.c.outage_ids])}
    now = revision_numbers(connection, used)
    return [_late_entry(row, before, now) for row in rows]


def _before(connection: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[Before, ...]]:
    """Entry → what was said of it before, newest first."""
    found: dict[int, tuple[Before, ...]] = {}
    x = explanation_changes.c
    for first in range(0, len(ids), _PART):
        query = (
            sa.select(explanation_changes)
            .where(x.entry_id.in_(ids[first : first + _PART]))
            .order_by(x.entry_id, x.changed_at.desc())
        )
        for row in connection.execute(query):
            found[row.entry_id] = (
                *found.get(row.entry_id, ()),
                Before(
                    row.verdict, row.explained_fraction, row.rule_version,
                    row.computed_at, row.changed_at, row.reason,
                ),
            )  # fmt: skip
    return found


def _late_entry(
    row: Any,  # noqa: ANN401 - a database row
    before: Mapping[int, tuple[Before, ...]],
    revisions: Mapping[str, int],
) -> LateEntry:
    at = row[explanations.c.counterfactual_at]
    ids = json.loads(row[explanations.c.outage_ids])
    # Explanations of before revisions were kept name none: nothing can be said of them.
    rests_on = dict(zip(ids, json.loads(row[explanations.c.outage_revisions]), strict=False))
    low, _, high = row[explanations.c.lies_between].partition(",")
    return LateEntry(
        doc_no=row[entries.c.doc_no],
        line=row[entries.c.line],
        book=row[entries.c.book],
        kind=row[entries.c.kind],
        event_at=row[entries.c.event_at],
        event_precision=row[entries.c.event_precision],
        recorded_from_at=row[entries.c.recorded_from_at],
        recorded_to_at=row[entries.c.recorded_to_at],
        recorded_precision=row[entries.c.recorded_precision],
        due_at=row[explanations.c.due_at],
        band=row[explanations.c.band],
        computed_at=row[explanations.c.computed_at],
        rule_version=row[explanations.c.rule_version],
        revisions=rests_on,
        changed=tuple(x for x, revision in rests_on.items() if revisions.get(x) != revision),
        flags=tuple(json.loads(row[explanations.c.flags])),
        before=before.get(row[entries.c.id], ()),
        explanation=Explanation(
            entry=row[entries.c.id],
            verdict=Verdict(row[explanations.c.verdict]),
            tardiness=row[explanations.c.tardiness_minutes],
            explained_fraction=row[explanations.c.explained_fraction] or 0.0,
            shift_fraction=row[explanations.c.shift_fraction] or 0.0,
            backlog_fraction=row[explanations.c.backlog_fraction] or 0.0,
            backlog_minutes=row[explanations.c.backlog_minutes],
            counterfactual=None if at is None else int(at.timestamp()),
            scope=Scope(row[explanations.c.scope]),
            fault=row[explanations.c.fault],
            grade=Grade(row[explanations.c.grade]),
            window_minutes=row[explanations.c.window_minutes],
            usable_minutes=row[explanations.c.usable_minutes],
            down_minutes=row[explanations.c.down_minutes],
            unknown_minutes=row[explanations.c.unknown_minutes],
            outages=tuple(ids),
            explained_to=row[explanations.c.explained_fraction_to],
            between=(Verdict(low), Verdict(high)) if high else None,
            estimated=row[explanations.c.rests_on_estimate],
        ),
    )
