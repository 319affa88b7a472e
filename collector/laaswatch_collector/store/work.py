"""The work queue of `recompute`: local days whose conclusions new facts have touched."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.store.schema import meta, stale_days

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


def newly_settled(connection: sa.Connection, settled: date, now: datetime) -> None:
    """Ask again for the days that have become final since last time: what was open in them is decided now.

    `settled`: the last local day that late reports cannot change any more. Without this, an outage or an
    explanation that nobody touches again would stay open for ever.
    """
    kept = connection.execute(sa.select(meta.c.value).where(meta.c.key == _SETTLED)).scalar()
    if kept is None:
        connection.execute(meta.insert().values(key=_SETTLED, value=settled.isoformat()))
        return
    before = date.fromisoformat(kept)
    if before >= settled:
        return
    count = min((settled - before).days, MOST_SETTLED)
    mark_stale(connection, (settled - timedelta(days=i) for i in range(count)), now)
    connection.execute(
        meta.update().where(meta.c.key == _SETTLED).values(value=settled.isoformat())
    )


_SETTLED = "settled_through"
MOST_SETTLED = 60
"""Days; a collector that was off for longer has other worries than open verdicts of two months ago."""
