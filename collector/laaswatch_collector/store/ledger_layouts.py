"""Headings whose columns a person confirmed, for one office and book: asked once, used from then on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import ledger_layouts


@dataclass(frozen=True, slots=True)
class ConfirmedLayout:
    """Field → column of one heading, and whose word it is."""

    book: Book
    signature: str
    columns: dict[str, int]
    confirmed_by: str
    confirmed_at: datetime


def confirmed_layouts(
    connection: sa.Connection, office: str, book: Book | None = None
) -> dict[str, ConfirmedLayout]:
    """The confirmed headings of an office by signature; of one book, or (the newest word) of any."""
    x = ledger_layouts.c
    query = sa.select(ledger_layouts).where(x.office_code == office).order_by(x.confirmed_at)
    if book is not None:
        query = query.where(x.book == book)
    return {
        row.signature: ConfirmedLayout(
            Book(row.book),
            row.signature,
            json.loads(row.columns),
            row.confirmed_by,
            row.confirmed_at,
        )
        for row in connection.execute(query)
    }


def confirm_layout(
    connection: sa.Connection,
    office: str,
    book: Book,
    signature: str,
    columns: Mapping[str, int],
    *,
    who: str,
    now: datetime,
) -> bool:
    """Keep a person's word; False if the same was confirmed before, by whomever."""
    known = confirmed_layouts(connection, office, book).get(signature)
    if known is not None and known.columns == dict(columns):
        return False
    statement = insert_into(ledger_layouts, connection.dialect.name)
    said: dict[str, Any] = {
        "columns": json.dumps(dict(columns), sort_keys=True),
        "confirmed_by": who,
        "confirmed_at": now,
    }
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["office_code", "book", "signature"], set_=said
        ).values(office_code=office, book=book, signature=signature, **said)
    )
    record(
        connection,
        now,
        who,
        "confirm_ledger_columns",
        f"{office}/{book}",
        signature=signature,
        columns=said["columns"],
    )
    return True
