"""Reports taken in: each stored once, by its key (agent, incarnation, number) and its hash.

    new key                      stored
    known key, same hash         a duplicate: acknowledged again, stored once
    known key, other hash        a fork: somebody cloned or restored that PC; nothing of the request counts
    a link to another hash       the same, seen at the seam: the report before it is not the one we hold

`accept` is the only way in, for what comes over the network and for what is carried by hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from statistics import median

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_collector.store.agents import TURNED_AWAY, AgentState, agent_by_id, set_state, touch
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.intake import (
    STANDING_MS,
    Prepared,
    PreparedReport,
    RejectedLine,
    prepare,
)
from laaswatch_collector.store.schema import gaps, latest_rounds, presence_marks, reports
from laaswatch_collector.store.work import mark_stale

CHUNK = 400
"""Parameters that one statement may carry on every engine."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery; counts once the transaction has been committed.

    `acked`: runs [first, last] of the numbers of this delivery that are held now. `refused` is "" or the
    code of why nothing of it was taken: `agent_suspended` or `fork`.
    """

    acked: tuple[tuple[int, int], ...] = ()
    new: int = 0
    duplicates: int = 0
    rejected: tuple[RejectedLine, ...] = ()
    days: frozenset[date] = frozenset()
    refused: str = ""


def accept(
    connection: sa.Connection, agent_id: str, delivery: Delivery, received_at: datetime
) -> Accepted:
    """Prepare and store a delivery in one go, in the caller's transaction."""
    return store(connection, agent_id, prepare(delivery, received_at))


def store(connection: sa.Connection, agent_id: str, delivery: Prepared) -> Accepted:
    """Store a prepared delivery of this agent. Idempotent; a refusal is a value, so that it is kept too."""
    agent = agent_by_id(connection, agent_id)
    if agent is None or agent.state in TURNED_AWAY:
        return Accepted(refused="agent_suspended")
    if agent.state is AgentState.FORKED:
        return Accepted(refused="fork")
    held = _held(connection, agent_id, delivery)
    new, forked_at = _sort_out(delivery.reports, held)
    if forked_at is not None:
        _mark_forked(connection, agent_id, delivery, forked_at)
        return Accepted(refused="fork")
    days = _insert(connection, agent_id, new)
    mark_stale(connection, days, delivery.received)
    version = delivery.reports[-1].version if delivery.reports else ""
    touch(connection, agent_id, version, delivery.received)
    return Accepted(
        acked=ranges(report.seq for report in delivery.reports),
        new=len(new),
        duplicates=len(delivery.reports) - len(new),
        rejected=delivery.rejected,
        days=days,
    )


def ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Whole numbers as the fewest (first, last) runs, ascending."""
    runs: list[tuple[int, int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return tuple(runs)


def moment_of_export(
    connection: sa.Connection, agent_id: str, envelope: Envelope, now: datetime
) -> datetime:
    """When a delivery carried by hand was written, on our clock: its rounds are placed from there.

    The PC's clock says it, less what that clock was off in its last reports; never later than now. A
    clock that says a time before the agent was enrolled is not believed.
    """
    rows = connection.execute(
        sa.select(reports.c.sent_ms, reports.c.received_at)
        .where(reports.c.agent_id == agent_id)
        .order_by(reports.c.id.desc())
        .limit(20)
    )
    offsets = [row.sent_ms - row.received_at.timestamp() * 1000 for row in rows]
    ahead = median(offsets) if len(offsets) >= 3 and abs(median(offsets)) > 5_000 else 0
    written_ms = envelope.sent - ahead
    if not 0 <= written_ms <= now.timestamp() * 1000:
        return now
    written = datetime.fromtimestamp(written_ms / 1000, UTC)
    agent = agent_by_id(connection, agent_id)
    return now if agent is None or written < agent.created else written


def _held(connection: sa.Connection, agent_id: str, delivery: Prepared) -> dict[int, bytes]:
    """By number, the hash of what we hold already of these numbers and of the ones just before them."""
    wanted = {report.seq for report in delivery.reports}
    wanted |= {seq - 1 for seq in wanted}
    numbers = sorted(wanted)
    held: dict[int, bytes] = {}
    for i in range(0, len(numbers), CHUNK):
        key = {
            "agent": agent_id,
            "incarnation": delivery.envelope.incarnation,
            "numbers": numbers[i : i + CHUNK],
        }
        rows = connection.execute(_HELD, key)
        held.update((row.seq, bytes(row.sha256)) for row in rows)
    return held


def _sort_out(
    delivered: Sequence[PreparedReport], held: dict[int, bytes]
) -> tuple[list[PreparedReport], int | None]:
    """The reports that are new, and the number at which the history forks (None if it does not)."""
    known = dict(held)
    new: list[PreparedReport] = []
    for report in delivered:
        if report.seq not in known:
            known[report.seq] = report.sha256
            new.append(report)
        elif known[report.seq] != report.sha256:
            return [], report.seq
    for report in new:
        if known.get(report.seq - 1, report.previous) != report.previous:
            return [], report.seq
    return new, None


def _insert(
    connection: sa.Connection, agent_id: str, new: Sequence[PreparedReport]
) -> frozenset[date]:
    if not new:
        return frozenset()
    connection.execute(reports.insert(), [report.row | {"agent_id": agent_id} for report in new])
    marks = [mark | {"agent_id": agent_id} for report in new for mark in report.marks]
    if marks:
        # A mark may be told again by the next report; the journal keeps it once.
        connection.execute(_keep_marks(connection.dialect.name), marks)
    lost = [gap | {"agent_id": agent_id} for report in new for gap in report.gaps]
    if lost:
        connection.execute(gaps.insert(), lost)
    latest = max(
        (report.latest for report in new if report.latest), key=lambda x: x["at"], default=None
    )
    if latest is not None:
        connection.execute(_renew_latest(connection.dialect.name), latest | {"agent_id": agent_id})
    return frozenset().union(*(report.days for report in new))


def _mark_forked(connection: sa.Connection, agent_id: str, delivery: Prepared, seq: int) -> None:
    now = delivery.received
    set_state(connection, agent_id, AgentState.FORKED, who="collector", now=now)
    record(
        connection,
        now,
        agent_id,
        "send_reports",
        agent_id,
        "fork",
        incarnation=delivery.envelope.incarnation,
        seq=seq,
    )


# Building a statement costs more than running it, so those of the hot path are built once.
_HELD = (
    sa.select(reports.c.seq, reports.c.sha256)
    .where(reports.c.agent_id == sa.bindparam("agent"))
    .where(reports.c.incarnation == sa.bindparam("incarnation"))
    .where(reports.c.seq.in_(sa.bindparam("numbers", expanding=True)))
)


@cache
def _keep_marks(dialect: str) -> sa.Insert:
    return _insert_into(presence_marks, dialect).on_conflict_do_nothing()


@cache
def _renew_latest(dialect: str) -> sa.Insert:
    """The newest round by time, not by arrival; one that spared the site keeps what was found before it."""
    statement = _insert_into(latest_rounds, dialect)
    new, held = statement.excluded, latest_rounds.c
    stands = sa.and_(new.asked_at.is_(None), _ms(held.asked_at) >= _ms(new.at) - STANDING_MS)
    return statement.on_conflict_do_update(
        index_elements=["agent_id"],
        set_={name: new[name] for name in ("at", "received_at", "cadence")}
        | {
            name: sa.case((stands, held[name]), else_=new[name])
            for name in ("fault", "rule", "layers", "also", "asked_at")
        },
        where=latest_rounds.c.at <= statement.excluded.at,
    )


def _ms(time: "sa.ColumnElement[datetime | None]") -> sa.ColumnElement[int]:
    """A time as the whole milliseconds that it is stored as, to reckon with."""
    return sa.type_coerce(time, sa.BigInteger)


def _insert_into(table: sa.Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
