"""Outages, and the states of one office over time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.schema import (
    explanations,
    offices,
    outage_revisions,
    outages,
    state_runs,
)
from laaswatch_collector.worktime.thai import local_date

_SETTLED_ONLY = '{"settled": false}'  # as store.conclusions writes it
_REVISED = (
    sa.select(sa.func.count())
    .where(outage_revisions.c.outage_id == outages.c.id, outage_revisions.c.change != _SETTLED_ONLY)
    .scalar_subquery()
    .label("revised")
)
MOST_READ = 20_000
"""Outages looked at for one page; a province's month has about a thousand."""


_BEFORE = timedelta(days=31)
"""An entry that rests on an outage may have arisen the month before."""


MOST_LASTING = 500
"""Outages that tell how long such last."""


@dataclass(frozen=True, slots=True)
class OutageRow:
    """An outage as pages show it; `end_at` is None while it goes on. `seen` are its offices;
    `revised` counts how often later facts changed it, its settling aside.
    """

    id: str
    scope: str
    key: str
    fault: str
    start_at: datetime
    end_at: datetime | None
    settled: bool
    offices: int
    observed: int
    inferred_minutes: int
    grade: str
    revised: int
    seen: tuple[str, ...]
    evidence: dict[str, Any]

    def minutes(self, now: datetime) -> int:
        """How long it has lasted."""
        return round(((self.end_at or now) - self.start_at).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class StateRun:
    """One stretch of time in one state; `unknown` stretches are there too."""

    from_at: datetime
    to_at: datetime
    state: str
    fault: str
    scope: str
    inferred: bool
    witnesses: int


def outages_between(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    codes: Iterable[str],
    *,
    going_on: bool = False,
) -> list[OutageRow]:
    """Outages that touch [start, end) and hit one of the offices `codes`, newest first."""
    codes = frozenset(codes)
    # Most outages lie in one province: those of the others are not even looked at.
    here = sa.select(offices.c.province).where(offices.c.code.in_(codes)).distinct()
    provinces = {"", *connection.execute(here).scalars()} if codes else set()
    query = (
        sa.select(outages, _REVISED)
        .where(_touching(start, end, going_on=going_on), outages.c.province.in_(provinces))
        .order_by(outages.c.start_at.desc(), outages.c.id)
        .limit(MOST_READ)
    )
    if len(codes) == 1:
        (code,) = codes
        query = query.where(outages.c.office_codes.contains(f'"{code}"', autoescape=True))
    found = [_outage(row) for row in connection.execute(query)]
    return [x for x in found if not codes.isdisjoint(x.seen)]


def lasting(connection: sa.Connection, fault: str, now: datetime) -> list[float]:
    """Minutes of the newest `MOST_LASTING` outages with this fault that have ended."""
    query = (
        sa.select(outages.c.start_at, outages.c.end_at)
        .where(outages.c.fault == fault, outages.c.end_at.is_not(None), outages.c.start_at < now)
        .order_by(outages.c.start_at.desc())
        .limit(MOST_LASTING)
    )
    return [(x.end_at - x.start_at).total_seconds() / 60 for x in connection.execute(query)]


def outages_anywhere(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    most: int,
    *,
    first: Sequence[str] = (),
    going_on: bool = False,
) -> tuple[list[OutageRow], int]:
    """Of the whole country: `most` outages, the scopes `first` before others, newest first; and how many there are."""
    touching = _touching(start, end, going_on=going_on)
    query = (
        sa.select(outages, _REVISED)
        .where(touching)
        .order_by(
            sa.case((outages.c.scope.in_(first), 0), else_=1),
            outages.c.start_at.desc(),
            outages.c.id,
        )
        .limit(most)
    )
    count = sa.select(sa.func.count()).select_from(outages).where(touching)
    found = [_outage(row) for row in connection.execute(query)]
    return found, connection.execute(count).scalar_one()


def _touching(start: datetime, end: datetime, *, going_on: bool) -> sa.ColumnElement[bool]:
    still = outages.c.end_at.is_(None)
    return sa.and_(
        outages.c.start_at < end, still if going_on else sa.or_(still, outages.c.end_at > start)
    )


def outages_by_id(connection: sa.Connection, ids: Iterable[str]) -> dict[str, OutageRow]:
    """These outages, those of them that still stand."""
    wanted = sorted(set(ids))
    rows = (
        row
        for first in range(0, len(wanted), 500)  # SQLite bounds the parameters of one statement
        for row in connection.execute(
            sa.select(outages, _REVISED).where(outages.c.id.in_(wanted[first : first + 500]))
        )
    )
    return {row.id: _outage(row) for row in rows}


def runs_of(
    connection: sa.Connection,
    office_code: str,
    start: datetime,
    end: datetime,
    most: int | None = None,
) -> list[StateRun]:
    """The stretches of an office's states over [start, end), in order. What is not there is unknown."""
    query = (
        sa.select(state_runs)
        .where(state_runs.c.office_code == office_code)
        .where(state_runs.c.from_at < end, state_runs.c.to_at > start)
        .order_by(state_runs.c.from_at)
        .limit(most)
    )
    return [
        StateRun(
            from_at=row.from_at,
            to_at=row.to_at,
            state=row.state,
            fault=row.fault,
            scope=row.scope,
            inferred=row.inferred,
            witnesses=row.witnesses,
        )
        for row in connection.execute(query)
    ]


def last_state_at(connection: sa.Connection, office_code: str) -> datetime | None:
    """The end of the last stretch in which the office was observed, or None."""
    found: datetime | None = connection.execute(
        sa.select(sa.func.max(state_runs.c.to_at))
        .where(state_runs.c.office_code == office_code)
        .where(state_runs.c.state != "unknown")
    ).scalar_one()
    return found


def observed_days(connection: sa.Connection, office_code: str, most: int = 14) -> list[date]:
    """The newest local days on which the office was observed at all, oldest first."""
    query = (
        sa.select(state_runs.c.day)
        .where(state_runs.c.office_code == office_code, state_runs.c.state != "unknown")
        .distinct()
        .order_by(state_runs.c.day.desc())
        .limit(most)
    )
    return sorted(connection.execute(query).scalars())


def newest_outage_at(connection: sa.Connection) -> datetime | None:
    """When the newest outage began, or None."""
    found: datetime | None = connection.execute(
        sa.select(sa.func.max(outages.c.start_at))
    ).scalar_one()
    return found


def _outage(row: Any) -> OutageRow:  # noqa: ANN401 - a database row
    return OutageRow(
        id=row.id,
        scope=row.scope,
        key=row.key,
        fault=row.fault,
        start_at=row.start_at,
        end_at=row.end_at,
        settled=row.settled,
        offices=row.offices,
        observed=row.observed,
        inferred_minutes=row.inferred_minutes,
        grade=row.grade,
        revised=row.revised,
        seen=tuple(json.loads(row.office_codes)),
        evidence=json.loads(row.evidence),
    )


def flags_on(connection: sa.Connection, rows: Iterable[OutageRow]) -> dict[str, set[str]]:
    """Outage → what speaks against it (`explanation.contradictions`), of outages of one office.

    Looked for where a late entry rests on the outage.
    """
    mine = [x for x in rows if x.scope == "office"]
    if not mine:
        return {}
    x = explanations.c
    query = sa.select(x.flags).where(
        x.office_code.in_(sorted({one.key for one in mine})),
        x.month >= f"{local_date(min(one.start_at for one in mine) - _BEFORE):%Y-%m}",
        x.month <= f"{local_date(max(one.start_at for one in mine)):%Y-%m}",
        x.flags != "[]",
    )
    found: dict[str, set[str]] = {}
    for text in connection.execute(query).scalars():
        for flag in json.loads(text):
            found.setdefault(flag["outage"], set()).add(flag["flag"])
    return found
