"""An office's desk over some months, for the figures beside its verdicts: how well it can be foretold, and whether
its own faults come before deadlines. Computed when somebody asks.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.axis import WorkAxis, loss
from laaswatch_collector.explanation.coincidence import (
    Coincidence,
    at_stake,
    coincidence,
    own_fault_minutes,
)
from laaswatch_collector.explanation.explain import NEVER
from laaswatch_collector.explanation.health import Health, health
from laaswatch_collector.ledger.model import Precision
from laaswatch_collector.store.schema import entries, explanations, state_runs
from laaswatch_collector.timeline.conclusions import SCOPES, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock

OWN = tuple(FAULTS.index(x) for x in (Fault.PC_LINK, Fault.GATEWAY))
"""Faults inside the office: cable, Wi-Fi, router, power. A line that is dead beyond the router is none."""
_OFFICE = tuple(SCOPES.index(x) for x in (Scope.OFFICE, Scope.PC))


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """Entries with their deadlines as indices on the axis; only postings whose time is known exactly."""

    axis: WorkAxis
    transacted: NDArray[np.int64]
    due: NDArray[np.int64]
    posted: NDArray[np.int64]


def desk_times(
    connection: sa.Connection, code: str, start: datetime, end: datetime, clock: WorkClock
) -> DeskTimes:
    """The office's judged entries that arose in [start, end), with its states."""
    axis = _axis(connection, code, start, end, clock)
    times = [entries.c.event_at, explanations.c.due_at, entries.c.recorded_from_at]
    exact = (Precision.EXACT, Precision.MINUTE, Precision.NONE)
    query = (
        sa.select(*(sa.type_coerce(x, sa.BigInteger) for x in times))
        .join(explanations, explanations.c.entry_id == entries.c.id)
        .where(entries.c.office_code == code, entries.c.recorded_precision.in_(exact))
        .where(entries.c.event_at >= start, entries.c.event_at < end)
    )
    rows = connection.execute(query).all()
    never = (len(axis.minute) + NEVER, -1)
    event, due = (np.array([row[k] for row in rows], np.int64) // 1000 for k in (0, 1))
    posted = np.array([never[1] if row[2] is None else row[2] // 1000 for row in rows], np.int64)
    return DeskTimes(
        axis,
        axis.index(event),
        axis.index(due),
        np.where(posted < 0, never[0], axis.index(posted)),
    )


_STATES = {"up": MinuteState.UP, "degraded": MinuteState.DEGRADED, "down": MinuteState.DOWN}
_SCOPES = {str(x): k for k, x in enumerate(SCOPES)}
_FAULTS = {str(x): k for k, x in enumerate(FAULTS)}


def _axis(
    connection: sa.Connection, code: str, start: datetime, end: datetime, clock: WorkClock
) -> WorkAxis:
    """The office's working minutes in [start, end); what is not stored is unknown."""
    first, minutes = int(start.timestamp()) // 60, int((end - start).total_seconds()) // 60
    painted = np.zeros((3, max(0, minutes)), np.uint8)
    x = state_runs.c
    query = sa.select(
        sa.type_coerce(x.from_at, sa.BigInteger),
        sa.type_coerce(x.to_at, sa.BigInteger),
        x.state,
        x.scope,
        x.fault,
    ).where(x.office_code == code, x.from_at < end, x.to_at > start)
    for since, until, state, scope, fault in connection.execute(query):
        a, b = (max(0, at // 60_000 - first) for at in (since, until))
        codes = (_STATES.get(state, 0), _SCOPES.get(scope, 0), _FAULTS.get(fault, 0))
        painted[:, a:b] = np.array(codes, np.uint8)[:, None]
    at = np.flatnonzero(clock.mask(first * 60, painted.shape[1]))
    state, scope, fault = painted[:, at]
    none = np.zeros_like(state)
    return WorkAxis(
        first + at,
        state,
        scope,
        fault,
        none.astype(np.bool_),
        none,
        loss(state, fault),
        np.asarray(state == MinuteState.DOWN),
        np.asarray(state != MinuteState.UNKNOWN),
        clock.zone_offset_minutes,
    )


def health_of(times: DeskTimes) -> Health:
    """How well the office's posting can be foretold in weeks without outages."""
    return health(times.transacted, times.due, times.posted, times.axis)


def coincidence_of(times: DeskTimes) -> Coincidence:
    """Whether the office's own faults come before deadlines more often than chance has it."""
    axis = times.axis
    day = axis.days.day
    ends = np.flatnonzero(np.diff(day, append=day[-1] + 1 if len(day) else 0)) + 1
    down = axis.state == MinuteState.DOWN
    local = down & np.isin(axis.scope, _OFFICE) & np.isin(axis.fault, OWN)
    wide = down & ~np.isin(axis.scope, _OFFICE)
    return coincidence(
        at_stake(times.posted, times.due, ends), own_fault_minutes(local, wide, ends)
    )
