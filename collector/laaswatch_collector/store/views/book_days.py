"""An office's three books day by day: how many entries, how late, why; and what is still to be posted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_collector.store.schema import entries, explanations
from laaswatch_collector.store.views.book_facts import as_day, day_of

_CANNOT_TELL = ("undetermined", "no_evidence", "pending")


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The entries of one book whose event lies on one local day."""

    on_time: int = 0
    explained: int = 0
    unexplained: int = 0
    cannot_tell: int = 0
    open: int = 0
    """Of them not posted yet and past their deadline."""

    @property
    def entries(self) -> int:
        """All of them."""
        return self.on_time + self.explained + self.unexplained + self.cannot_tell


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry that is not posted although it is due."""

    entry: int
    number: str
    book: str
    event_at: datetime
    due_at: datetime


def book_days(
    connection: sa.Connection, office: str, month: str
) -> dict[tuple[str, date], DayCounts]:
    """(book, local day of the event) → counts, for the judged entries of a month (YYYY-MM)."""
    x = explanations.c
    day = day_of(entries.c.event_at).label("day")
    query = (
        sa.select(x.book, day, x.band, x.verdict, sa.func.count().label("n"))
        .join(entries, entries.c.id == x.entry_id)
        .where(x.office_code == office, x.month == month)
        .group_by(x.book, day, x.band, x.verdict)
    )
    found: dict[tuple[str, date], Counter[str]] = {}
    for row in connection.execute(query):
        key = (row.book, as_day(row.day))
        counted = found.setdefault(key, Counter())
        counted[_kind(row.verdict)] += row.n
        if row.band == "not_posted":
            counted["open"] += row.n
    return {key: DayCounts(**counted) for key, counted in found.items()}


def open_entries(
    connection: sa.Connection, office: str, month: str, most: int
) -> tuple[list[OpenEntry], int]:
    """The `most` entries of a month that have been due for longest and are not posted, and how many there are."""
    x = explanations.c
    is_open = sa.and_(x.office_code == office, x.month == month, x.band == "not_posted")
    query = (
        sa.select(entries.c.id, entries.c.doc_no, entries.c.line, x.book, entries.c.event_at, x.due_at)
        .join(entries, entries.c.id == x.entry_id)
        .where(is_open)
        .order_by(x.due_at, entries.c.id)
        .limit(most)
    )  # fmt: skip
    count = connection.execute(
        sa.select(sa.func.count()).select_from(explanations).where(is_open)
    ).scalar_one()
    return [
        OpenEntry(
            row.id,
            row.doc_no if row.line == 1 else f"{row.doc_no}/{row.line}",
            row.book,
            row.event_at,
            row.due_at,
        )
        for row in connection.execute(query)
    ], count


def in_all(days: Mapping[tuple[str, date], DayCounts], book: str) -> DayCounts:
    """One book's month."""
    mine = [x for (b, _), x in days.items() if b == book]
    return DayCounts(
        on_time=sum(x.on_time for x in mine),
        explained=sum(x.explained for x in mine),
        unexplained=sum(x.unexplained for x in mine),
        cannot_tell=sum(x.cannot_tell for x in mine),
        open=sum(x.open for x in mine),
    )


def _kind(verdict: str) -> str:
    if not verdict:
        return "on_time"
    if verdict in ("explained", "partly"):
        return "explained"
    return "cannot_tell" if verdict in _CANNOT_TELL else "unexplained"
