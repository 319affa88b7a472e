"""A nation's month: a province's month, 76 times over, under the codes of the 76 provinces.

What a province concluded stands for each of them: offices, agents, newest rounds, journals, states, entries
and explanations, all with codes and ids of their own. An outage of the whole site or of a provider is one
outage of the nation and names the offices of all provinces, as it would. Reports are copied for the last
hours only: a sealed line holds no agent's name, so that it is as valid for the copy as for the original.

Rows are read as they are stored and added by `store.bulk`.
"""

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store import schema
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.database import Database
from laaswatch_collector.worktime.provinces import PROVINCES

NATION = tuple(sorted(PROVINCES.keys() - {"10"}))
"""Bangkok is no province and has no such offices."""
HOURS = 1
WORKERS = 4
NATIONWIDE = ("site", "undecided", "isp")
NEVER = "2999-12-31"
PLAIN = (
    schema.chains,
    schema.presence_marks,
    schema.gaps,
    schema.latest_rounds,
    schema.ledger_imports,
    schema.entries,
    schema.state_runs,
    schema.office_months,
    schema.rollups,
)
Row = dict[str, Any]


def load_nation(
    url: str, province: Path, hours: int = HOURS, say: Callable[[str], None] = lambda _: None
) -> dict[str, int]:
    """Fill the empty database at `url` from a province in an SQLite file; rows by table."""
    database = Database.open(url)
    try:
        with _original(province, hours) as (one, found):
            database.write(lambda c: _once(c, one, found))
        # SQLite has one writer; PostgreSQL takes what several processes copy side by side.
        workers = 1 if database.engine.dialect.name == "sqlite" else WORKERS
        database.close()
        shares = [(url, province, hours, n, workers) for n in range(workers)]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for n, _ in enumerate(pool.imap_unordered(_copy_share, shares), start=1):
                say(f"{n} of {workers} shares of the provinces")
        database = Database.open(url)
        database.write(_finish)
        return database.read(_count)
    finally:
        database.close()


def _copy_share(share: tuple[str, Path, int, int, int]) -> None:
    url, province, hours, worker, workers = share
    database = Database.open(url)
    try:
        with _original(province, hours) as (one, found):
            for number in range(worker, len(NATION), workers):
                database.write(lambda c, n=number: _copy(c, one, found, n, NATION[n]))
    finally:
        database.close()


@contextmanager
def _original(province: Path, hours: int) -> "Iterator[tuple[sa.Connection, _Province]]":
    source = Database.open(f"sqlite:///{province}")
    try:
        with source.reading() as one:
            yield one, _Province(one, hours)
    finally:
        source.close()


class _Province:
    """What is known of the original before it is copied."""

    def __init__(self, one: sa.Connection, hours: int) -> None:
        def scalar(text: str) -> Any:
            return one.exec_driver_sql(text).scalar_one()

        self.imports = scalar("SELECT max(id) FROM ledger_imports") + 1
        self.entries = scalar("SELECT max(id) FROM entries") + 1
        self.control = scalar("SELECT office_code FROM agents WHERE role = 'control'")
        self.province = scalar(
            "SELECT province FROM offices WHERE code IN (SELECT office_code FROM agents"
            " WHERE role <> 'control') LIMIT 1"
        )
        wide = one.exec_driver_sql("SELECT id, scope FROM outages")
        self.nationwide = {x.id for x in wide if x.scope in NATIONWIDE}
        # The last afternoon on which everybody worked ends well before the last report of all.
        last = scalar("SELECT max(received_at) FROM reports WHERE seq > 1") - 3 * 3_600_000
        self.reports_from, self.reports_to = last - hours * 3_600_000, last


@dataclass(frozen=True, slots=True)
class _Names:
    """What codes and ids of the original are called in one copy."""

    original: _Province
    number: int
    code: str

    def office(self, code: str) -> str:
        """`6570101` in the province 57 is `6110101` in the province 11."""
        return code[0] + self.code + code[3:]

    def agent(self, agent: str) -> str:
        return hashlib.sha256(f"{agent} {self.code}".encode()).hexdigest()[: len(agent)]

    def secret(self, secret: bytes) -> bytes:
        return hashlib.sha256(secret + self.code.encode()).digest()

    def outage(self, outage: str) -> str:
        return outage if outage in self.original.nationwide else f"{outage}.{self.code}"

    def key(self, scope: str, key: str) -> str:
        match scope:
            case "office":
                return self.office(key)
            case "pc":
                return self.agent(key)
            case "province":
                return self.code
            case "isp_province":
                return key.rpartition("/")[0] + "/" + self.code
        return key

    def row(self, row: Row) -> Row:
        """A row of one of the `PLAIN` tables."""
        changed = dict(row)
        for name in row.keys() & {"office_code"}:
            changed[name] = None if row[name] is None else self.office(row[name])
        for name in row.keys() & {"agent_id"}:
            changed[name] = self.agent(row[name])
        for name in row.keys() & {"first_import_id", "last_import_id"}:
            changed[name] = row[name] + self.number * self.original.imports
        return changed


