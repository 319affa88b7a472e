"""Events kept, and what they are read from: the outages of the last days, and who was heard after a moment."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.notify.events import Event, Stage, Trouble
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import notice_events, offices, outages, state_runs
from laaswatch_collector.timeline.conclusions import Scope

LOOK_BACK = timedelta(days=2)
"""Outages that ended longer ago make no news and change none."""
WELL_SECONDS = 180
"""So long an office works before it counts as working again."""


def recent_troubles(connection: sa.Connection, now: datetime) -> list[Trouble]:
    """The outages of the last days, PCs' own aside."""
    x = outages.c
    query = (
        sa.select(
            x.id, x.scope, x.key, x.fault, x.start_at, x.end_at, x.office_codes, x.computed_at
        )
        .where(x.day >= (now - LOOK_BACK).date(), x.scope != str(Scope.PC))
        .where(sa.or_(x.end_at.is_(None), x.end_at > now - LOOK_BACK))
    )
    found = []
    for row in connection.execute(query):
        end = row.end_at or max(row.computed_at, row.start_at)
        found.append(
            Trouble(
                id=row.id,
                scope=Scope(row.scope),
                key=row.key,
                fault=Fault(row.fault),
                start=int(row.start_at.timestamp()),
                end=int(end.timestamp()),
                offices=frozenset(json.loads(row.office_codes)),
                going_on=row.end_at is None,
            )
        )
    return found


def recent_events(
    connection: sa.Connection, now: datetime, look_back: timedelta = LOOK_BACK
) -> list[Event]:
    """The events of the last days, whatever became of them, and those that still go on."""
    x = notice_events.c
    query = sa.select(notice_events).where(
        sa.or_(x.end_at > now - look_back, x.stage == str(Stage.OPEN))
    )
    return [_event(row) for row in connection.execute(query)]


def save_events(connection: sa.Connection, events: Iterable[Event]) -> None:
    """Keep events as they are now."""
    statement = insert_into(notice_events, connection.dialect.name)
    for e in events:
        values = {
            "scope": str(e.scope), "key": e.key, "fault": str(e.fault),
            "start_at": _at(e.start), "end_at": _at(e.end),
            "office_codes": json.dumps(sorted(e.offices)), "stage": str(e.stage),
            "presumed": e.presumed,
            "opened_at": None if e.opened is None else _at(e.opened),
            "closed_at": None if e.closed is None else _at(e.closed),
            "into": e.into, "parts": json.dumps(sorted(e.parts)),
        }  # fmt: skip
        connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values),
            {"id": e.id, **values},
        )


def offices_by_cell(connection: sa.Connection) -> Callable[[str, str], frozenset[str]]:
    """(provider, province) → the offices there; "" for any."""
    x = offices.c
    rows = connection.execute(sa.select(x.code, x.isp, x.province)).all()

    def of(isp: str, province: str) -> frozenset[str]:
        return frozenset(
            code for code, i, p in rows if (not isp or i == isp) and (not province or p == province)
        )

    return of


def heard_after(connection: sa.Connection) -> Callable[[Iterable[str], int], bool]:
    """Whether at least half of some offices, or ten of them, were seen to work for minutes after a moment."""

    def heard(codes: Iterable[str], moment: int) -> bool:
        wanted = sorted(codes)
        after, x = _at(moment), state_runs.c
        well: set[str] = set()
        for first in range(0, len(wanted), 500):
            query = sa.select(x.office_code, x.from_at, x.to_at).where(
                x.office_code.in_(wanted[first : first + 500]),
                x.to_at > after,
                x.state.in_(("up", "degraded")),
            )
            for code, start, end in connection.execute(query):
                if (end - max(start, after)).total_seconds() >= WELL_SECONDS:
                    well.add(code)
        return len(well) >= min(10, max(1, len(wanted) // 2))

    return heard


def _event(row: sa.Row[tuple[object, ...]]) -> Event:
    return Event(
        id=row.id,
        scope=Scope(row.scope),
        key=row.key,
        fault=Fault(row.fault),
        start=int(row.start_at.timestamp()),
        end=int(row.end_at.timestamp()),
        offices=frozenset(json.loads(row.office_codes)),
        stage=Stage(row.stage),
        presumed=row.presumed,
        opened=None if row.opened_at is None else int(row.opened_at.timestamp()),
        closed=None if row.closed_at is None else int(row.closed_at.timestamp()),
        into=row.into,
        parts=frozenset(json.loads(row.parts)),
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
