"""The facts that documents are made of, read from the store: an office's month, a province's month, an outage.

A day that is not over is left out of all sums, so that the same question gives the same facts all day long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.documents.facts import (
    BookCount,
    Entry,
    Minutes,
    Office,
    OfficeLine,
    OfficeMonth,
    Outage,
    ProvinceMonth,
    Replay,
    Tried,
)
from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.store.schema import explanations, office_months, offices
from laaswatch_collector.store.tried import tried_at
from laaswatch_collector.store.views.books import many_books, office_books
from laaswatch_collector.store.views.desks import desk_times, health_of
from laaswatch_collector.store.views.explanations import LateEntry, books_of, late_entries
from laaswatch_collector.store.views.offices import OfficeRow, those_behind
from laaswatch_collector.store.views.outages import (
    OutageRow,
    StateRun,
    outages_between,
    runs_of,
)
from laaswatch_collector.store.witness import revision_numbers
from laaswatch_collector.timeline.conclusions import Grade
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import local_date, local_midnight

MOST_TRIED = 20
"""Steps of a month that a letter names, the newest."""
MOST_OFFICES = 500
"""More offices than any province has."""
_WEAK = tuple(str(x) for x in (Grade.SINGLE_PC, Grade.INFERRED, Grade.CONTRADICTED))


@dataclass(frozen=True, slots=True)
class Asked:
    """What every gathering needs beside the store: the calendar, the lateness policy and the moment."""

    calendar: Calendar
    policy: Policy
    now: datetime


def office_month(
    connection: sa.Connection,
    office: OfficeRow,
    month: str,
    asked: Asked,
) -> OfficeMonth:
    """Everything that letters about an office and a month (YYYY-MM) state."""
    first, after = _days(month, asked.now)
    start, end = local_midnight(first), local_midnight(after)
    clock = asked.calendar.work_clock(office.province, office.code)
    late = late_entries(connection, office.code, month)
    books = books_of(connection, office.code, month)
    state = office_books(
        connection, office.code, month, clock=clock, policy=asked.policy, now=asked.now
    )
    health = health_of(desk_times(connection, office.code, start, end, clock))
    return OfficeMonth(
        office=office_of(office),
        month=month,
        standing=str(state.standing),
        known_until="" if state.known_until is None else state.known_until.isoformat(),
        books=tuple(
            BookCount(
                x.book, x.entries, x.same_day, x.next_day, x.late, x.undetermined, x.not_posted
            )
            for x in books
        ),
        late=tuple(map(_entry, late)),
        outages=_outages(connection, start, end, [office.code], clock),
        minutes=minutes_of(runs_of(connection, office.code, start, end), clock, start, end),
        replay=Replay(
            weeks=health.weeks,
            entries=health.entries,
            error_minutes=None if health.median_error is None else round(health.median_error),
            right=None if health.right_side is None else int(1000 * health.right_side),
        ),
        tried=_tried(connection, office.code, start, end),
        estimated_days=_estimated(asked.calendar, first, after, office.province, office.code),
        rules=tuple(sorted({x.rule_version for x in late if x.rule_version})),
    )


def _tried(
    connection: sa.Connection, code: str, start: datetime, end: datetime
) -> tuple[Tried, ...]:
    """What the office wrote down that it did, with the number that others gave it."""
    found = tried_at(connection, code, since=start, until=end)[-MOST_TRIED:]

    def told(what: str, reference: str) -> str:
        return f"{what} ({reference})" if reference else what

    return tuple(
        Tried(
            int(x.at.timestamp()),
            told(x.what.th, x.reference),
            told(x.what.en, x.reference),
            str(x.outcome),
        )
        for x in found
    )


def _days(month: str, now: datetime) -> tuple[date, date]:
    """The days of a month that are over: the first, and the one after the last."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=32)).replace(day=1)
    return first, max(first, min(after, local_date(now)))


def _estimated(
    calendar: Calendar, first: date, after: date, province: str, office: str
) -> tuple[str, ...]:
    if after <= first:
        return ()
    found = calendar.estimated_days(first, after - timedelta(days=1), province, office)
    return tuple(x.isoformat() for x in found)


