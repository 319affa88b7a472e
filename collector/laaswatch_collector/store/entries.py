"""Ledger entries as they are read from the store; `ledger_imports` writes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.model import Book, Precision, StoredEntry
from laaswatch_collector.store.schema import entries

__all__ = ["StoredEntry", "entries_of", "known_entries"]

_WITH_HASH = tuple(StoredEntry.__dataclass_fields__)
_FIELDS = tuple(name for name in _WITH_HASH if name != "match_hash")


def entries_of(
    connection: sa.Connection, office_code: str | None, from_at: datetime, to_at: datetime
) -> list[StoredEntry]:
    """The entries (of one office, or of all) with an event in [from_at, to_at), without vanished ones."""
    query = (
        sa.select(*(entries.c[name] for name in _FIELDS))
        .where(
            entries.c.event_at >= from_at,
            entries.c.event_at < to_at,
            entries.c.vanished_at.is_(None),
        )
        .order_by(entries.c.office_code, entries.c.event_at, entries.c.id)
    )
    if office_code is not None:
        query = query.where(entries.c.office_code == office_code)
    return [_stored(_FIELDS, row) for row in connection.execute(query)]


def known_entries(
    connection: sa.Connection, office_code: str, book: Book, years: Iterable[int]
) -> list[StoredEntry]:
    """Every entry of an office's book in these fiscal years, vanished ones too, with their hashes."""
    query = sa.select(*(entries.c[name] for name in _WITH_HASH)).where(
        entries.c.office_code == office_code,
        entries.c.book == book,
        entries.c.fiscal_year.in_(sorted(years)),
    )
    return [_stored(_WITH_HASH, row) for row in connection.execute(query)]


def _stored(fields: tuple[str, ...], row: sa.Row[Any]) -> StoredEntry:
    values = dict(zip(fields, row, strict=True))
    values["book"] = Book(values["book"])
    for name in ("event_precision", "recorded_precision"):
        values[name] = Precision(values[name])
    return StoredEntry(**values)
