"""Explanations kept: one row an entry, replaced whenever its facts or the rules change."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.schema import explanations


def replace_explanations(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows (columns of `schema.explanations`) in place of the ones for the same entries."""
    ids = [row["entry_id"] for row in rows]
    for first in range(0, len(ids), 500):  # SQLite bounds the parameters of one statement
        connection.execute(
            explanations.delete().where(explanations.c.entry_id.in_(ids[first : first + 500]))
        )
    if rows:
        connection.execute(explanations.insert(), list(rows))
