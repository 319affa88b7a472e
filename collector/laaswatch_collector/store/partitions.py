"""Reports by month on PostgreSQL: a month whose time is over goes at once, and each index stays small.

A report lies in the partition of the month (Asia/Bangkok) in which it was received. Partitions are made months
ahead, at every start of a collector and daily; what none was made for goes to `reports_other`, so that no
report is ever refused for want of a table. SQLite has one table, and nothing to do here.
"""

import re
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.worktime.thai import BANGKOK

AHEAD = 3
"""Months that have a partition in advance: a collector may run that long without looking."""
OTHER = "reports_other"
_NAME = re.compile(r"reports_(\d{4})_(\d{2})")
_LOCK_NUMBER = 0x6C616174  # any number that only we use


def make_partitions(connection: sa.Connection, now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones that are not there yet; their names."""
    if connection.dialect.name != "postgresql":
        return []
    wanted = {f"reports_{m:%Y_%m}": m for m in _wanted(connection, now)}
    if not wanted:
        return []
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
    made = [name for name, month in wanted.items() if not _has_room(connection, month)]
    for name in made:
        start, end = start_ms(wanted[name]), start_ms(following(wanted[name]))
        connection.execute(
            sa.text(
                f"CREATE TABLE {name} PARTITION OF reports FOR VALUES FROM ({start}) TO ({end})"
            )
        )
    return made


def missing_partitions(connection: sa.Connection, now: datetime) -> list[str]:
    """The partitions that `make_partitions` would make."""
    if connection.dialect.name != "postgresql":
        return []
    return [f"reports_{m:%Y_%m}" for m in _wanted(connection, now)]


def drop_partitions(connection: sa.Connection, before: datetime) -> list[str]:
    """Drop the months that were over at `before` and hold nothing any more; their names."""
    if connection.dialect.name != "postgresql":
        return []
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
    dropped = []
    for name in _partitions(connection):
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        month = datetime(int(found[1]), int(found[2]), 1, tzinfo=BANGKOK)
        empty = f"SELECT NOT EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - a name of our own making
        if following(month) <= before and connection.execute(sa.text(empty)).scalar():
            connection.execute(sa.text(f"DROP TABLE {name}"))
            dropped.append(name)
    return dropped


def month_of(moment: datetime) -> datetime:
    """The first moment of a time's month in Asia/Bangkok."""
    return moment.astimezone(BANGKOK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def following(moment: datetime) -> datetime:
    """The first moment of the month after."""
    month = month_of(moment)
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def start_ms(moment: datetime) -> int:
    """A time as it is stored."""
    return round(moment.timestamp() * 1000)


def _wanted(connection: sa.Connection, now: datetime) -> list[datetime]:
    """This month and the next ones, as far as nothing takes them yet."""
    months = [month_of(now)]
    while len(months) <= AHEAD:
        months.append(following(months[-1]))
    return [month for month in months if not _has_room(connection, month)]


def _has_room(connection: sa.Connection, month: datetime) -> bool:
    """Does a partition other than the last resort take this month's reports?"""
    ranges = connection.execute(
        sa.text(
            "SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i "
            "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'reports'::regclass"
        )
    ).scalars()
    start = start_ms(month)
    for bound in ranges:
        found = re.fullmatch(r"FOR VALUES FROM \((\S+)\) TO \((\S+)\)", bound)
        if found is None:  # the default one
            continue
        low, high = (x.strip("'") for x in found.groups())
        if (low == "MINVALUE" or int(low) <= start) and start < int(high):
            return True
    return False


def _partitions(connection: sa.Connection) -> list[str]:
    return list(
        connection.execute(
            sa.text(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
                "WHERE i.inhparent = 'reports'::regclass ORDER BY c.relname"
            )
        ).scalars()
    )
