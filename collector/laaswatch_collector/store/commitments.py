"""What the evidence log commits to, read from the store: the same for whoever writes leaves and who verifies them.

What is wanting is told by the log itself: whatever has no leaf that says the same. So a collector that was
killed anywhere puts nothing into the log twice, and leaves nothing out.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
import zstandard

from laaswatch_agent.report.chain import hash_of
from laaswatch_collector.documents.check_code import code_of, fingerprint
from laaswatch_collector.evidence.leaves import (
    Kind,
    Leaf,
    Receipt,
    agent_day,
    line_of,
    plain_leaf,
    rows_leaf,
)
from laaswatch_collector.evidence.sealed import KeptReport, unseal_day
from laaswatch_collector.store.quick_reader import read
from laaswatch_collector.store.schema import (
    agents,
    audit,
    documents,
    entries,
    explanations,
    ledger_imports,
    log_leaves,
    reports,
    sealed_days,
)
from laaswatch_collector.store.sealing import newest_before
from laaswatch_collector.worktime.thai import local_date, local_midnight


class Reached(NamedTuple):
    """How far an office's month has come: its rows, when the newest was judged (ms), its newest import."""

    rows: int
    judged: int
    imported: int


NOTHING = Reached(0, 0, 0)
MARGIN = 100_000
"""Rows by which reports may be numbered in another order than that of their arrival."""
_LARGEST = 64 * 1024 * 1024
MOST_AUDIT = 10_000
"""Lines of the audit under one leaf."""
_SAID = (
    "entry_id", "book", "due_at", "band", "tardiness_minutes", "verdict", "explained_fraction",
    "explained_fraction_to", "shift_fraction", "backlog_fraction", "counterfactual_at", "scope",
    "fault", "grade", "window_minutes", "usable_minutes", "down_minutes", "unknown_minutes",
    "backlog_minutes", "rests_on_estimate", "outage_ids", "outage_revisions", "lies_between",
    "flags", "rule_version",
)  # fmt: skip
_ENTRY = (
    "fiscal_year", "doc_no", "line", "kind", "event_at", "event_precision", "recorded_from_at",
    "recorded_to_at", "recorded_precision", "vanished_at", "cancelled",
)  # fmt: skip
_IMPORT = (
    "office_code", "book", "imported_at", "snapshot_at", "rows_good", "rows_bad", "added",
    "changed", "vanished", "proves_absence",
)  # fmt: skip


def agent_days(connection: sa.Connection, day: date, agent: str | None = None) -> Iterator[Leaf]:
    """A leaf for each life of each PC's spool (or of one PC's) of which reports arrived on a local day."""
    rows = connection.execute(sa.select(agents.c.id, agents.c.office_code))
    offices = {row.id: row.office_code for row in rows}
    for of, incarnation, receipts in receipts_of(connection, day, agent):
        yield agent_day(of, incarnation, day.isoformat(), receipts, offices[of])


def receipts_of(
    connection: sa.Connection, day: date, agent: str | None = None
) -> Iterator[tuple[str, str, list[Receipt]]]:
    """What arrived on a local day, from one agent or from all: agent, incarnation, ascending numbers."""
    both = merge(
        _lying(connection, day, agent), _packed(connection, day, agent), key=lambda x: x[:2]
    )
    for (of, incarnation), group in groupby(both, key=lambda x: x[:2]):
        yield of, incarnation, sorted((x[2] for x in group), key=lambda x: x.seq)


def counted_on(connection: sa.Connection, day: date) -> dict[tuple[str, str], int]:
    """How many reports that are not packed arrived on a local day, by agent and incarnation."""
    c = reports.c
    rows = connection.execute(
        sa.select(c.agent_id, c.incarnation, sa.func.count())
        .where(*_on(connection, day))
        .group_by(c.agent_id, c.incarnation)
    )
    return {(agent, incarnation): count for agent, incarnation, count in rows}


