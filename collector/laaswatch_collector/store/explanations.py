"""Explanations kept: one row an entry, replaced whenever its facts or the rules change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.schema import entries, explanations, offices


def replace_explanations(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows (columns of `schema.explanations`) in place of the ones for the same entries."""
    ids = [row["entry_id"] for row in rows]
    for first in range(0, len(ids), 500):  # SQLite bounds the parameters of one statement
        connection.execute(
            explanations.delete().where(explanations.c.entry_id.in_(ids[first : first + 500]))
        )
    if rows:
        connection.execute(explanations.insert(), list(rows))


def offices_waiting(
    connection: sa.Connection, since: datetime, start: datetime, end: datetime
) -> list[tuple[str, str]]:
    """(office code, province) of the offices with entries that may have waited during [start, end).

    Such an entry arose before `end` (and not before `since`) and was posted after `start`, or not yet.
    """
    rows = connection.execute(
        sa.select(offices.c.code, offices.c.province)
        .where(
            offices.c.code.in_(
                sa.select(entries.c.office_code)
                .where(entries.c.event_at >= since, entries.c.event_at < end)
                .where(
                    sa.or_(entries.c.recorded_to_at.is_(None), entries.c.recorded_to_at >= start)
                )
            )
        )
        .order_by(offices.c.code)
    )
    return [(row.code, row.province) for row in rows]