def _once(connection: sa.Connection, one: sa.Connection, found: _Province) -> None:
    """What the nation has once: our own probes, and outages of the site and of providers."""
    offices = _rows(one, schema.offices, "code = ?", found.control)
    _add(connection, schema.offices, offices)
    _add(connection, schema.agents, _rows(one, schema.agents, "role = 'control'"))
    control = "agent_id IN (SELECT id FROM agents WHERE role = 'control')"
    for table in (schema.chains, schema.presence_marks, schema.latest_rounds):
        _add(connection, table, _rows(one, table, control))
    everywhere = [_Names(found, n, code) for n, code in enumerate(NATION)]
    _add(
        connection,
        schema.outages,
        (
            row
            | {
                "province": "",
                "offices": row["offices"] * len(NATION),
                "observed": row["observed"] * len(NATION),
                "office_codes": json.dumps(
                    [to.office(x) for to in everywhere for x in json.loads(row["office_codes"])]
                ),
            }
            for row in _rows(one, schema.outages)
            if row["id"] in found.nationwide
        ),
    )
    revisions = _rows(one, schema.outage_revisions)
    _add(
        connection,
        schema.outage_revisions,
        (x for x in revisions if x["outage_id"] in found.nationwide),
    )
    # Nothing of the copied past may be concluded again: most of its reports are not here.
    connection.execute(schema.meta.delete().where(schema.meta.c.key == "settled_through"))
    connection.execute(schema.meta.insert().values(key="settled_through", value=NEVER))


def _copy(
    connection: sa.Connection, one: sa.Connection, found: _Province, number: int, code: str
) -> None:
    to = _Names(found, number, code)
    _add(
        connection,
        schema.offices,
        (
            row
            | {
                "code": to.office(row["code"]),
                "province": code,
                "district": code + row["district"][2:],
            }
            for row in _rows(one, schema.offices, "code <> ?", found.control)
        ),
    )
    _add(
        connection,
        schema.agents,
        (
            to.row(row)
            | {
                "id": to.agent(row["id"]),
                "token_sha256": to.secret(row["token_sha256"]),
                "enrol_nonce": to.secret(row["enrol_nonce"]),
            }
            for row in _rows(one, schema.agents, "role <> 'control'")
        ),
    )
    others = "agent_id NOT IN (SELECT id FROM agents WHERE role = 'control')"
    for table in PLAIN:
        rows = _rows(one, table, others if "agent_id" in table.c else "TRUE")
        _add(connection, table, (_numbered(table, to.row(row), to) for row in rows))
    _add(connection, schema.outages, _outages(one, to))
    _add(
        connection,
        schema.outage_revisions,
        (
            row | {"outage_id": to.outage(row["outage_id"])}
            for row in _rows(one, schema.outage_revisions)
            if row["outage_id"] not in found.nationwide
        ),
    )
    _add(connection, schema.explanations, _explanations(one, to))
    when = f"{others} AND received_at >= ? AND received_at < ?"
    reports = _rows(one, schema.reports, when, found.reports_from, found.reports_to)
    _add(connection, schema.reports, (_without_id(to.row(row)) for row in reports))


def _numbered(table: sa.Table, row: Row, to: _Names) -> Row:
    """Numbers that other rows point at follow the copy; others the database gives."""
    if table is schema.entries:
        return row | {"id": row["id"] + to.number * to.original.entries}
    if table is schema.ledger_imports:
        return row | {"id": row["id"] + to.number * to.original.imports}
    return _without_id(row)


def _without_id(row: Row) -> Row:
    row.pop("id", None)
    return row


def _outages(one: sa.Connection, to: _Names) -> Iterator[Row]:
    for row in _rows(one, schema.outages):
        if row["id"] in to.original.nationwide:
            continue
        codes = [to.office(x) for x in json.loads(row["office_codes"])]
        yield row | {
            "id": to.outage(row["id"]),
            "key": to.key(row["scope"], row["key"]),
            "province": to.code if row["province"] else "",
            "office_codes": json.dumps(codes),
        }


def _explanations(one: sa.Connection, to: _Names) -> Iterator[Row]:
    for row in _rows(one, schema.explanations):
        ids = row["outage_ids"]
        yield row | {
            "entry_id": row["entry_id"] + to.number * to.original.entries,
            "office_code": to.office(row["office_code"]),
            "outage_ids": ids
            if ids == "[]"
            else json.dumps([to.outage(x) for x in json.loads(ids)]),
        }


# ------------------------------------------------------------------ rows as they are stored
def _rows(
    one: sa.Connection, table: sa.Table, where: str = "TRUE", *values: object
) -> Iterator[Row]:
    found = one.exec_driver_sql(f"SELECT * FROM {table.name} WHERE {where}", values)
    booleans = [c.name for c in table.c if isinstance(c.type, sa.Boolean)]
    for row in found.mappings():
        yield dict(row) | {name: bool(row[name]) for name in booleans}


def _add(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Row], at_once: int = 5_000
) -> None:
    waiting: list[Row] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == at_once:
            append(connection, table, list(waiting[0]), [list(x.values()) for x in waiting])
            waiting = []
    if waiting:
        append(connection, table, list(waiting[0]), [list(x.values()) for x in waiting])


def _finish(connection: sa.Connection) -> None:
    """Numbers given by hand are taken; PostgreSQL is told so, and learns what the tables hold."""
    if connection.dialect.name != "postgresql":
        return
    for table in (schema.entries, schema.ledger_imports):
        sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
        connection.exec_driver_sql(f"SELECT setval({sequence}, max(id)) FROM {table.name}")
    connection.exec_driver_sql("ANALYZE")


def _count(connection: sa.Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in schema.metadata.sorted_tables
    }


# ------------------------------------------------------------------ the present
def freshen(connection: sa.Connection) -> None:
    """Let every agent have been heard this moment: what the loaded month ends with is seen now."""
    now, latest = datetime.now(UTC), schema.latest_rounds
    connection.execute(latest.update().values(at=now, received_at=now))
    connection.execute(latest.update().where(latest.c.asked_at.is_not(None)).values(asked_at=now))
