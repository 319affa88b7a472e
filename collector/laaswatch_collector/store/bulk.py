"""Many rows at once, by the driver's own fastest way. Times go in as the ms since 1970 that they are stored as."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from laaswatch_collector.store.schema import UtcTime


def append(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Add rows (values in the order of `columns`): COPY on PostgreSQL, one prepared INSERT on SQLite."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def insert_into(table: sa.Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say what to do about a row that is there already."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def raw(table: sa.Table) -> dict[str, sa.BindParameter[Any]]:
    """The table's columns as parameters of the same names, times as whole numbers."""
    return {
        c.name: sa.bindparam(
            c.name, type_=sa.BigInteger() if isinstance(c.type, UtcTime) else c.type
        )
        for c in table.columns
    }
