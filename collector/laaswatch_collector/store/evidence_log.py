"""The evidence log as it is kept: leaves put at its end, nodes for its proofs, checkpoints of its roots.

Leaves are added by one collector at a time: whoever has the log's turn. The database refuses every change.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.evidence.checkpoint import Beacon, Checkpoint
from laaswatch_collector.evidence.leaves import Kind, Leaf
from laaswatch_collector.evidence.merkle import Edge, Nodes, leaf_hash, node_hash
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.schema import log_checkpoints, log_leaves, log_nodes

STEP = 8
"""Nodes of every eighth level are kept: 256 of one make one of the next."""
CLOSED_THROUGH = "log_days_through"
"""The last local day whose reports stand under leaves (a note)."""
MONTHS_AT = "log_months_at"
"""When the offices' months were last looked at (a note)."""
_ORIGIN = "log_origin"
_L, _N, _C = log_leaves.c, log_nodes.c, log_checkpoints.c


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as it is kept: of which moment, with the lines of its signatures ("" = none)."""

    checkpoint: Checkpoint
    at: datetime
    signatures: str

    def note(self) -> str:
        """As it is handed out: a signed note where it is signed."""
        text = self.checkpoint.text()
        return f"{text}\n{self.signatures}" if self.signatures else text


@dataclass(frozen=True, slots=True)
class KeptLeaf:
    """A leaf as it is kept: its place in the log, and since when it has had it."""

    position: int
    kind: str
    subject: str
    at: datetime
    body: str

    @property
    def values(self) -> dict[str, Any]:
        """What it says."""
        values: dict[str, Any] = json.loads(self.body)
        return values


def log_origin(connection: sa.Connection, public_url: str = "") -> str:
    """The log's name, made at the first call and never again: the collector's address, and a number of its own."""
    found = read_note(connection, _ORIGIN)
    if found is None:
        host = re.sub(r"[^A-Za-z0-9.:-]", "", public_url.partition("://")[2].partition("/")[0])
        found = f"{host[:80] or 'laaswatch'}/evidence/{token_hex(8)}"
        write_note(connection, _ORIGIN, found)
    return found


def log_size(connection: sa.Connection) -> int:
    """How many leaves there are."""
    last = connection.execute(sa.select(sa.func.max(_L.position))).scalar()
    return 0 if last is None else last + 1


def add_leaves(connection: sa.Connection, leaves: Sequence[Leaf], now: datetime) -> Edge:
    """Put leaves at the end; the tree's edge after them. The caller has the log's turn in this transaction."""
    size = log_size(connection)
    edge = Edge(stored_nodes(connection), size)
    made = [node for leaf in leaves for node in edge.append(leaf_hash(leaf.body.encode()))]
    at = round(now.timestamp() * 1000)
    rows = [(size + k, str(x.kind), x.subject, at, x.body) for k, x in enumerate(leaves)]
    append(connection, log_leaves, ("position", "kind", "subject", "at", "body"), rows)
    kept = [node for node in made if is_kept(node[0])]
    append(connection, log_nodes, ("level", "number", "sha256"), kept)
    return edge


def is_kept(level: int) -> bool:
    """Whether nodes of this level are kept; leaves have their own table."""
    return level > 0 and level % STEP == 0


def keep_checkpoint(connection: sa.Connection, kept: Kept) -> None:
    """Keep a checkpoint, over every leaf that there is."""
    connection.execute(
        log_checkpoints.insert().values(
            size=kept.checkpoint.size,
            root=kept.checkpoint.root,
            at=kept.at,
            signatures=kept.signatures,
        )
    )


def newest_checkpoint(connection: sa.Connection) -> Kept | None:
    """The newest checkpoint; None before the first."""
    found = _checkpoints(connection, log_checkpoints.select().order_by(_C.size.desc()).limit(1))
    return next(found, None)


def checkpoint_after(connection: sa.Connection, position: int) -> Kept | None:
    """The first checkpoint that a leaf stands under; None if there is none yet."""
    query = log_checkpoints.select().where(_C.size > position).order_by(_C.size).limit(1)
    return next(_checkpoints(connection, query), None)


def checkpoints_of(connection: sa.Connection, sizes: Iterable[int]) -> dict[int, Kept]:
    """By size, the checkpoints of these sizes that there are."""
    query = log_checkpoints.select().where(_C.size.in_(sorted(set(sizes))))
    return {x.checkpoint.size: x for x in _checkpoints(connection, query)}


def all_checkpoints(connection: sa.Connection) -> Iterator[Kept]:
    """Every checkpoint, the oldest first."""
    return _checkpoints(connection, log_checkpoints.select().order_by(_C.size))


def beacons(connection: sa.Connection, newest: int) -> dict[int, Beacon]:
    """By size, the beacons of the newest so many checkpoints."""
    query = sa.select(_C.size, _C.root).order_by(_C.size.desc()).limit(newest)
    return {row.size: Beacon(row.size, row.root) for row in connection.execute(query)}


def newest_leaves(
    connection: sa.Connection, kind: Kind, beginning: str = ""
) -> dict[str, KeptLeaf]:
    """By subject, the newest leaf of each subject of this kind with this beginning."""
    mine = sa.and_(
        _L.kind == str(kind), _L.subject >= beginning, _L.subject < beginning + chr(0x10FFFF)
    )
    newest = sa.select(sa.func.max(_L.position)).where(mine).group_by(_L.subject)
    query = log_leaves.select().where(_L.position.in_(newest))
    return {row.subject: KeptLeaf(*row) for row in connection.execute(query)}


def leaves_about(connection: sa.Connection, office: str, month: str) -> list[KeptLeaf]:
    """The leaves about an office's month (YYYY-MM), in their order; of its imports all."""
    mine = _L.body.contains(f'"office":"{office}"', autoescape=True)
    this_month = _L.body.contains(f'"month":"{month}"', autoescape=True)
    imported = _L.body.contains(f'"office_code":"{office}"', autoescape=True)
    query = log_leaves.select().where(
        sa.or_(
            sa.and_(_L.kind == str(Kind.AGENT_DAY), _L.subject.startswith(f"{month}-"), mine),
            sa.and_(_L.kind == str(Kind.OFFICE_MONTH), _L.subject == f"{month} {office}"),
            sa.and_(_L.kind == str(Kind.DOCUMENT), mine, this_month),
            sa.and_(_L.kind == str(Kind.LEDGER_IMPORT), imported),
        )
    )
    return [KeptLeaf(*row) for row in connection.execute(query.order_by(_L.position))]


