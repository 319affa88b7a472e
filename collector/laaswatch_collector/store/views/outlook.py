"""What the outlook reads: an office's desk, its states, and those of the province's other offices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import State
from laaswatch_collector.explanation.axis import WorkAxis, work_axis
from laaswatch_collector.explanation.shift import overtaken
from laaswatch_collector.ledger.model import Precision
from laaswatch_collector.outlook.backlog import Forecast, PastDays, forecast
from laaswatch_collector.outlook.costs import IspCost, OfficeMonth, costs
from laaswatch_collector.outlook.safe_moment import Past, SafeMoment, safe_moment
from laaswatch_collector.outlook.second_line import Others, SecondLine, second_line
from laaswatch_collector.store.conclusions import load_conclusions
from laaswatch_collector.store.schema import (
    entries,
    explanations,
    office_months,
    offices,
    state_runs,
)
from laaswatch_collector.store.work import LOOK_BACK
from laaswatch_collector.timeline.conclusions import MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

SAFE_DAYS = 21
"""Days whose minutes say how moments like now went on."""
FRESH_MINUTES = 15
"""An office last seen longer ago is not known now."""
BACK_DAYS = 90
MOST_PEERS = 12
MOST_OTHERS = 30
"""Offices of other providers that are looked at; a province has about seventy."""
_MIDDAY = timedelta(hours=12)
_NEVER = 1_000_000
_OPEN = 2**60


@dataclass(frozen=True, slots=True)
class Backlog:
    """The forecast, and how many unposted entries younger ones overtook: these are not in it."""

    forecast: Forecast | None
    overtaken: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """Times in seconds; `posted` None while not posted."""

    transacted: int
    due: int
    posted: int | None


def second_line_of(
    connection: sa.Connection,
    code: str,
    clock: WorkClock,
    start: datetime,
    end: datetime,
    now: datetime,
) -> SecondLine | None:
    """What a second line would have saved among the entries that arose in [start, end)."""
    since, until = start - LOOK_BACK, min(now, end + LOOK_BACK)
    if until <= since:
        return None
    conclusions = load_conclusions(connection, [code], since, until)
    axis = work_axis(conclusions, 0, clock)
    found = _entries(connection, code, since, min(end, until))
    others = _codes(connection, code, same=False)[:MOST_OTHERS]
    if not len(axis.minute) or not others:
        return None
    up, known = _counts(connection, others, since, conclusions.minutes)
    at = axis.minute - conclusions.start // 60
    usable, seen = int(up[at].sum()), int(known[at].sum())
    first = int(start.timestamp())
    return second_line(
        axis.index(np.array([x.transacted for x in found], np.int64)),
        axis.index(np.array([x.due for x in found], np.int64)),
        _posted(found, axis),
        axis,
        Others(up[at], known[at], len(others), usable / seen if seen else 0.0),
        np.array([x.transacted >= first for x in found], np.bool_),
    )


def backlog_of(connection: sa.Connection, code: str, clock: WorkClock, now: datetime) -> Backlog:
    """When as many entries as wait now will have been posted."""
    today = local_date(now)
    first = today - timedelta(days=BACK_DAYS)
    since = local_midnight(first)
    found = _entries(connection, code, since, now)
    minutes = np.flatnonzero(clock.mask(int(since.timestamp()), BACK_DAYS * 1440 + 1440))

    def index(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        at = (seconds - int(since.timestamp())) // 60
        return np.asarray(np.searchsorted(minutes, at), np.int64)

    never = len(minutes) + _NEVER
    transacted = np.array([x.transacted for x in found], np.int64)
    posted = np.array([_OPEN if x.posted is None else x.posted for x in found], np.int64)
    is_open = posted == _OPEN
    gone = overtaken(index(transacted), np.where(is_open, never, index(posted)))
    passed = is_open & (gone < never)
    waiting = int((is_open & ~passed).sum())
    began = int(transacted.min()) if len(found) else int(now.timestamp())
    days = [day for n in range(BACK_DAYS) if clock.is_working_day(day := first + timedelta(n))]
    starts = np.array([int(local_midnight(day).timestamp()) for day in days], np.int64)
    kept = np.flatnonzero(starts >= began)
    ends = starts[kept] + 86_400
    done = np.array([((posted >= end - 86_400) & (posted < end)).sum() for end in ends], np.int64)
    left = np.array(
        [
            ((transacted < end) & (posted >= end) & (gone >= at)).sum()
            for end, at in zip(ends, index(ends), strict=True)
        ],
        np.int64,
    )
    weekdays = np.array([days[k].weekday() for k in kept], np.int64)
    past = PastDays(done, left, weekdays)
    working_today = clock.is_working_day(today)
    coming = today if working_today else clock.add_working_days(today, 1)
    rest = _rest_of_day(posted[~is_open], now) if working_today else 1.0
    return Backlog(forecast(waiting, past, coming.weekday(), rest), int(passed.sum()))


def safe_moment_of(
    connection: sa.Connection, code: str, clock: WorkClock, now: datetime
) -> SafeMoment | None:
    """Whether now is a safe moment to save; None without a fresh round or with too little behind it."""
    since = local_midnight(local_date(now) - timedelta(days=SAFE_DAYS))
    minutes = int((now - since).total_seconds()) // 60
    state = np.zeros(minutes, np.uint8)
    first = int(since.timestamp())
    for row in _runs(connection, [code], since, now):
        a, b = _part(row, first, minutes)
        state[a:b] = _STATES[row.state]
    seen = np.flatnonzero(state != MinuteState.UNKNOWN)
    if not len(seen) or minutes - 1 - int(seen[-1]) > FRESH_MINUTES:
        return None
    size = int(seen[-1]) + 1
    peers = _codes(connection, code, same=True)[:MOST_PEERS]
    up, known = _counts(connection, peers, since, minutes)
    at = np.arange(size)
    day = (first // 60 + at + clock.zone_offset_minutes) // 1440
    past = Past(
        state[:size],
        up[:size],
        (known - up)[:size],
        clock.mask(first, size),
        np.asarray(day, np.int64),
    )
    return safe_moment(past, minutes - size)


def costs_by_isp(
    connection: sa.Connection, months: Sequence[str], province: str = ""
) -> tuple[IspCost, ...]:
    """Providers by what their outages cost in late entries, in these months; of one province or of all.

    The provider is the registry's, wrong for some offices; offices without one are left out.
    """
    x, o = office_months.c, offices.c
    here = [o.isp != "", o.kind != "control"] + ([o.province == province] if province else [])
    counted = (
        sa.select(x.office_code, x.month, o.isp, o.province, sa.func.sum(x.entries).label("n"))
        .join(offices, o.code == x.office_code)
        .where(x.month.in_(months), *here)
        .group_by(x.office_code, x.month, o.isp, o.province)
    )
    e = explanations.c
    cost = {
        (row.office_code, row.month): row.n
        for row in connection.execute(
            sa.select(e.office_code, e.month, sa.func.count().label("n"))
            .join(offices, o.code == e.office_code)
            .where(e.month.in_(months), e.verdict == "explained", *here)
            .where(e.scope.in_([str(Scope.ISP), str(Scope.ISP_PROVINCE)]))
            .group_by(e.office_code, e.month)
        )
    }
    return costs(
        [
            OfficeMonth(row.isp, row.province, row.n, cost.get((row.office_code, row.month), 0))
            for row in connection.execute(counted)
        ]
    )


def _entries(connection: sa.Connection, code: str, start: datetime, end: datetime) -> list[_Entry]:
    """The judged entries of an office with an event in [start, end), by their event."""
    e = entries.c
    query = (
        sa.select(e.event_at, e.recorded_from_at, e.recorded_precision, explanations.c.due_at)
        .join(explanations, explanations.c.entry_id == e.id)
        .where(e.office_code == code, e.event_at >= start, e.event_at < end)
        .where(e.vanished_at.is_(None), e.cancelled.is_(False))
        .order_by(e.event_at, e.id)
    )
    found = []
    for row in connection.execute(query):
        posted = row.recorded_from_at
        if posted is not None and row.recorded_precision == Precision.DAY:
            posted = local_midnight(local_date(posted)) + _MIDDAY
        found.append(
            _Entry(
                int(row.event_at.timestamp()),
                int(row.due_at.timestamp()),
                None if posted is None else int(posted.timestamp()),
            )
        )
    return found


def _posted(found: Sequence[_Entry], axis: WorkAxis) -> NDArray[np.int64]:
    never = len(axis.minute) + _NEVER
    at = axis.index(np.array([x.posted or 0 for x in found], np.int64))
    return np.where([x.posted is None for x in found], never, at)


def _codes(connection: sa.Connection, code: str, *, same: bool) -> list[str]:
    """The other offices of the province with the same provider, or with another; [] if it is not known."""
    o = offices.c
    here = connection.execute(sa.select(o.province, o.isp).where(o.code == code)).first()
    if here is None or not here.isp:
        return []
    isp = o.isp == here.isp if same else sa.and_(o.isp != here.isp, o.isp != "")
    query = (
        sa.select(o.code)
        .where(o.province == here.province, o.code != code, o.kind != "control", isp)
        .order_by(o.code)
    )
    return list(connection.execute(query).scalars())


def _counts(
    connection: sa.Connection, codes: Sequence[str], since: datetime, minutes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By minute from `since`: how many of these offices were usable, and of how many anything is known."""
    first = int(since.timestamp())
    up, known = np.zeros(minutes + 1, np.int64), np.zeros(minutes + 1, np.int64)
    for row in _runs(connection, codes, since, since + timedelta(minutes=minutes)):
        state = _STATES[row.state]
        if state == MinuteState.UNKNOWN:
            continue
        a, b = _part(row, first, minutes)
        known[a] += 1
        known[b] -= 1
        if state != MinuteState.DOWN:
            up[a] += 1
            up[b] -= 1
    return np.cumsum(up)[:minutes], np.cumsum(known)[:minutes]


def _runs(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> Sequence[Any]:
    if not codes:
        return []
    r = state_runs.c
    return connection.execute(
        sa.select(r.from_at, r.to_at, r.state).where(
            r.office_code.in_(codes), r.from_at < end, r.to_at > start
        )
    ).all()


def _part(row: Any, first: int, minutes: int) -> tuple[int, int]:  # noqa: ANN401 - a database row
    a = (int(row.from_at.timestamp()) - first) // 60
    b = (int(row.to_at.timestamp()) - first) // 60
    return min(max(0, a), minutes), min(max(0, b), minutes)


def _rest_of_day(posted: NDArray[np.int64], now: datetime) -> float:
    """The share of this office's postings that come later in the day than it is now."""
    local = now.astimezone(BANGKOK)
    offset = int((local.utcoffset() or timedelta()).total_seconds())
    of_day = (posted + offset) % 86_400
    later = int((of_day > local.hour * 3600 + local.minute * 60).sum())
    return (later + 0.5) / (len(posted) + 1)


_STATES = {
    str(State.UNKNOWN): MinuteState.UNKNOWN,
    str(State.UP): MinuteState.UP,
    str(State.DEGRADED): MinuteState.DEGRADED,
    str(State.DOWN): MinuteState.DOWN,
}
