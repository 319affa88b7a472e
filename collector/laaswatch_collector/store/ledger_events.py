"""What happened to an office's books between exports: written by imports, read by its page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.ledger.events import EventKind, LedgerEvent
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.store.schema import ledger_events


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its book and the time of the export that showed it."""

    book: Book
    at: datetime
    event: LedgerEvent


def write_events(
    connection: sa.Connection,
    office: str,
    book: Book,
    import_id: int,
    at: datetime,
    events: Sequence[LedgerEvent],
) -> None:
    """Keep the events of one import of one book."""
    if events:
        connection.execute(
            ledger_events.insert(),
            [
                {
                    "office_code": office,
                    "book": book,
                    "import_id": import_id,
                    "at": at,
                    "kind": x.kind,
                    "entries": x.entries,
                    "of_entries": x.of_entries,
                    "first_day": x.first_day,
                    "last_day": x.last_day,
                    "numbers": json.dumps(x.numbers, ensure_ascii=False),
                }
                for x in events
            ],
        )


def newest_events(connection: sa.Connection, office: str, most: int = 20) -> list[StoredEvent]:
    """The newest events of an office's books, newest first."""
    x = ledger_events.c
    query = (
        sa.select(ledger_events)
        .where(x.office_code == office)
        .order_by(x.at.desc(), x.id.desc())
        .limit(most)
    )
    return [
        StoredEvent(
            Book(row.book),
            row.at,
            LedgerEvent(
                EventKind(row.kind),
                row.entries,
                row.of_entries,
                row.first_day,
                row.last_day,
                tuple(json.loads(row.numbers)),
            ),
        )
        for row in connection.execute(query)
    ]
