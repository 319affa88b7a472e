"""What a loaded database takes on disk, table by table with its indexes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database

LEAST = 100_000
"""Bytes below which a table is not worth a line."""
# Of a large table the column `pgsize` runs over: pages are counted instead.
SQLITE = (
    "SELECT m.tbl_name, sum(s.pageno) * (SELECT page_size FROM pragma_page_size)"
    " FROM dbstat s JOIN sqlite_master m ON m.name = s.name WHERE s.aggregate = 1 GROUP BY 1"
)
POSTGRESQL = (
    "SELECT coalesce(p.relname, c.relname), sum(pg_total_relation_size(c.oid)) FROM pg_class c"
    " LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent"
    " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and bytes of a table, indexes with it."""

    table: str
    rows: int
    size: int


def sizes(url: str) -> list[Size]:
    """The tables worth a line, largest first."""
    database = Database.open(url)
    try:
        return database.read(_sizes)
    finally:
        database.close()


def _sizes(connection: sa.Connection) -> list[Size]:
    found: dict[str, int] = defaultdict(int)
    text = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
    for name, size in connection.exec_driver_sql(text):
        found[name] += int(size)
    rows = {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in schema.metadata.sorted_tables
        if found[table.name] >= LEAST
    }
    return sorted((Size(n, rows[n], found[n]) for n in rows), key=lambda x: -x.size)


def table(found: Sequence[Size]) -> str:
    """As a table of Markdown, with a sum."""
    lines = ["| table | rows | MB | bytes a row |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {x.table} | {x.rows:,} | {x.size / 1e6:,.0f} | {x.size / max(1, x.rows):,.0f} |"
        for x in found
    ]
    lines.append(f"| all | | {sum(x.size for x in found) / 1e6:,.0f} | |")
    return "\n".join(lines)
