"""The audit, newest first, a page at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.store.schema import audit


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; "" and None: anything. `subject`: part of what it was done to. Times are half open."""

    who: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    result: str
    detail: dict[str, str | float | None]


def audit_lines(
    connection: sa.Connection, asked: Asked, most: int, before: int | None = None
) -> Iterator[Line]:
    """`most` lines, newest first, those before the line `before`."""
    x = audit.c
    query = sa.select(audit).order_by(x.id.desc()).limit(most)
    if before is not None:
        query = query.where(x.id < before)
    if asked.who:
        query = query.where(x.who == asked.who)
    if asked.action:
        query = query.where(x.action == asked.action)
    if asked.subject:
        query = query.where(x.object.contains(asked.subject, autoescape=True))
    if asked.since is not None:
        query = query.where(x.at >= asked.since)
    if asked.until is not None:
        query = query.where(x.at < asked.until)
    for row in connection.execute(query):
        yield Line(
            row.id, row.at, row.who, row.action, row.object, row.result, json.loads(row.detail)
        )