def office_of(row: OfficeRow) -> Office:
    """An office as documents name it."""
    return Office(row.code, row.name_th, row.name_en, row.province, row.isp, row.simulated)


def _entry(row: LateEntry) -> Entry:
    x = row.explanation
    return Entry(
        book=row.book,
        number=row.number,
        event=_seconds(row.event_at),
        event_precision=row.event_precision,
        due=_seconds(row.due_at),
        posted_from=None if row.recorded_from_at is None else _seconds(row.recorded_from_at),
        posted_to=None if row.recorded_to_at is None else _seconds(row.recorded_to_at),
        posted_precision=row.recorded_precision,
        verdict=str(x.verdict),
        grade=str(x.grade),
        scope=str(x.scope),
        fault=x.fault,
        tardiness=x.tardiness,
        window=x.window_minutes,
        usable=x.usable_minutes,
        down=x.down_minutes,
        unknown=x.unknown_minutes,
        backlog=x.backlog_minutes,
        explained=_thousandths(x.explained_fraction),
        explained_to=None if x.explained_to is None else _thousandths(x.explained_to),
        share=_thousandths(max(x.shift_fraction, x.backlog_fraction)),
        counterfactual=x.counterfactual,
        between=tuple(str(v) for v in x.between or ()),
        estimated=x.estimated,
        outages=x.outages,
        flags=tuple(dict.fromkeys(str(f["flag"]) for f in row.flags)),
    )


def _thousandths(fraction: float) -> int:
    return int(1000 * min(1.0, max(0.0, fraction)) + 1e-9)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _outages(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    codes: Sequence[str],
    clock: WorkClock,
    *,
    least_offices: int = 1,
) -> tuple[Outage, ...]:
    """The outages that touch working time in [start, end), oldest first."""
    if end <= start:
        return ()
    rows = [x for x in outages_between(connection, start, end, codes) if x.offices >= least_offices]
    revisions = revision_numbers(connection, [x.id for x in rows])
    found = [outage_of(x, revisions.get(x.id, 0), clock, start, end) for x in rows]
    return tuple(sorted((x for x in found if x.working_minutes), key=lambda x: (x.start, x.id)))


def outage_of(
    row: OutageRow, revision: int, clock: WorkClock, start: datetime, end: datetime
) -> Outage:
    """An outage as documents state it; working minutes are those inside [start, end)."""
    a = max(_seconds(row.start_at), _seconds(start))
    b = min(_seconds(end) if row.end_at is None else _seconds(row.end_at), _seconds(end))
    return Outage(
        id=row.id,
        revision=revision,
        scope=row.scope,
        key=row.key,
        fault=row.fault,
        start=_seconds(row.start_at),
        end=None if row.end_at is None else _seconds(row.end_at),
        settled=row.settled,
        offices=row.offices,
        observed=row.observed,
        inferred_minutes=row.inferred_minutes,
        grade=row.grade,
        working_minutes=clock.working_minutes(a, b),
    )


_UNKNOWN, _UP, _SLOW, _DOWN = range(4)
_STATES = {"up": _UP, "degraded": _SLOW, "down": _DOWN}


