"""The entries of one office judged and explained: stored facts and conclusions in, rows of `explanations` out."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from laaswatch_collector.explanation.contradictions import Witness, contradictions
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes, Explanation, Verdict
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES
from laaswatch_collector.ledger.lateness import Judged, Policy
from laaswatch_collector.ledger.model import Precision, StoredEntry
from laaswatch_collector.store import work
from laaswatch_collector.store.closures import closures_between
from laaswatch_collector.store.conclusions import load_conclusions
from laaswatch_collector.store.entries import entries_of
from laaswatch_collector.store.offices import province_of
from laaswatch_collector.store.witness import broken_chains, contacts_between, revision_numbers
from laaswatch_collector.timeline.conclusions import Conclusions, MinuteState, Scope
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

DAY_LONG = timedelta(days=1)
BEFORE, AFTER = timedelta(days=14), work.LOOK_BACK
"""What is looked at around a month: the queue that it began with, and the postings of its last entries."""


class Judge:
    """Deadlines by calendar and policy, then what the outages explain."""

    def __init__(self, calendar: Calendar, policy: Policy) -> None:
        self._calendar = calendar
        self._policy = policy

    def months(
        self,
        connection: sa.Connection,
        code: str,
        first: date,
        last: date,
        *,
        now: datetime,
        settled_until: int,
    ) -> list[dict[str, Any]]:
        """One row for each entry of this office that arose in the months (their first days) from `first` to `last`.

        A month is always judged from the same stretch of entries and minutes around it, whatever asked for it:
        so what is said of an entry depends on what is stored, and on nothing else.
        """
        start, end = local_midnight(first) - BEFORE, _end_of(last) + AFTER
        province = province_of(connection, code)
        conclusions = load_conclusions(connection, [code], start, min(now, end))
        closures = closures_between(connection, start, now)
        rows = [row for row in entries_of(connection, code, start, end) if not row.cancelled]
        judged = {
            row.id: self._policy.judge(
                row, self._calendar, now, province=province, closures=closures
            )
            for row in rows
        }
        clock = self._calendar.work_clock(province, code)
        guesses = self._guesses(rows, judged, now, province, code)
        values: list[dict[str, Any]] = []
        for month in _months(first, last):
            a, b = local_midnight(month) - BEFORE, _end_of(month) + AFTER
            around = [row for row in rows if a <= row.event_at < b]
            seen = _part(conclusions, a, min(now, b), settled_until)
            found = explain([_times(row, judged[row.id]) for row in around], seen, clock)
            mine = [x for x in around if local_midnight(month) <= x.event_at < _end_of(month)]
            by_entry = {x.entry: x for x in found}
            said = [by_entry[row.id] for row in mine if row.id in by_entry]
            used = {outage for x in said for outage in x.outages}
            beside = _Beside(
                revision_numbers(connection, used), _flags(connection, code, seen, around, used)
            )
            values += [
                {
                    **_values(row, judged[row.id], by_entry.get(row.id), beside, now),
                    "rests_on_estimate": _rests_on(guesses, row, judged[row.id], now),
                }
                for row in mine
            ]
        return values

    def _guesses(
        self,
        rows: Sequence[StoredEntry],
        judged: Mapping[int, Judged],
        now: datetime,
        province: str,
        code: str,
    ) -> tuple[date, ...]:
        """The estimated days that any of these entries may rest on."""
        if not rows:
            return ()
        first = local_date(min(row.event_at for row in rows))
        last = max(local_date(now), *(local_date(x.due) for x in judged.values()))
        return self._calendar.estimated_days(first, last, province, code)


def months_touched(first: date, last: date, now: datetime) -> tuple[date, date]:
    """The first days of the first and the last month whose judgement rests on the days from `first` to `last`."""
    low, high = (first - AFTER).replace(day=1), (last + BEFORE).replace(day=1)
    return min(low, local_date(now).replace(day=1)), min(high, local_date(now).replace(day=1))


def rests_on(day: date, now: datetime) -> tuple[datetime, datetime]:
    """From when to when entries arose whose judgement rests on a day: whole months."""
    first, last = months_touched(day, day, now)
    return local_midnight(first), _end_of(last)


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = _next_month(first)


def _next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _end_of(month: date) -> datetime:
    return local_midnight(_next_month(month))


def _part(x: Conclusions, start: datetime, end: datetime, settled_until: int) -> Conclusions:
    """The conclusions of [start, end), which lies within theirs."""
    a = max(0, (int(start.timestamp()) - x.start) // 60)
    b = max(a, (int(end.timestamp()) - x.start) // 60)
    first, last = x.start + 60 * a, x.start + 60 * b
    return replace(
        x,
        start=first,
        state=x.state[:, a:b],
        scope=x.scope[:, a:b],
        fault=x.fault[:, a:b],
        inferred=x.inferred[:, a:b],
        witnesses=x.witnesses[:, a:b],
        outages=tuple(o for o in x.outages if o.start < last and o.end > first),
        settled_until=settled_until,
    )


def _rests_on(guesses: Sequence[date], row: StoredEntry, judged: Judged, now: datetime) -> bool:
    """Whether an estimated day lies between the event and what was judged: the deadline, or the lateness."""
    until = local_date(judged.due)
    if judged.late:
        until = max(until, local_date(row.recorded_to_at or now))
    at = bisect_left(guesses, local_date(row.event_at))
    return at < len(guesses) and guesses[at] <= until


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is known of the outages that explanations rest on: their revision, what speaks against them."""

    revisions: Mapping[str, int]
    flags: Mapping[str, list[dict[str, Any]]]