def leaves_in_order(connection: sa.Connection) -> Iterator[tuple[int, str, str, str]]:
    """Position, kind, subject and body of every leaf."""
    query = sa.select(_L.position, _L.kind, _L.subject, _L.body).order_by(_L.position)
    for row in connection.execution_options(yield_per=5000).execute(query):
        yield row.position, row.kind, row.subject, row.body


def kept_nodes(connection: sa.Connection) -> dict[tuple[int, int], bytes]:
    """Every kept node by level and number: one for 255 leaves."""
    rows = connection.execute(log_nodes.select())
    return {(row.level, row.number): bytes(row.sha256) for row in rows}


def stored_nodes(connection: sa.Connection) -> Nodes:
    """The tree as it is stored; what was read once is remembered."""

    @lru_cache(maxsize=256)
    def group(level: int, number: int) -> list[bytes]:
        """The hashes at `level` (0, 8, 16, …) below the `number`th node eight levels up, as far as there are."""
        first, end = number << STEP, (number + 1) << STEP
        if level == 0:
            rows = connection.execute(
                sa.select(_L.body)
                .where(_L.position >= first, _L.position < end)
                .order_by(_L.position)
            )
            return [leaf_hash(body.encode()) for body in rows.scalars()]
        nodes = connection.execute(
            sa.select(_N.sha256)
            .where(_N.level == level, _N.number >= first, _N.number < end)
            .order_by(_N.number)
        )
        return list(nodes.scalars())

    def node(level: int, number: int) -> bytes:
        below, above = level - level % STEP, level % STEP
        first = (number << above) & ((1 << STEP) - 1)
        hashes = group(below, (number << above) >> STEP)[first : first + (1 << above)]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    return node


def _checkpoints(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> Iterator[Kept]:
    origin = log_origin_or_none(connection)
    for row in connection.execute(query):
        yield Kept(Checkpoint(origin, row.size, row.root), row.at, row.signatures)


def log_origin_or_none(connection: sa.Connection) -> str:
    """The log's name; that of no log before the first leaf."""
    return read_note(connection, _ORIGIN) or "laaswatch/evidence/none"
