"""What is kept for how long, and the deleting of what is older; nothing that was concluded changes by it.

Days whose reports are going are never concluded again (`facts_are_gone`): that is written down before the first
of them is deleted. `chains` stays: a report whose time is over is still known should
it come again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import (
    meta,
    office_days,
    presence_marks,
    reports,
    rollups,
    sealed_days,
)
from laaswatch_collector.store.sealing import newest_before
from laaswatch_collector.worktime.thai import local_midnight

AT_ONCE = 1000
"""Rows deleted in one transaction: intake waits for no more than that."""
_KEPT_FROM = "facts_kept_from"


@dataclass(frozen=True, slots=True)
class Limits:
    """The first local day of which each kind is kept."""

    reports: date
    rollups: date


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows that are deleted, or would be. A sealed day holds many reports."""

    reports: int = 0
    sealed_days: int = 0
    presence_marks: int = 0
    rollups: int = 0
    office_days: int = 0

    @property
    def all(self) -> int:
        """Rows of every kind."""
        return sum(asdict(self).values())


def facts_are_gone(connection: sa.Connection, day: date) -> bool:
    """Whether what was observed on this local day is (partly) deleted: then its conclusions stand for good."""
    kept = connection.execute(sa.select(meta.c.value).where(meta.c.key == _KEPT_FROM)).scalar()
    return kept is not None and day < date.fromisoformat(kept)


def would_remove(database: Database, limits: Limits) -> Removed:
    """How much of each kind is older than its limit."""

    def count(connection: sa.Connection) -> Removed:
        return Removed(
            **{
                table.name: connection.execute(
                    sa.select(sa.func.count()).select_from(table).where(old)
                ).scalar_one()
                for table, old in _old(connection, limits)
            }
        )

    return database.read(count)


def remove_old(
    database: Database,
    limits: Limits,
    now: datetime,
    *,
    who: str = "collector",
    stopping: Callable[[], bool] = lambda: False,
) -> Removed:
    """Delete what is older than its limit, in small steps, and write down how much it was."""
    if not would_remove(database, limits).all:
        return Removed()
    database.write(lambda c: _keep_from(c, limits.reports))
    gone: Counter[str] = Counter()
    while not stopping():
        found = database.read(lambda c: _next(c, limits))
        if found is None:
            break
        gone[found[0].name] += database.write(partial(_delete, table=found[0], keys=found[1]))
    removed = Removed(**gone)
    subject = f"reports {limits.reports}, rollups {limits.rollups}"
    database.write(lambda c: record(c, now, who, "retention", subject, **asdict(removed)))
    return removed


def _old(
    connection: sa.Connection, limits: Limits
) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """What is older than its limit: received before it, and telling of nothing after it."""
    start = local_midnight(limits.reports)
    marks, sealed = presence_marks.c, sealed_days.c
    return [
        (
            reports,
            sa.and_(
                reports.c.id <= newest_before(connection, start),
                reports.c.received_at < start,
                _before(reports.c.last_at, start),
            ),
        ),
        (sealed_days, sa.and_(sealed.day < limits.reports, _before(sealed.last_at, start))),
        (presence_marks, sa.and_(marks.at < start, _before(marks.until_at, start))),
        (rollups, rollups.c.day < limits.rollups),
        (office_days, office_days.c.day < limits.reports),
    ]


def _before(column: "sa.ColumnElement[datetime | None]", start: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column < start)


def _next(connection: sa.Connection, limits: Limits) -> tuple[sa.Table, list[Any]] | None:
    """Some rows that are to go, by their keys; looked for outside the thread that writes."""
    for table, old in _old(connection, limits):
        rows = connection.execute(sa.select(*table.primary_key).where(old).limit(AT_ONCE)).all()
        if rows:
            return table, [tuple(row) for row in rows]
    return None


def _delete(connection: sa.Connection, table: sa.Table, keys: list[Any]) -> int:
    key = sa.tuple_(*table.primary_key)
    return connection.execute(table.delete().where(key.in_(keys))).rowcount


def _keep_from(connection: sa.Connection, day: date) -> None:
    """From this day on facts are whole; never set back."""
    statement = insert_into(meta, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"value": statement.excluded.value},
            where=meta.c.value < statement.excluded.value,
        ),
        {"key": _KEPT_FROM, "value": day.isoformat()},
    )
