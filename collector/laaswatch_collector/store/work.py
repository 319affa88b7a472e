"""The work queues of `recompute`: days whose states new facts touched, then offices whose entries they touch.

Several workers share them. Who takes a piece has it in hand until its lease is over, so that a worker that
was killed stops nothing: another takes the piece up. Results count only from whoever still has the piece
(`hold`), and a piece touched meanwhile stays in the queue (`mark`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import entries, meta, stale_days, stale_offices
from laaswatch_collector.worktime.thai import local_midnight

LOOK_BACK = timedelta(days=45)
"""Entries this much older than a touched day may still be waiting for it, and feed the queue's replay."""
FEW_OFFICES = 500
LEASE = timedelta(minutes=2)
"""Far longer than any piece takes: a day of the whole nation, or one office's last weeks."""


@dataclass(frozen=True, slots=True)
class StaleDay:
    """A local day to be concluded again, from facts up to `mark`."""

    day: date
    mark: int


@dataclass(frozen=True, slots=True)
class StaleOffice:
    """An office whose entries may have waited on days from `first` to `last`."""

    code: str
    first: date
    last: date
    mark: int


Piece = StaleDay | StaleOffice


def mark_stale(connection: sa.Connection, days: Iterable[date], now: datetime) -> None:
    """Ask for these days (Asia/Bangkok) to be computed again. Part of the transaction that stored the facts."""
    for day in sorted(set(days)):
        touched = connection.execute(_TOUCH, {"touched": day})
        if touched.rowcount == 0:
            first = insert_into(stale_days, connection.dialect.name)
            again = {"mark": stale_days.c.mark + 1}  # another collector was faster
            connection.execute(
                first.on_conflict_do_update(index_elements=["day"], set_=again),
                {"day": day, "since_at": now, "mark": 1},
            )


def mark_offices(
    connection: sa.Connection,
    day: date,
    since: datetime,
    end: datetime,
    codes: Collection[str] | None = None,
) -> None:
    """Ask for the offices to be judged again that have entries from [since, end), whose judgement rests on `day`.

    Also entries that did not wait on it: an office's habits are read off all its minutes. `codes`: of these
    offices alone.
    """
    some: sa.ColumnElement[bool]
    if codes is not None and len(codes) <= FEW_OFFICES:
        some = entries.c.office_code.in_(sorted(codes))
    else:
        some = sa.true()  # a few judged in vain cost less than a statement of thousands of names
    waited = (
        sa.select(entries.c.office_code, sa.literal(day), sa.literal(day), sa.literal(1))
        .where(entries.c.event_at >= since, entries.c.event_at < end, some)
        .distinct()
        .order_by(entries.c.office_code)
    )
    _touch_offices(connection, waited)


def mark_to_judge(
    connection: sa.Connection, first: date, last: date, which: sa.ColumnElement[bool]
) -> None:
    """Ask for offices to be judged again whose deadlines rest on the days from `first` to `last`.

    `which`: a condition on `entries`. Offices without entries that could be touched are left alone.
    """
    touched = (
        sa.select(entries.c.office_code, sa.literal(first), sa.literal(last), sa.literal(1))
        .where(entries.c.event_at >= local_midnight(first) - LOOK_BACK)
        .where(entries.c.event_at < local_midnight(last) + timedelta(days=1), which)
        .distinct()
        .order_by(entries.c.office_code)
    )
    _touch_offices(connection, touched)


def _touch_offices(connection: sa.Connection, waited: sa.Select[Any]) -> None:
    """Put rows (office, first day, last day, 1) into the queue, or widen what is there."""
    statement = insert_into(stale_offices, connection.dialect.name)
    statement = statement.from_select(["office_code", "first_day", "last_day", "mark"], waited)
    held, new = stale_offices.c, statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["office_code"],
            set_={
                "first_day": sa.case(
                    (held.first_day <= new.first_day, held.first_day), else_=new.first_day
                ),
                "last_day": sa.case(
                    (held.last_day >= new.last_day, held.last_day), else_=new.last_day
                ),
                "mark": held.mark + 1,
            },
        )
    )


def take_days(connection: sa.Connection, who: str, now: datetime, most: int) -> list[StaleDay]:
    """Take the most urgent days in hand: newest first, since people look at today first."""
    c = stale_days.c
    rows = _take(connection, stale_days, c.day, c.day.desc(), who, now, most)
    return sorted((StaleDay(x.day, x.mark) for x in rows), key=lambda x: x.day, reverse=True)


