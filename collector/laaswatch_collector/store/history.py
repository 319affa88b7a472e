"""Old reports, packed a day of one agent at a time (table `sealed_days`), and read again as if they never had been.

A report is at every moment in exactly one place: what is packed leaves `reports` in the transaction that
keeps the packed day. Of two who pack the same reports, one finds them gone and leaves its work. `chains`
knows every number that was ever held, wherever it is.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.model import Report
from laaswatch_collector.evidence.sealed import KeptReport, unseal_day
from laaswatch_collector.store.quick_reader import read
from laaswatch_collector.store.schema import reports, sealed_days
from laaswatch_collector.timeline.packed import pack
from laaswatch_collector.worktime.thai import local_midnight

_DAYS = sealed_days.c


@dataclass(frozen=True, slots=True)
class SealedDay:
    """Reports `first` to `last` of one incarnation that were received on one local day, packed."""

    agent: str
    incarnation: str
    day: date
    first: int
    last: int
    reports: int
    rounds: int
    first_at: datetime | None
    last_at: datetime | None
    body: bytes


class PastReport(NamedTuple):
    """What conclusions need of a report; the columns of `reports` with these names."""

    incarnation: str
    seq: int
    boot: str
    sent_boot: str
    sent_ms: int
    sent_mono_ms: int
    origin_ms: int | None
    received_at: datetime
    cadence: float
    packed: bytes


class Gone(Exception):
    """The reports are not (all) there any more: somebody else packed them. Nothing of the change counts."""


def keep_sealed(connection: sa.Connection, sealed: SealedDay, rows: Sequence[int]) -> None:
    """Put a packed day in the place of its reports, the `rows` of these numbers. Raises Gone."""
    received = reports.c.received_at
    left = connection.execute(
        reports.delete()
        .where(reports.c.id.in_(rows))
        # No more than the rows say, but it tells a database in partitions where to look.
        .where(received >= local_midnight(sealed.day))
        .where(received < local_midnight(sealed.day + timedelta(days=1)))
    )
    if left.rowcount != len(rows):
        raise Gone
    connection.execute(
        sealed_days.insert().values(
            agent_id=sealed.agent,
            incarnation=sealed.incarnation,
            first_seq=sealed.first,
            last_seq=sealed.last,
            day=sealed.day,
            reports=sealed.reports,
            rounds=sealed.rounds,
            first_at=sealed.first_at,
            last_at=sealed.last_at,
            body=sealed.body,
        )
    )


def agents_with_past(connection: sa.Connection, start: datetime, end: datetime) -> set[str]:
    """Agents that have packed reports which touch [start, end)."""
    rows = connection.execute(sa.select(_DAYS.agent_id).where(*_touches(start, end)).distinct())
    return set(rows.scalars())


def past_reports(
    connection: sa.Connection, agent: str, start: datetime, end: datetime
) -> list[PastReport]:
    """The agent's packed reports that touch [start, end)."""
    low, high = _ms(start), _ms(end)
    rows = connection.execute(
        sa.select(_DAYS.incarnation, _DAYS.body).where(
            _DAYS.agent_id == agent, *_touches(start, end)
        )
    )
    return [
        _past(row.incarnation, kept)
        for row in rows
        for kept in unseal_day(row.body)
        if kept.first is not None and kept.last is not None
        if kept.last >= low and kept.first < high
    ]


def past_lines(
    connection: sa.Connection, agent: str, incarnation: str
) -> Iterator[tuple[int, bytes]]:
    """Number and sealed line of every packed report of one incarnation, verbatim, as they lie."""
    for kept, report in _of(connection, agent, incarnation):
        yield report.seq, kept.line


def past_hashes(
    connection: sa.Connection, agent: str, incarnation: str, numbers: Collection[int]
) -> dict[int, bytes]:
    """By number, the hash of those of these reports that are packed."""
    wanted = set(numbers)
    if not wanted:
        return {}
    touched = (_DAYS.first_seq <= max(wanted), _DAYS.last_seq >= min(wanted))
    return {
        report.seq: bytes.fromhex(hash_of(kept.line))
        for kept, report in _of(connection, agent, incarnation, *touched)
        if report.seq in wanted
    }


def past_offsets(connection: sa.Connection, agent: str, most: int) -> list[int]:
    """What the agent's clock was ahead of ours (ms) at the sending of its newest packed reports."""
    row = connection.execute(
        sa.select(_DAYS.body)
        .where(_DAYS.agent_id == agent)
        .order_by(_DAYS.day.desc(), _DAYS.last_seq.desc())
        .limit(1)
    ).first()
    return [] if row is None else [x.sent - x.received for x in unseal_day(row.body)][-most:]


def _of(
    connection: sa.Connection,
    agent: str,
    incarnation: str,
    *which: sa.ColumnElement[bool],
) -> Iterator[tuple[KeptReport, Report]]:
    rows = connection.execute(
        sa.select(_DAYS.body)
        .where(_DAYS.agent_id == agent, _DAYS.incarnation == incarnation, *which)
        .order_by(_DAYS.first_seq)
    )
    for row in rows:
        for kept in unseal_day(row.body):
            yield kept, read(kept.line)


def _touches(start: datetime, end: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (_DAYS.last_at >= start, _DAYS.first_at < end)


def _past(incarnation: str, kept: KeptReport) -> PastReport:
    report = read(kept.line)
    return PastReport(
        incarnation=incarnation,
        seq=report.seq,
        boot=report.boot,
        sent_boot=kept.sent_boot,
        sent_ms=kept.sent,
        sent_mono_ms=kept.sent_mono,
        origin_ms=kept.origin,
        received_at=datetime.fromtimestamp(kept.received / 1000, UTC),
        cadence=report.cadence,
        packed=pack(report),
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
