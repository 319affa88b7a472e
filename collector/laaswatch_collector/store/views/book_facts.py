"""What the store knows of several offices' books in a month, a query a question: a list of a hundred costs no hundred."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from laaswatch_collector.ledger.model import Book, System
from laaswatch_collector.store.schema import (
    entries,
    explanations,
    ledger_imports,
    quiet_answers,
    system_statements,
)
from laaswatch_collector.store.statements import Said
from laaswatch_collector.store.views.explanations import BookCounts, books_of_offices
from laaswatch_collector.worktime.thai import local_date, local_midnight

_EPOCH = date(1970, 1, 1)
_BANGKOK_MS, _DAY_MS = 7 * 3_600_000, 86_400_000


@dataclass(slots=True)
class BookFacts:
    """One office's month.

    `days`: local days with entries, by book; `unjudged`: books with entries whose bands are not computed yet;
    `until`: the last day that each book's exports speak of; `answers`: to questions about quiet days, by first and
    last day; `said`: of systems that keep no book.
    """

    counts: dict[Book, BookCounts]
    days: dict[Book, set[date]] = field(default_factory=dict)
    unjudged: set[Book] = field(default_factory=set)
    until: dict[Book, date] = field(default_factory=dict)
    answers: dict[tuple[date, date], Said] = field(default_factory=dict)
    said: dict[System, Said] = field(default_factory=dict)


def book_facts(
    connection: sa.Connection, codes: Collection[str], month: str, first: date, last: date
) -> dict[str, BookFacts]:
    """By office; `first` and `last` are the local days that count."""
    counts = books_of_offices(connection, codes, month)
    found = {code: BookFacts({Book(x.book): x for x in counts[code]}) for code in codes}
    _entry_days(connection, found, first, last)
    _unjudged(connection, found, first, last)
    _known_until(connection, found)
    _answers(connection, found, first, last)
    _said(connection, found, month)
    return found


def day_of(column: sa.ColumnElement[object]) -> sa.ColumnElement[int]:
    """The local day of a moment, in milliseconds since 1970: days are told apart where the rows lie."""
    at = sa.type_coerce(column, sa.BigInteger) + _BANGKOK_MS
    return at - at % _DAY_MS


def as_day(milliseconds: int) -> date:
    """The day that `day_of` tells."""
    return _EPOCH + timedelta(days=milliseconds // _DAY_MS)


def _between(first: date, last: date) -> sa.ColumnElement[bool]:
    x = entries.c
    return sa.and_(
        x.cancelled.is_(False),
        x.vanished_at.is_(None),
        x.event_at >= local_midnight(first),
        x.event_at < local_midnight(last + timedelta(days=1)),
    )


def _entry_days(
    connection: sa.Connection, found: dict[str, BookFacts], first: date, last: date
) -> None:
    x = entries.c
    query = (
        sa.select(x.office_code, x.book, day_of(x.event_at).label("day"))
        .where(x.office_code.in_(list(found)), _between(first, last))
        .distinct()
    )
    for row in connection.execute(query):
        found[row.office_code].days.setdefault(Book(row.book), set()).add(as_day(row.day))


def _unjudged(
    connection: sa.Connection, found: dict[str, BookFacts], first: date, last: date
) -> None:
    x = entries.c
    query = (
        sa.select(x.office_code, x.book)
        .outerjoin(explanations, explanations.c.entry_id == x.id)
        .where(x.office_code.in_(list(found)), _between(first, last))
        .where(explanations.c.entry_id.is_(None))
        .distinct()
    )
    for row in connection.execute(query):
        found[row.office_code].unjudged.add(Book(row.book))


def _known_until(connection: sa.Connection, found: dict[str, BookFacts]) -> None:
    """Of a whole export its own day, else its last entry's."""
    e, i = entries.c, ledger_imports.c
    last_entries = (
        sa.select(e.office_code, e.book, sa.func.max(e.event_at).label("at"))
        .where(e.office_code.in_(list(found)), e.vanished_at.is_(None))
        .group_by(e.office_code, e.book)
    )
    exports = (
        sa.select(i.office_code, i.book, sa.func.max(i.snapshot_at).label("at"))
        .where(i.office_code.in_(list(found)), i.proves_absence, i.rows_good > 0)
        .group_by(i.office_code, i.book)
    )
    for query in (last_entries, exports):
        for row in connection.execute(query):
            if row.at is not None and row.book in set(Book):
                until, book = found[row.office_code].until, Book(row.book)
                until[book] = max(until.get(book, date.min), local_date(row.at))


def _answers(
    connection: sa.Connection, found: dict[str, BookFacts], first: date, last: date
) -> None:
    x = quiet_answers.c
    query = sa.select(quiet_answers).where(
        x.office_code.in_(list(found)), x.first_day <= last, x.last_day >= first
    )
    for row in connection.execute(query):
        said = Said(row.answer, row.said_by, row.said_at)
        found[row.office_code].answers[row.first_day, row.last_day] = said


def _said(connection: sa.Connection, found: dict[str, BookFacts], month: str) -> None:
    x = system_statements.c
    query = sa.select(system_statements).where(x.office_code.in_(list(found)), x.month == month)
    for row in connection.execute(query):
        said = Said(row.state, row.said_by, row.said_at)
        found[row.office_code].said[System(row.system)] = said