def first_day(connection: sa.Connection) -> date | None:
    """The local day of the oldest report that is kept; None without any."""
    found = [
        connection.execute(sa.select(sa.func.min(sealed_days.c.day))).scalar(),
        connection.execute(
            sa.select(reports.c.received_at).order_by(reports.c.id).limit(1)
        ).scalar(),
    ]
    return min((local_date(x) for x in found if x is not None), default=None)


def _lying(
    connection: sa.Connection, day: date, agent: str | None
) -> Iterator[tuple[str, str, Receipt]]:
    c = reports.c
    query = sa.select(
        c.agent_id,
        c.incarnation,
        c.seq,
        c.sha256,
        sa.type_coerce(c.received_at, sa.BigInteger),
        c.sent_ms,
        c.sent_mono_ms,
        c.sent_boot,
    ).where(*_on(connection, day))
    if agent is not None:
        query = query.where(c.agent_id == agent)
    rows = connection.execution_options(yield_per=5000).execute(
        query.order_by(c.agent_id, c.incarnation, c.seq)
    )
    for of, incarnation, seq, sha256, *rest in rows:
        yield of, incarnation, Receipt(seq, bytes(sha256), *rest)


def _packed(
    connection: sa.Connection, day: date, agent: str | None
) -> Iterator[tuple[str, str, Receipt]]:
    c = sealed_days.c
    query = sa.select(c.agent_id, c.incarnation, c.body).where(c.day == day)
    if agent is not None:
        query = query.where(c.agent_id == agent)
    for of, incarnation, body in connection.execute(
        query.order_by(c.agent_id, c.incarnation, c.first_seq)
    ):
        for kept in unseal_day(body):
            yield of, incarnation, receipt_of(read(kept.line).seq, kept)


def receipt_of(seq: int, kept: KeptReport) -> Receipt:
    """Of a report that is packed."""
    sha256 = bytes.fromhex(hash_of(kept.line))
    return Receipt(seq, sha256, kept.received, kept.sent, kept.sent_mono, kept.sent_boot)