def take_offices(
    connection: sa.Connection, who: str, now: datetime, most: int
) -> list[StaleOffice]:
    """Take some offices in hand."""
    c = stale_offices.c
    rows = _take(connection, stale_offices, c.office_code, c.office_code, who, now, most)
    found = (StaleOffice(x.office_code, x.first_day, x.last_day, x.mark) for x in rows)
    return sorted(found, key=lambda x: x.code)


def hold(connection: sa.Connection, piece: Piece, who: str, now: datetime) -> bool:
    """Is the piece still in this worker's hand? Then it stays so until the transaction ends."""
    table, mine = _row_of(piece)
    held = connection.execute(
        table.update().where(mine, table.c.leased_by == who).values(leased_until_at=now + LEASE)
    )
    return held.rowcount == 1


def finish(connection: sa.Connection, piece: Piece) -> None:
    """The piece was computed from facts up to its mark; if it was touched since, it goes back."""
    table, mine = _row_of(piece)
    done = connection.execute(table.delete().where(mine, table.c.mark == piece.mark))
    if done.rowcount == 0:
        _give_back(connection, table, mine)


def give_back(connection: sa.Connection, who: str) -> None:
    """Put back what this worker has in hand: it stops."""
    for table in (stale_days, stale_offices):
        _give_back(connection, table, table.c.leased_by == who)


def give_all_back(connection: sa.Connection) -> None:
    """Put back everything, whoever had it: for a store that only one collector can use."""
    for table in (stale_days, stale_offices):
        _give_back(connection, table, table.c.leased_until_at.is_not(None))


def stale_count(connection: sa.Connection) -> int:
    """How many days wait."""
    return connection.execute(sa.select(sa.func.count()).select_from(stale_days)).scalar_one()


def work_count(connection: sa.Connection) -> int:
    """How many days and offices wait, or are in somebody's hand."""
    count = sa.select(sa.func.count())
    return sum(
        connection.execute(count.select_from(table)).scalar_one()
        for table in (stale_days, stale_offices)
    )


def newly_settled(connection: sa.Connection, settled: date, now: datetime) -> None:
    """Ask again for the days that have become final since last time: what was open in them is decided now.

    `settled`: the last local day that late reports cannot change any more. Without this, an outage or an
    explanation that nobody touches again would stay open for ever.
    """
    _newly_through(connection, _SETTLED, settled, now)


def newly_over(connection: sa.Connection, over: date, now: datetime) -> None:
    """Ask again for the days that have ended since last time, up to `over`: now they can be rolled up."""
    _newly_through(connection, _OVER, over, now)


def _newly_through(connection: sa.Connection, key: str, through: date, now: datetime) -> None:
    row = {"key": key, "value": through.isoformat()}
    first = insert_into(meta, connection.dialect.name).on_conflict_do_nothing()
    if connection.execute(first, row).rowcount == 1:
        return
    kept = connection.execute(
        sa.select(meta.c.value).where(meta.c.key == key).with_for_update()
    ).scalar_one()
    before = date.fromisoformat(kept)
    if before >= through:
        return
    count = min((through - before).days, MOST_SETTLED)
    mark_stale(connection, (through - timedelta(days=i) for i in range(count)), now)
    connection.execute(meta.update().where(meta.c.key == key).values(value=through.isoformat()))


def _take(
    connection: sa.Connection,
    table: sa.Table,
    key: sa.ColumnElement[Any],
    order: sa.ColumnElement[Any],
    who: str,
    now: datetime,
    most: int,
) -> list[Any]:
    free = sa.or_(table.c.leased_until_at.is_(None), table.c.leased_until_at <= now)
    # Rows that another worker is just taking, or that a report is just touching, are passed over.
    chosen = (
        sa.select(key).where(free).order_by(order).limit(most).with_for_update(skip_locked=True)
    )
    return list(
        connection.execute(
            table.update()
            .where(key.in_(chosen.scalar_subquery()))
            .values(leased_by=who, leased_until_at=now + LEASE)
            .returning(*table.c)
        )
    )


def _row_of(piece: Piece) -> tuple[sa.Table, sa.ColumnElement[bool]]:
    if isinstance(piece, StaleDay):
        return stale_days, stale_days.c.day == piece.day
    return stale_offices, stale_offices.c.office_code == piece.code


def _give_back(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> None:
    connection.execute(table.update().where(which).values(leased_by="", leased_until_at=None))


# Run with every group of reports: built once.
_TOUCH = (
    stale_days.update()
    .where(stale_days.c.day == sa.bindparam("touched"))
    .values(mark=stale_days.c.mark + 1)
)
_SETTLED = "settled_through"
_OVER = "over_through"
MOST_SETTLED = 60
"""Days; a collector that was off for longer has other worries than open verdicts of two months ago."""
