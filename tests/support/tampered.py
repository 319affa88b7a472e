"""A store with an evidence log over everything, and somebody who may write to its file and knows its schema."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
import zstandard

from laaswatch_collector.evidence.checkpoint import Beacon
from laaswatch_collector.evidence.merkle import Edge, leaf_hash
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.store import schema
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.sealing import seal_history
from laaswatch_collector.worktime.thai import local_date
from support import seeded
from support.intake import NOW, NOW_MS, a_round, enrol

DAY = timedelta(days=1)
DAYS = 6
COVERED = {
    "reports": ("incarnation", "seq", "sha256", "received_at", "sent_ms", "sent_mono_ms", "sent_boot", "body", "packed"),
    "sealed_days": ("incarnation", "first_seq", "last_seq", "day", "reports", "body"),
    "audit": ("at", "who", "action", "object", "result", "detail"),
    "ledger_imports": ("office_code", "sha256", "book", "imported_at", "snapshot_at", "rows_good", "added", "changed"),
    "documents": ("kind", "office_code", "month", "sha256", "facts", "made_at"),
    "explanations": ("book", "due_at", "band", "tardiness_minutes", "verdict", "scope", "grade", "down_minutes", "flags"),
    "entries": ("doc_no", "line", "kind", "event_at", "recorded_precision"),
    "log_leaves": ("position", "kind", "subject", "body"),
    "log_nodes": ("number", "sha256"),
    "log_checkpoints": ("size", "root"),
}  # fmt: skip
"""By table, the columns that leaves commit to, or that follow from those."""
WHERE = {"entries": "id IN (SELECT entry_id FROM explanations)"}
"""Rows that nobody has judged yet stand under no leaf."""
SHIFTED = {"audit": "id", "log_leaves": "position"}
"""Tables in which only a row between others is out of place: one at the end is a new one."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The store, and what its PCs remember: by size, the checkpoints that they were told.

    `file`: opens the same file with no rules at all.
    """

    database: Database
    told: dict[int, Beacon]
    file: sa.Engine


def whole_store(url: str) -> Whole:
    """Books of two offices, three PCs over six days of which the first are packed, an audit, 600 beats."""
    database = Database.open(url)
    seeded.seed(database, offices=2, late=6, other_province=0)
    senders = [enrol(database, f"pc {n}", office=seeded.FIRST) for n in range(3)]
    clock = [NOW]
    keeper, told, beacon = LogKeeper(database, lambda: clock[0]), {}, ""
    for n in range(100 * DAYS):
        clock[0] = NOW + n * (DAY / 100)
        if n % 20 < 6:
            for sender in senders:
                _deliver(database, sender, clock[0], beacon)
        if n % 10 == 0:
            at = clock[0]
            database.write(lambda c, at=at, n=n: record(c, at, "somying", "tried", f"step {n}"))
        kept = keeper.once()
        beacon = str(kept.checkpoint.beacon)
        told[kept.checkpoint.size] = kept.checkpoint.beacon
    seal_history(database, local_date(NOW + 3 * DAY))
    clock[0] = NOW + (DAYS + 2) * DAY
    for _ in range(3):
        newest = keeper.once().checkpoint
        told[newest.size] = newest.beacon
    with database.engine.begin() as connection:
        for trigger in connection.execute(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars().all():  # fmt: skip
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
    return Whole(database, told, sa.create_engine(url))


def _deliver(database, sender, at, beacon):
    wall = round(at.timestamp() * 1000)
    line = sender.seal(a_round(wall - 5, wall - NOW_MS + 10**10), beacon=beacon)
    delivery = sender.delivery(line, sent=wall, mono=wall - NOW_MS + 10**10 + 5)
    database.write(lambda c: accept(c, sender.agent, delivery, at))


def flip(connection: sa.Connection, dice: random.Random) -> str:
    """One value of one row is another one."""
    table = dice.choice(sorted(COVERED))
    column = dice.choice(COVERED[table])
    row = _some(connection, table, dice, 1)[0]
    value = row._asdict()[column]
    if column == "day":
        value = str(date.fromisoformat(value) + dice.choice((-1, 1)) * DAY)
    elif (table, column) == ("reports", "body"):  # not what the packing never reads
        value = zstandard.compress(_changed(zstandard.decompress(value), dice))
    else:
        value = _changed(value, dice)
    connection.exec_driver_sql(
        f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row.place)
    )
    return f"{table}.{column}"


def delete(connection: sa.Connection, dice: random.Random) -> str:
    """One row is gone."""
    table = dice.choice(sorted(COVERED))
    row = _some(connection, table, dice, 1)[0]
    connection.exec_driver_sql(f"DELETE FROM {table} WHERE rowid = ?", (row.place,))
    return table


def insert(connection: sa.Connection, dice: random.Random) -> str:
    """One row more, like another one, in between where there is an order."""
    table = dice.choice(
        sorted({*COVERED} - {"explanations", "entries", "log_nodes", "sealed_days"})
    )
    values = _some(connection, table, dice, 1)[0]._asdict()
    values.pop("place")
    key = next(iter(schema.metadata.tables[table].primary_key.columns)).name
    if table in SHIFTED:
        at = values[key]
        connection.exec_driver_sql(f"UPDATE {table} SET {key} = -{key} - 1 WHERE {key} >= ?", (at,))
        connection.exec_driver_sql(f"UPDATE {table} SET {key} = -{key} WHERE {key} < 0")
    elif table == "log_checkpoints":
        taken = {x[0] for x in connection.exec_driver_sql("SELECT size FROM log_checkpoints")}
        values[key] = next(
            x for x in iter(lambda: dice.randrange(1, max(taken)), None) if x not in taken
        )
    elif table == "documents":
        values[key] = f"0{values[key][1:]}" if values[key][0] != "0" else f"1{values[key][1:]}"
    else:
        values[key] = connection.exec_driver_sql(f"SELECT MAX({key}) + 1 FROM {table}").scalar()
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
    )
    return table


def reorder(connection: sa.Connection, dice: random.Random) -> str:
    """Two rows have each other's contents."""
    table = dice.choice(sorted({*COVERED} - {"ledger_imports", "documents"}))
    one, other = _some(connection, table, dice, 2)
    keys = {c.name for c in schema.metadata.tables[table].primary_key.columns}
    names = [x for x in COVERED[table] if x not in keys]
    if table == "reports":  # which row holds which report says nothing
        names = dice.choice((["received_at"], ["sha256", "body", "packed"]))
    values = [[row._asdict()[x] for x in names] for row in (one, other)]
    if values[0] == values[1]:
        return reorder(connection, dice)
    said = ", ".join(f"{x} = ?" for x in names)
    for row, new in ((one, values[1]), (other, values[0])):
        connection.exec_driver_sql(f"UPDATE {table} SET {said} WHERE rowid = ?", (*new, row.place))
    return f"{table} {one.place} {other.place}"


