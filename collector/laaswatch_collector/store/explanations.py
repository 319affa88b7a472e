"""Explanations kept: one row an entry, replaced whenever its facts or the rules change; and what they count."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.schema import entries, explanations, office_months


def replace_explanations(
    connection: sa.Connection, office: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Put these rows (columns of `schema.explanations`) of an office in place of the ones for the same entries.

    What was said of entries that have vanished or were cancelled since is taken back. One transaction at a
    time may do this for an office: its months are counted anew.
    """
    months = {row["month"] for row in rows} | _take_back(connection, office)
    ids = [row["entry_id"] for row in rows]
    for first in range(0, len(ids), 500):  # SQLite bounds the parameters of one statement
        connection.execute(
            explanations.delete().where(explanations.c.entry_id.in_(ids[first : first + 500]))
        )
    if rows:
        connection.execute(explanations.insert(), list(rows))
    for month in sorted(months):
        _count(connection, office, month)


def _take_back(connection: sa.Connection, office: str) -> set[str]:
    """Delete the explanations of entries that do not count any more; the months that had them."""
    gone = sa.select(entries.c.id).where(
        entries.c.office_code == office,
        sa.or_(entries.c.cancelled, entries.c.vanished_at.is_not(None)),
    )
    deleted = connection.execute(
        explanations.delete()
        .where(explanations.c.office_code == office, explanations.c.entry_id.in_(gone))
        .returning(explanations.c.month)
    )
    return set(deleted.scalars())


def _count(connection: sa.Connection, office: str, month: str) -> None:
    """Count the entries of an office's month by book, band and verdict."""
    kept, x = office_months.c, explanations.c
    connection.execute(
        office_months.delete().where(kept.office_code == office, kept.month == month)
    )
    columns = (x.office_code, x.month, x.book, x.band, x.verdict)
    counted = (
        sa.select(*columns, sa.func.count())
        .where(x.office_code == office, x.month == month)
        .group_by(*columns)
    )
    connection.execute(office_months.insert().from_select(list(kept.keys()), counted))