def _on(connection: sa.Connection, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    start, end = local_midnight(day), local_midnight(day + timedelta(days=1))
    c = reports.c
    return (
        c.id > newest_before(connection, start) - MARGIN,
        c.id <= newest_before(connection, end) + 1 + MARGIN,
        c.received_at >= start,
        c.received_at < end,
    )


def facts_are_whole(row: "sa.Row[Any]") -> bool:
    """Whether a document's facts are those that its hash and its code were made from."""
    try:
        stated = zstandard.ZstdDecompressor().decompress(row.facts, max_output_size=_LARGEST)
    except zstandard.ZstdError:
        return False
    sha256 = fingerprint(stated)
    return (sha256, code_of(sha256)) == (bytes(row.sha256), row.code)


def import_leaves(connection: sa.Connection) -> list[Leaf]:
    """Of imports that have no leaf yet, in their order."""
    query = ledger_imports.select().where(_wanting(ledger_imports.c.id, Kind.LEDGER_IMPORT))
    return [import_leaf(row) for row in connection.execute(query.order_by(ledger_imports.c.id))]


def import_leaf(row: "sa.Row[Any]") -> Leaf:
    """What is committed to of an import: its file and what was counted; not who brought it."""
    values = {name: _plain(getattr(row, name)) for name in _IMPORT}
    errors = line_of({"errors": json.loads(row.errors)}).encode()
    return plain_leaf(
        Kind.LEDGER_IMPORT,
        str(row.id),
        {**values, "import": row.id, "file": row.sha256.hex(), "errors": hash_of(errors)},
    )


def document_leaves(connection: sa.Connection) -> list[Leaf]:
    """Of documents that have no leaf yet, in the order in which they were made."""
    c = documents.c
    query = documents.select().where(_wanting(c.code, Kind.DOCUMENT)).order_by(c.made_at, c.code)
    return [document_leaf(row) for row in connection.execute(query)]


def document_leaf(row: "sa.Row[Any]") -> Leaf:
    """What is committed to of a document: its check code and the hash of its facts; not who made it."""
    values = {
        "code": row.code, "document": row.kind, "office": row.office_code, "province": row.province,
        "month": row.month, "outage": row.outage_id, "sha256": row.sha256.hex(),
        "made_at": _plain(row.made_at),
    }  # fmt: skip
    return plain_leaf(Kind.DOCUMENT, row.code, values)


def months_reached(connection: sa.Connection) -> dict[str, Reached]:
    """By `month office`, how far each office's month has come."""
    x, e = explanations.c, entries.c
    rows = connection.execute(
        sa.select(
            x.office_code,
            x.month,
            sa.func.count(),
            sa.func.max(sa.type_coerce(x.computed_at, sa.BigInteger)),
            sa.func.max(e.last_import_id),
        )
        .join(entries, e.id == x.entry_id)
        .group_by(x.office_code, x.month)
    )
    return {f"{month} {office}": Reached(*rest) for office, month, *rest in rows}


def imported_since(connection: sa.Connection, since: datetime) -> set[str]:
    """Offices into whose books something was imported since."""
    c = ledger_imports.c
    rows = connection.execute(sa.select(c.office_code).where(c.imported_at > since).distinct())
    return {str(code) for code in rows.scalars()}


def office_month(connection: sa.Connection, subject: str, reached: Reached) -> Leaf:
    """An office's entries of a month and what is said of each, as they stand."""
    month, office = subject.split(" ")
    about = {"office": office, "month": month, **reached._asdict()}
    return rows_leaf(Kind.OFFICE_MONTH, subject, about, month_rows(connection, office, month))


def month_rows(connection: sa.Connection, office: str, month: str) -> list[str]:
    """The rows that `office_month` commits to, each in its one spelling."""
    x, e = explanations.c, entries.c
    columns = [*(x[name] for name in _SAID), *(e[name] for name in _ENTRY)]
    rows = connection.execute(
        sa.select(*columns)
        .join(entries, e.id == x.entry_id)
        .where(x.office_code == office, x.month == month)
        .order_by(x.entry_id)
    )
    return [_row_line(row) for row in rows]


def audit_leaves(connection: sa.Connection, through: int) -> list[Leaf]:
    """Of the audit's lines up to number `through` that stand under no leaf yet."""
    done = audited(connection)
    found: list[Leaf] = []
    while rows := audit_rows(connection, done + 1, through, MOST_AUDIT):
        first, done = done + 1, rows[-1].id
        found.append(audit_leaf(first, done, rows))
    return found


def audited(connection: sa.Connection) -> int:
    """The number of the last line of the audit that stands under a leaf; 0 for none."""
    c = log_leaves.c
    body = connection.execute(
        sa.select(c.body).where(c.kind == str(Kind.AUDIT)).order_by(c.position.desc()).limit(1)
    ).scalar()
    return 0 if body is None else int(json.loads(body)["last"])


def audit_rows(
    connection: sa.Connection, first: int, last: int, most: int
) -> Sequence["sa.Row[Any]"]:
    """The first `most` lines of the audit with numbers from `first` to `last`."""
    query = audit.select().where(audit.c.id >= first, audit.c.id <= last)
    return connection.execute(query.order_by(audit.c.id).limit(most)).all()


def audit_leaf(first: int, last: int, rows: Sequence["sa.Row[Any]"]) -> Leaf:
    """A stretch of the audit: every line with a number from `first` to `last`."""
    about = {"first": first, "last": last}
    return rows_leaf(Kind.AUDIT, f"{first}-{last}", about, map(_row_line, rows))


def newest_audit(connection: sa.Connection) -> int:
    """The highest number in the audit; 0 for none."""
    return connection.execute(sa.select(sa.func.max(audit.c.id))).scalar() or 0


def _wanting(key: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[bool]:
    leaf = sa.select(1).where(
        log_leaves.c.kind == str(kind), log_leaves.c.subject == sa.cast(key, sa.Text)
    )
    return ~leaf.exists()


def _row_line(row: "sa.Row[Any]") -> str:
    return line_of({name: _plain(value) for name, value in row._asdict().items()})


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value, as JSON has it
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else value
