"""The work queue of `recompute`: local days whose conclusions new facts have touched."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_collector.store.schema import stale_days

# Run with every report: built once.
_TOUCH = (
    stale_days.update()
    .where(stale_days.c.day == sa.bindparam("touched"))
    .values(mark=stale_days.c.mark + 1)
)


def mark_stale(connection: sa.Connection, days: Iterable[date], now: datetime) -> None:
    """Ask for these days (Asia/Bangkok) to be computed again. Part of the transaction that stored the facts."""
    for day in sorted(set(days)):
        touched = connection.execute(_TOUCH, {"touched": day})
        if touched.rowcount == 0:
            connection.execute(stale_days.insert().values(day=day, since_at=now, mark=1))


def waiting_days(connection: sa.Connection, most: int) -> list[tuple[date, int]]:
    """The most urgent days and their marks: newest first, since people look at today first."""
    rows = connection.execute(
        sa.select(stale_days.c.day, stale_days.c.mark).order_by(stale_days.c.day.desc()).limit(most)
    )
    return [(row.day, row.mark) for row in rows]


def mark_done(connection: sa.Connection, day: date, mark: int) -> None:
    """The day was computed from facts up to `mark`; a touch since then keeps it in the queue."""
    connection.execute(
        stale_days.delete().where(stale_days.c.day == day, stale_days.c.mark == mark)
    )


def stale_count(connection: sa.Connection) -> int:
    """How many days wait."""
    return connection.execute(sa.select(sa.func.count()).select_from(stale_days)).scalar_one()
