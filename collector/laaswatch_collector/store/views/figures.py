"""Counts for /metrics: by province, book, verdict and month, never by office or PC."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.store.evidence_log import log_size, newest_checkpoint
from laaswatch_collector.store.outbox import counted, longest_due
from laaswatch_collector.store.schema import agents, gaps, office_months, offices, outages, reports
from laaswatch_collector.store.views.explanations import newest_months
from laaswatch_collector.store.work import stale_count
from laaswatch_collector.worktime.thai import local_date, local_midnight

MONTHS = 3
"""Months with books that are shown; older ones are in the pages and exports."""


@dataclass(frozen=True, slots=True)
class Lasted:
    """An outage that has ended."""

    id: str
    start_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store counts at one moment."""

    offices: dict[str, tuple[str, str]]
    """Office code → (province, ISP as registered)."""
    agents: dict[tuple[str, str], int]
    """(role, state) → agents."""
    reports_stored: int
    rounds_dropped: int
    newest_report_at: datetime | None
    stale_days: int
    going_on: dict[tuple[str, str], int]
    """(scope, fault) → outages that go on."""
    outages: dict[tuple[str, str, str], int]
    """(month, scope, fault) → outages that began in the month."""
    outage_minutes: dict[tuple[str, str], int]
    """(month, scope) → minutes of outages that began in the month."""
    lasted: dict[str, list[Lasted]]
    """Scope → the outages of these months that have ended."""
    log_leaves: int
    checkpoint_at: datetime | None
    """When the evidence log had its newest checkpoint."""
    messages: dict[tuple[str, str], int]
    """(channel, state) → messages of the last day."""
    message_due_at: datetime | None
    """When the message should have gone out that waits the longest."""


@dataclass(frozen=True, slots=True)
class BookFigures:
    """What the books of the newest months come to."""

    entries: dict[tuple[str, str, str, str], int]
    """(month, province, book, band) → entries."""
    late: dict[tuple[str, str, str, str], int]
    """(month, province, book, verdict) → late entries."""
    not_current: dict[tuple[str, str], int]
    """(month, province) → offices with at least one late entry."""


def book_figures(connection: sa.Connection) -> BookFigures:
    """Read what the books come to: for a nation half a second's work."""
    months = newest_months(connection, MONTHS)
    return BookFigures(*_entries(connection, months), _not_current(connection, months))


def figures(connection: sa.Connection, now: datetime) -> Figures:
    """Read the counts that change all the time. `now` bounds the outages that go on."""
    months = newest_months(connection, MONTHS)
    happened = _outages(connection, months, now)
    newest = newest_checkpoint(connection)
    return Figures(
        offices={
            row.code: (row.province, row.isp)
            for row in connection.execute(
                sa.select(offices.c.code, offices.c.province, offices.c.isp).where(
                    offices.c.kind != "control"
                )
            )
        },
        agents={
            (row.role, row.state): row.n
            for row in connection.execute(
                sa.select(agents.c.role, agents.c.state, sa.func.count().label("n")).group_by(
                    agents.c.role, agents.c.state
                )
            )
        },
        # Numbers of rows are never given twice: the highest counts all that were ever stored.
        reports_stored=connection.execute(sa.select(sa.func.max(reports.c.id))).scalar_one() or 0,
        rounds_dropped=connection.execute(sa.select(sa.func.sum(gaps.c.rounds))).scalar_one() or 0,
        newest_report_at=connection.execute(
            sa.select(sa.func.max(agents.c.last_contact_at))
        ).scalar_one(),
        stale_days=stale_count(connection),
        going_on={
            (row.scope, row.fault): row.n
            for row in connection.execute(
                sa.select(outages.c.scope, outages.c.fault, sa.func.count().label("n"))
                .where(outages.c.end_at.is_(None))
                .group_by(outages.c.scope, outages.c.fault)
            )
        },
        outages=happened[0],
        outage_minutes=happened[1],
        lasted=happened[2],
        log_leaves=log_size(connection),
        checkpoint_at=None if newest is None else newest.at,
        messages=counted(connection, now - timedelta(days=1)),
        message_due_at=longest_due(connection, now),
    )


def _outages(
    connection: sa.Connection, months: list[str], now: datetime
) -> tuple[dict[tuple[str, str, str], int], dict[tuple[str, str], int], dict[str, list[Lasted]]]:
    first = local_midnight(
        date.fromisoformat(f"{min(months)}-01") if months else local_date(now).replace(day=1)
    )
    count: Counter[tuple[str, str, str]] = Counter()
    minutes: Counter[tuple[str, str]] = Counter()
    ended: dict[str, list[Lasted]] = {}
    x = outages.c
    for row in connection.execute(
        sa.select(x.id, x.scope, x.fault, x.start_at, x.end_at).where(x.start_at >= first)
    ):
        month = local_date(row.start_at).strftime("%Y-%m")
        count[month, row.scope, row.fault] += 1
        lasted = ((row.end_at or now) - row.start_at).total_seconds() / 60
        minutes[month, row.scope] += max(0, round(lasted))
        if row.end_at is not None:
            ended.setdefault(row.scope, []).append(Lasted(row.id, row.start_at, 60 * lasted))
    return dict(count), dict(minutes), ended


def _entries(
    connection: sa.Connection, months: list[str]
) -> tuple[dict[tuple[str, str, str, str], int], dict[tuple[str, str, str, str], int]]:
    bands: Counter[tuple[str, str, str, str]] = Counter()
    verdicts: Counter[tuple[str, str, str, str]] = Counter()
    x = office_months.c
    for row in connection.execute(
        sa.select(
            x.month,
            offices.c.province,
            x.book,
            x.band,
            x.verdict,
            sa.func.sum(x.entries).label("n"),
        )
        .join(offices, offices.c.code == x.office_code)
        .where(x.month.in_(months))
        .group_by(x.month, offices.c.province, x.book, x.band, x.verdict)
    ):
        bands[row.month, row.province, row.book, row.band] += row.n
        if row.verdict:
            verdicts[row.month, row.province, row.book, row.verdict] += row.n
    return dict(bands), dict(verdicts)


def _not_current(connection: sa.Connection, months: list[str]) -> dict[tuple[str, str], int]:
    x = office_months.c
    query = (
        sa.select(x.month, offices.c.province, sa.func.count(sa.distinct(x.office_code)).label("n"))
        .join(offices, offices.c.code == x.office_code)
        .where(x.month.in_(months), x.band.in_(("late", "not_posted")))
        .group_by(x.month, offices.c.province)
    )
    return {(row.month, row.province): row.n for row in connection.execute(query)}