def _flags(
    connection: sa.Connection,
    code: str,
    conclusions: Conclusions,
    rows: Sequence[StoredEntry],
    used: AbstractSet[str],
) -> dict[str, list[dict[str, Any]]]:
    """Outage → what speaks against it, of the office's own outages that an explanation rests on."""
    claims = [x for x in conclusions.outages if x.id in used and x.scope is Scope.OFFICE]
    if not claims:
        return {}
    exact = (Precision.EXACT, Precision.MINUTE)
    posted = [x.recorded_from_at for x in rows if x.recorded_precision in exact]
    up = np.isin(conclusions.state[0], (MinuteState.UP, MinuteState.DEGRADED))
    witness = Witness(
        posted=np.array(sorted(int(x.timestamp()) for x in posted if x is not None), np.int64),
        contacts=contacts_between(connection, code, [(x.start, x.end) for x in claims]),
        reached=conclusions.start + 60 * np.flatnonzero(up),
        broken=broken_chains(connection, code),
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for x in contradictions(claims, witness):
        flag = {"flag": str(x.flag), "outage": x.outage, "count": x.count, "first": x.first}
        found.setdefault(x.outage, []).append(flag)
    return found


def _times(row: StoredEntry, judged: Judged) -> EntryTimes:
    """The entry as the explanation wants it: what is known by its day only is that whole day."""
    low, high = row.recorded_from_at, row.recorded_to_at
    if low is not None and row.recorded_precision is Precision.DAY:
        low = local_midnight(local_date(low))
        high = low + DAY_LONG
    event_to = None
    if row.event_precision is Precision.DAY:
        event_to = local_midnight(local_date(row.event_at)) + DAY_LONG
        event_to = event_to if low is None else max(row.event_at, min(event_to, low))
    return EntryTimes(
        id=row.id,
        office=row.office_code,
        transacted=int(row.event_at.timestamp()),
        due=int(judged.due.timestamp()),
        posted=None if low is None else int(low.timestamp()),
        posted_to=None if high is None else int(high.timestamp()),
        transacted_to=None if event_to is None else int(event_to.timestamp()),
    )


def _values(
    row: StoredEntry,
    judged: Judged,
    found: Explanation | None,
    beside: _Beside,
    now: datetime,
) -> dict[str, Any]:
    x = found if judged.late else None
    return {
        "entry_id": row.id,
        "office_code": row.office_code,
        "month": row.event_at.astimezone(BANGKOK).strftime("%Y-%m"),
        "book": str(row.book),
        "due_at": judged.due,
        "band": str(judged.band),
        "tardiness_minutes": x.tardiness if x else 0,
        "verdict": str(x.verdict if x else Verdict.NONE),
        "explained_fraction": x.explained_fraction if x else None,
        "shift_fraction": x.shift_fraction if x else None,
        "backlog_fraction": x.backlog_fraction if x else None,
        "counterfactual_at": datetime.fromtimestamp(x.counterfactual, UTC)
        if x and x.counterfactual is not None
        else None,
        "scope": str(x.scope) if x else "",
        "fault": x.fault if x else "",
        "grade": str(x.grade) if x else "",
        "window_minutes": x.window_minutes if x else 0,
        "usable_minutes": x.usable_minutes if x else 0,
        "down_minutes": x.down_minutes if x else 0,
        "unknown_minutes": x.unknown_minutes if x else 0,
        "backlog_minutes": x.backlog_minutes if x else 0,
        "outage_ids": json.dumps(list(x.outages)) if x else "[]",
        "outage_revisions": json.dumps([beside.revisions[o] for o in x.outages]) if x else "[]",
        "explained_fraction_to": x.explained_to if x else None,
        "lies_between": ",".join(x.between) if x and x.between else "",
        "flags": json.dumps([f for o in x.outages for f in beside.flags.get(o, ())]) if x else "[]",
        "rule_version": DEFAULT_VERDICT_RULES.version,
        "computed_at": now,
    }