def minutes_of(
    runs: Sequence[StateRun], clock: WorkClock, start: datetime, end: datetime
) -> Minutes:
    """Working minutes in [start, end) by state; what no run tells of is unknown."""
    first, length = _seconds(start), max(0, (_seconds(end) - _seconds(start)) // 60)
    working = clock.mask(first, length)[:length]
    state, scope = np.zeros(length, np.uint8), np.zeros(length, np.uint8)
    scopes = sorted({x.scope for x in runs})
    for x in runs:
        a, b = ((_seconds(at) - first) // 60 for at in (x.from_at, x.to_at))
        state[max(0, a) : max(0, b)] = _STATES.get(x.state, _UNKNOWN)
        scope[max(0, a) : max(0, b)] = scopes.index(x.scope)
    down = working & (state == _DOWN)
    by_scope = {name: int((down & (scope == n)).sum()) for n, name in enumerate(scopes)}
    return Minutes(
        working=int(working.sum()),
        up=int((working & (state == _UP)).sum()),
        slow=int((working & (state == _SLOW)).sum()),
        down={name: n for name, n in by_scope.items() if n},
        unknown=int((working & (state == _UNKNOWN)).sum()),
    )


def province_month(
    connection: sa.Connection, province: str, month: str, asked: Asked
) -> ProvinceMonth:
    """Everything that the summary of a province and a month states."""
    first, after = _days(month, asked.now)
    rows = those_behind(connection, Resource(province=province), month, 0, MOST_OFFICES)
    codes = [x.code for x in rows]
    counts = _counts(connection, province, month)
    aside = _aside(connection, codes, month)
    clocks = {x.code: asked.calendar.work_clock(x.province, x.code) for x in rows}
    states = many_books(connection, clocks, month, policy=asked.policy, now=asked.now)
    lines = []
    for row in rows:
        state = states[row.code]
        own, (estimated, weak) = counts.get(row.code, {}), aside.get(row.code, ({}, 0))
        verdicts: dict[str, int] = {}
        for (_, verdict), n in own.items():
            if verdict:
                verdicts[verdict] = verdicts.get(verdict, 0) + n
        late = sum(verdicts.values())
        sure = {v: n - estimated.get(v, 0) for v, n in verdicts.items()}
        lines.append(
            OfficeLine(
                code=row.code,
                name_th=row.name_th,
                name_en=row.name_en,
                isp=row.isp,
                standing=str(state.standing),
                entries=sum(own.values()),
                late=late,
                not_posted=sum(n for (band, _), n in own.items() if band == "not_posted"),
                verdicts={v: n for v, n in sure.items() if n},
                estimated=sum(estimated.values()),
                weak=weak,
                simulated=row.simulated,
            )
        )
    lines.sort(key=lambda x: (-x.verdicts.get("not_explained", 0), -x.late, x.name_th, x.code))
    clock = asked.calendar.work_clock(province)
    start, end = local_midnight(first), local_midnight(after)
    return ProvinceMonth(
        province=province,
        month=month,
        offices=tuple(lines),
        outages=_outages(connection, start, end, codes, clock, least_offices=2),
        estimated_days=_estimated(asked.calendar, first, after, province, ""),
    )


def _counts(
    connection: sa.Connection, province: str, month: str
) -> dict[str, dict[tuple[str, str], int]]:
    """Office → (band, verdict) → entries of the month."""
    m = office_months.c
    query = (
        sa.select(m.office_code, m.band, m.verdict, sa.func.sum(m.entries).label("n"))
        .join(offices, offices.c.code == m.office_code)
        .where(offices.c.province == province, m.month == month)
        .group_by(m.office_code, m.band, m.verdict)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.office_code, {})[row.band, row.verdict] = int(row.n)
    return found


def _aside(
    connection: sa.Connection, codes: Sequence[str], month: str
) -> dict[str, tuple[dict[str, int], int]]:
    """Office → late entries that rest on an estimated day, by verdict; and how many are explained weakly."""
    x = explanations.c
    query = (
        sa.select(
            x.office_code, x.verdict, x.grade, x.rests_on_estimate, sa.func.count().label("n")
        )
        .where(x.office_code.in_(codes), x.month == month, x.verdict != "")
        .where(sa.or_(x.rests_on_estimate, x.grade.in_(_WEAK)))
        .group_by(x.office_code, x.verdict, x.grade, x.rests_on_estimate)
    )
    found: dict[str, tuple[dict[str, int], int]] = {}
    for row in connection.execute(query):
        estimated, weak = found.get(row.office_code, ({}, 0))
        if row.rests_on_estimate:
            estimated[row.verdict] = estimated.get(row.verdict, 0) + row.n
        elif row.verdict == Verdict.EXPLAINED:
            weak += row.n
        found[row.office_code] = (estimated, weak)
    return found
