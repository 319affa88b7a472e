"""The entries of one office judged and explained: stored facts and conclusions in, rows of `explanations` out."""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

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
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

MIDDAY = timedelta(hours=12)
LOOK_BACK = work.LOOK_BACK


class Judge:
    """Deadlines by calendar and policy, then what the outages explain."""

    def __init__(self, calendar: Calendar, policy: Policy) -> None:
        self._calendar = calendar
        self._policy = policy

    def office(
        self,
        connection: sa.Connection,
        code: str,
        start: datetime,
        end: datetime,
        *,
        now: datetime,
        settled_until: int,
    ) -> list[dict[str, Any]]:
        """One row for each entry of this office that arose in [start, end), late or not."""
        province = province_of(connection, code)
        conclusions = load_conclusions(connection, [code], start, min(now, end + LOOK_BACK))
        closures = closures_between(connection, start, now)
        rows = [row for row in entries_of(connection, code, start, end) if not row.cancelled]
        judged = {
            row.id: self._policy.judge(
                row, self._calendar, now, province=province, closures=closures
            )
            for row in rows
        }
        found = explain(
            [_times(row, judged[row.id]) for row in rows],
            replace(conclusions, settled_until=settled_until),
            self._calendar.work_clock(province, code),
        )
        by_entry = {x.entry: x for x in found}
        guesses = self._guesses(rows, judged, now, province, code)
        return [
            {
                **_values(row, judged[row.id], by_entry.get(row.id), now),
                "rests_on_estimate": _rests_on(guesses, row, judged[row.id], now),
            }
            for row in rows
        ]

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


def _rests_on(guesses: Sequence[date], row: StoredEntry, judged: Judged, now: datetime) -> bool:
    """Whether an estimated day lies between the event and what was judged: the deadline, or the lateness."""
    until = local_date(judged.due)
    if judged.late:
        until = max(until, local_date(row.recorded_to_at or now))
    at = bisect_left(guesses, local_date(row.event_at))
    return at < len(guesses) and guesses[at] <= until


def _times(row: StoredEntry, judged: Judged) -> EntryTimes:
    """The entry as the explanation wants it.

    A posting known only as an interval counts from its lower end; one known only by its day counts at
    the middle of that day, since its lower end would be no tardiness at all.
    """
    posted = row.recorded_from_at
    if posted is not None and row.recorded_precision is Precision.DAY:
        posted = local_midnight(local_date(posted)) + MIDDAY
    return EntryTimes(
        id=row.id,
        office=row.office_code,
        transacted=int(row.event_at.timestamp()),
        due=int(judged.due.timestamp()),
        posted=None if posted is None else int(posted.timestamp()),
        posted_to=None if row.recorded_to_at is None else int(row.recorded_to_at.timestamp()),
    )


def _values(
    row: StoredEntry,
    judged: Judged,
    found: Explanation | None,
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
        "rule_version": DEFAULT_VERDICT_RULES.version,
        "computed_at": now,
    }