def truncate(connection: sa.Connection, dice: random.Random) -> str:
    """The end of the log is gone, as if it had never been: leaves, nodes and checkpoints."""
    size = connection.exec_driver_sql("SELECT COUNT(*) FROM log_leaves").scalar()
    left = size - dice.randrange(1, size)
    return _rewrite(connection, _leaves(connection)[:left])


def rewrite(connection: sa.Connection, dice: random.Random) -> str:
    """One leaf says something else, and everything over it was computed again."""
    leaves = _leaves(connection)
    at = dice.randrange(len(leaves) - 50)
    position, kind, subject, when, body = leaves[at]
    leaves[at] = (
        position,
        kind,
        subject,
        when,
        body[:-2] + _changed(body[-2:-1], dice) + body[-1:],
    )
    return _rewrite(connection, leaves)


TAMPERINGS = (flip, delete, insert, reorder, truncate, rewrite)


def _leaves(connection):
    return list(
        map(tuple, connection.exec_driver_sql("SELECT * FROM log_leaves ORDER BY position"))
    )


def _rewrite(connection, leaves):
    """A log of these leaves with the nodes and checkpoints that belong to it."""
    marks = dict(connection.exec_driver_sql("SELECT size, at FROM log_checkpoints").fetchall())
    for table in ("log_leaves", "log_nodes", "log_checkpoints"):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    edge = Edge()
    for leaf in leaves:
        connection.exec_driver_sql("INSERT INTO log_leaves VALUES (?, ?, ?, ?, ?)", leaf)
        for level, number, sha256 in edge.append(leaf_hash(leaf[4].encode())):
            if level == 8:
                connection.exec_driver_sql(
                    "INSERT INTO log_nodes VALUES (?, ?, ?)", (8, number, sha256)
                )
        if edge.size in marks:
            row = (edge.size, edge.root(), marks[edge.size], "")
            connection.exec_driver_sql("INSERT INTO log_checkpoints VALUES (?, ?, ?, ?)", row)
    return f"{len(leaves)} leaves"


def _some(connection, table, dice, count):
    where = WHERE.get(table, "1")
    ids = connection.exec_driver_sql(f"SELECT rowid FROM {table} WHERE {where}").scalars().all()
    return [
        connection.exec_driver_sql(
            f"SELECT rowid AS place, * FROM {table} WHERE rowid = ?", (x,)
        ).one()
        for x in dice.sample(sorted(ids), count)
    ]


def _changed(value, dice):
    """Another value of the same kind."""
    if isinstance(value, bytes):
        at = dice.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << dice.randrange(8))]) + value[at + 1 :]
    if isinstance(value, str):
        at = dice.randrange(len(value) + 1)
        return value[:at] + dice.choice("abcxyz0189") + value[at:]
    return (value or 0) + dice.choice((-1, 1, 1000))
