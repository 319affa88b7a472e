"""An office's month as an evidence bundle: what `offline` checks without the collector."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import zstandard

from laaswatch_collector import offline
from laaswatch_collector.evidence.checkpoint import Beacon, read_beacon
from laaswatch_collector.evidence.leaves import Kind
from laaswatch_collector.evidence.merkle import Nodes, consistency_proof, inclusion_proof
from laaswatch_collector.evidence.sealed import unseal_day
from laaswatch_collector.store.commitments import month_rows
from laaswatch_collector.store.evidence_log import (
    Kept,
    KeptLeaf,
    leaves_about,
    newest_checkpoint,
    stored_nodes,
)
from laaswatch_collector.store.quick_reader import read
from laaswatch_collector.store.schema import agents, documents, reports, sealed_days
from laaswatch_collector.worktime.thai import local_date, local_midnight


class NothingLogged(Exception):
    """There is no checkpoint yet, so nothing can be proven."""


def write_bundle(
    connection: sa.Connection,
    office: str,
    month: str,
    path: Path,
    receipts: Iterable[Beacon] = (),
    readme: str = "",
) -> dict[str, int]:
    """Write the bundle of an office and a month (YYYY-MM, CE); counts of what is in it. Raises NothingLogged."""
    newest = newest_checkpoint(connection)
    if newest is None:
        raise NothingLogged
    nodes, size = stored_nodes(connection), newest.checkpoint.size
    leaves = [x for x in leaves_about(connection, office, month) if x.position < size]
    days = {(x["day"], x["agent"], x["incarnation"]) for x in _said(leaves, Kind.AGENT_DAY)}
    codes = [x["code"] for x in _said(leaves, Kind.DOCUMENT)]
    told = {x.size: x for x in receipts}
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("checkpoint.txt", newest.note())
        bundle.writestr("leaves.jsonl", _lines(_proven(leaves, nodes, size)))
        for (agent, incarnation), rows in _reports(connection, office, month, days):
            bundle.writestr(f"reports/{agent}-{incarnation}.jsonl", _lines(rows))
            count += len(rows)
            told |= {x.size: x for x in filter(None, map(_beacon, rows))}
        bundle.writestr("month.jsonl", _month(connection, office, month, leaves))
        for code in codes:
            bundle.writestr(f"documents/{code}.json", _facts(connection, code))
        bundle.writestr("consistency.jsonl", _lines(_older(told, nodes, newest)))
        bundle.writestr("verify.py", Path(offline.__file__).read_text(encoding="utf-8"))
        bundle.writestr("README.txt", readme)
    return {"leaves": len(leaves), "reports": count, "documents": len(codes)}


def _said(leaves: Iterable[KeptLeaf], kind: Kind) -> Iterator[dict[str, Any]]:
    return (x.values for x in leaves if x.kind == kind)


def _proven(leaves: Iterable[KeptLeaf], nodes: Nodes, size: int) -> Iterator[dict[str, Any]]:
    for leaf in leaves:
        proof = [x.hex() for x in inclusion_proof(nodes, leaf.position, size)]
        yield {"position": leaf.position, "body": leaf.body, "proof": proof}


def _older(told: dict[int, Beacon], nodes: Nodes, newest: Kept) -> Iterator[dict[str, Any]]:
    """Proofs for older checkpoints as they were told: one that is not ours will be found by them."""
    size = newest.checkpoint.size
    for beacon in sorted(told.values(), key=lambda x: x.size):
        if beacon.size <= size:
            proof = [x.hex() for x in consistency_proof(nodes, beacon.size, size)]
            yield {"size": beacon.size, "root": beacon.root.hex(), "proof": proof}


def _reports(
    connection: sa.Connection, office: str, month: str, days: set[tuple[str, str, str]]
) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """By agent and incarnation, the office's reports that arrived on days of the month that are logged."""
    first = date.fromisoformat(f"{month}-01")
    end = (first + timedelta(days=32)).replace(day=1)
    ids = connection.execute(
        sa.select(agents.c.id).where(agents.c.office_code == office).order_by(agents.c.id)
    ).scalars()
    for agent in ids.all():
        lives: dict[str, list[dict[str, Any]]] = {}
        for incarnation, day, row in _held(connection, agent, first, end):
            if (day, agent, incarnation) in days:
                lives.setdefault(incarnation, []).append(
                    {"day": day, "agent": agent, "incarnation": incarnation, **row}
                )
        for incarnation, rows in sorted(lives.items()):
            yield (agent, incarnation), sorted(rows, key=lambda x: int(x["seq"]))


def _held(
    connection: sa.Connection, agent: str, first: date, end: date
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    unpack = zstandard.ZstdDecompressor().decompress
    c, d = reports.c, sealed_days.c
    rows = connection.execute(
        sa.select(reports).where(
            c.agent_id == agent,
            c.received_at >= local_midnight(first),
            c.received_at < local_midnight(end),
        )
    )
    for row in rows:
        received = round(row.received_at.timestamp() * 1000)
        said = _row(
            unpack(row.body), row.seq, received, row.sent_ms, row.sent_mono_ms, row.sent_boot
        )
        yield row.incarnation, local_date(row.received_at).isoformat(), said
    packed = sa.select(sealed_days).where(d.agent_id == agent, d.day >= first, d.day < end)
    for row in connection.execute(packed):
        for x in unseal_day(row.body):
            said = _row(x.line, read(x.line).seq, x.received, x.sent, x.sent_mono, x.sent_boot)
            yield row.incarnation, row.day.isoformat(), said


def _row(line: bytes, seq: int, received: int, sent: int, mono: int, boot: str) -> dict[str, Any]:
    return {
        "seq": seq, "line": line.decode(), "received": received, "sent": sent, "mono": mono,
        "boot": boot,
    }  # fmt: skip


def _beacon(row: dict[str, Any]) -> Beacon | None:
    return read_beacon(json.loads(row["line"])["beacon"])


def _month(connection: sa.Connection, office: str, month: str, leaves: Iterable[KeptLeaf]) -> str:
    """The rows as they stand, where a leaf commits to them."""
    if not any(True for _ in _said(leaves, Kind.OFFICE_MONTH)):
        return ""
    return "".join(f"{row}\n" for row in month_rows(connection, office, month))


def _facts(connection: sa.Connection, code: str) -> bytes:
    body = connection.execute(
        sa.select(documents.c.facts).where(documents.c.code == code)
    ).scalar_one()
    return zstandard.ZstdDecompressor().decompress(body)


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(x, sort_keys=True, separators=(',', ':'))}\n" for x in rows)
