"""The register of closures that the site's owner declared; they move deadlines."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.store.schema import closures
from laaswatch_collector.store.work import mark_stale
from laaswatch_collector.worktime.thai import local_date

MOST_DAYS = 400
"""Days of one closure whose conclusions are asked for again (the longest known lasted six months)."""


def declare_closure(
    connection: sa.Connection,
    closure: Closure,
    *,
    source: str,
    declared_by: str,
    now: datetime,
    role: str = "login",
) -> int:
    """Write a closure down, with the letter or notice it rests on; its days are judged anew."""
    if closure.end is not None and closure.end <= closure.start:
        raise ValueError("a closure ends after it starts")
    if not source.strip():
        raise ValueError("a closure needs its source: the letter or notice, with its number")
    made = connection.execute(
        closures.insert().values(
            role=role,
            province=closure.province,
            from_at=closure.start,
            to_at=closure.end,
            catch_up_at=closure.catch_up,
            source=source,
            declared_by=declared_by,
            declared_at=now,
        )
    )
    first, last = local_date(closure.start), local_date(closure.end or max(now, closure.start))
    days = min((last - first).days, MOST_DAYS)
    mark_stale(connection, (first + timedelta(days=n) for n in range(days + 1)), now)
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for a closure")
    return int(made.inserted_primary_key[0])


def closures_between(
    connection: sa.Connection, from_at: datetime, to_at: datetime
) -> list[Closure]:
    """The closures that touch [from_at, to_at), in order of their start."""
    query = (
        sa.select(closures)
        .where(
            closures.c.from_at < to_at,
            sa.or_(closures.c.to_at.is_(None), closures.c.to_at > from_at),
        )
        .order_by(closures.c.from_at, closures.c.id)
    )
    return [
        Closure(row.from_at, row.to_at, row.catch_up_at, row.province)
        for row in connection.execute(query)
    ]
