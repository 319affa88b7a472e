"""What has been handed in for an office, and the offices below it: their books stay their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from laaswatch_collector.messages import Message
from laaswatch_collector.store.ledger_imports import KeptError
from laaswatch_collector.store.schema import ledger_imports, office_months, offices
from laaswatch_collector.worktime.thai import local_date


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import of one book. `errors`: (row, column, reason), the first ones."""

    id: int
    file_name: str
    book: str
    imported_at: datetime
    snapshot_at: datetime
    snapshot_known: bool
    imported_by: str
    good: int
    bad: int
    added: int
    changed: int
    vanished: int
    errors: Sequence[tuple[int, str, Message]]


@dataclass(frozen=True, slots=True)
class SubOffice:
    """An office below another, and what its own books count in a month."""

    code: str
    name_th: str
    name_en: str
    province: str
    entries: int
    late: int


@dataclass(frozen=True, slots=True)
class Named:
    """An office's code and names."""

    code: str
    name_th: str
    name_en: str


def newest_imports(
    connection: sa.Connection, office: str, most: int = 10, errors: int = 20
) -> list[ImportRow]:
    """The newest imports of an office's books, newest first, each with its first `errors` bad rows."""
    x = ledger_imports.c
    query = (
        sa.select(ledger_imports).where(x.office_code == office).order_by(x.id.desc()).limit(most)
    )
    return [
        ImportRow(
            id=row.id,
            file_name=row.file_name,
            book=row.book,
            imported_at=row.imported_at,
            snapshot_at=row.snapshot_at,
            snapshot_known=row.proves_absence,
            imported_by=row.imported_by,
            good=row.rows_good,
            bad=row.rows_bad,
            added=row.added,
            changed=row.changed,
            vanished=row.vanished,
            errors=[
                (x.row, x.column, x.said)
                for x in msgspec.json.decode(row.errors, type=list[KeptError])[:errors]
            ],
        )
        for row in connection.execute(query)
    ]


def days_between(imports: Sequence[ImportRow]) -> dict[str, int]:
    """Book → days between its two newest exports, where they are more than one.

    Without a time of recording in the file, a posting time is known no better than that.
    """
    found: dict[str, list[datetime]] = {}
    for row in imports:
        if row.good and row.book:
            found.setdefault(row.book, []).append(row.snapshot_at)
    gaps = {
        book: (local_date(times[0]) - local_date(times[1])).days
        for book, taken in found.items()
        if len(times := sorted(taken, reverse=True)) > 1
    }
    return {book: days for book, days in gaps.items() if days > 1}


def sub_offices_of(
    connection: sa.Connection, office: str, month: str, most: int = 100
) -> list[SubOffice]:
    """The offices below this one, by name, with the counts of their own books in a month (YYYY-MM)."""
    m, o = office_months.c, offices.c
    counts = (
        sa.select(
            m.office_code,
            sa.func.sum(m.entries).label("entries"),
            sa.func.sum(sa.case((m.verdict != "", m.entries), else_=0)).label("late"),
        )
        .where(m.month == month)
        .group_by(m.office_code)
        .subquery()
    )
    query = (
        sa.select(o.code, o.name_th, o.name_en, o.province, counts.c.entries, counts.c.late)
        .outerjoin(counts, counts.c.office_code == o.code)
        .where(o.parent_code == office)
        .order_by(o.name_th, o.code)
        .limit(most)
    )
    return [SubOffice(*row[:4], row[4] or 0, row[5] or 0) for row in connection.execute(query)]


def mother_of(connection: sa.Connection, office: str) -> Named | None:
    """The office that this one is below, if any."""
    above = offices.alias()
    row = connection.execute(
        sa.select(above.c.code, above.c.name_th, above.c.name_en)
        .join(offices, offices.c.parent_code == above.c.code)
        .where(offices.c.code == office)
    ).one_or_none()
    return None if row is None else Named(*row)
