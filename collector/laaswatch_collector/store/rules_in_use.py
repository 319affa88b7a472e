"""The calendar, policy and rules that conclusions rest on: noticed when they change, and what that touches.

Kept as one note. A change marks the offices it reaches to be judged again and writes a line into the audit.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.schema import entries, explanations, offices
from laaswatch_collector.store.work import mark_to_judge
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.changes import Change, InUse, changes, in_use
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import local_date

NOTE = "rules_in_use"
MOST_LINES = 60
"""Lines of the audit for one change of the files; a new year's calendar has about thirty days."""


def take_up(
    connection: sa.Connection,
    calendar: Calendar,
    policy: Policy,
    version: str,
    now: datetime,
    who: str = "collector",
) -> tuple[Change, ...]:
    """Notice what differs from what was used last, mark what it touches, and write it down.

    Nothing was noted before: where something has been judged already, all of it is judged again.
    """
    after = in_use(calendar, policy.digest, policy.office_cut_off, version)
    kept = read_note(connection, NOTE)
    found: tuple[Change, ...]
    if kept is None:
        judged = connection.execute(sa.select(explanations.c.entry_id).limit(1)).first()
        found = (Change("", None, None, "rules", "", version),) if judged else ()
    else:
        before: InUse = json.loads(kept)
        found = changes(before, after)
    if kept is None or found:
        write_note(connection, NOTE, json.dumps(after, sort_keys=True))
    _mark(connection, found)
    for change in found[:MOST_LINES]:
        _write_down(connection, now, who, change)
    if len(found) > MOST_LINES:
        record(connection, now, who, "rules_changed", "more", count=len(found) - MOST_LINES)
    return found


def offices_in(scope: str) -> sa.ColumnElement[bool]:
    """Entries of the offices that a calendar's scope reaches."""
    level, _, name = scope.partition(":")
    if not level:
        return sa.true()
    if level == "office":
        return entries.c.office_code == name
    provinces = (
        [name] if level == "province" else [p.code for p in PROVINCES.values() if p.region == name]
    )
    inside = sa.select(offices.c.code).where(offices.c.province.in_(provinces))
    return entries.c.office_code.in_(inside)


def _mark(connection: sa.Connection, found: Iterable[Change]) -> None:
    """One mark for each scope and stretch of days that touch one another."""
    by_scope: dict[str, list[tuple[date, date]]] = defaultdict(list)
    whole: tuple[date, date] | None = None
    for change in found:
        if change.first is None or change.last is None:
            whole = whole or _all_days(connection)
            if whole is not None:
                by_scope[change.scope].append(whole)
        else:
            by_scope[change.scope].append((change.first, change.last))
    for scope, spans in sorted(by_scope.items()):
        for first, last in _joined(spans):
            mark_to_judge(connection, first, last, offices_in(scope))


def _joined(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if found and (first - found[-1][1]).days <= 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _all_days(connection: sa.Connection) -> tuple[date, date] | None:
    event = entries.c.event_at
    first, last = connection.execute(sa.select(sa.func.min(event), sa.func.max(event))).one()
    return None if first is None else (local_date(first), local_date(last))


def _write_down(connection: sa.Connection, now: datetime, who: str, change: Change) -> None:
    record(
        connection,
        now,
        who,
        "rules_changed",
        change.scope or "nation",
        what=change.what,
        first=change.first.isoformat() if change.first else None,
        last=change.last.isoformat() if change.last else None,
        before=change.before,
        after=change.after,
    )
