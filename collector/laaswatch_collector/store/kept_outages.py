"""Outages kept: with stable ids, and a line for each revision that says what an outage was before."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.store.revisions import (
    before_withdrawal,
    newest_revisions,
    overlap,
    plain,
    successor,
    what_came,
    write_revision,
)
from laaswatch_collector.store.schema import offices, outages
from laaswatch_collector.timeline.conclusions import Conclusions, Grade, Outage, Scope
from laaswatch_collector.timeline.history import FIELDS


@dataclass(frozen=True, slots=True)
class OutagesSaved:
    """How many changed. `offices`: those whose entries they may explain."""

    new: int
    revised: int
    gone: int
    offices: frozenset[str]


def save_outages(
    connection: sa.Connection, day: date, conclusions: Conclusions, now: datetime
) -> OutagesSaved:
    """Hold the outages of a local day against those stored, and write down what is another now.

    One that overlaps an older one of the same scope and key keeps its id and gets the next revision, with a
    line saying what it was before.
    """
    old = {
        row.id: row for row in connection.execute(sa.select(outages).where(outages.c.day == day))
    }
    left: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in old.values():
        left[row.scope, row.key].append(row)
    provinces = provinces_of(connection, conclusions.offices)
    standing: list[dict[str, Any]] = []
    came: list[tuple[dict[str, Any], Any]] = []  # what stands now, and what it goes on with or None
    for outage in conclusions.outages:
        values = _values(outage, day, conclusions.rule_version)
        values["province"] = _common(provinces.get(code, "") for code in outage.offices)
        candidates = left[values["scope"], values["key"]]
        before = _predecessor(candidates, outage)
        if before is not None:
            candidates.remove(before)
            values["id"] = before.id
        elif values["id"] in old:  # its id went on with another piece of a split outage
            values["id"] = f"{values['id']}-{outage.start}"
        standing.append(values)
        came.append((values, before))
    withdrawn = [row for rows in left.values() for row in rows]
    into = {gone.id: successor(gone, standing) for gone in withdrawn}
    merged: dict[str, list[str]] = defaultdict(list)
    for gone, whole in into.items():
        merged[whole].append(gone)
    known = newest_revisions(connection, [v["id"] for v, before in came if before is None])
    new = revised = 0
    touched: set[str] = set()
    for values, before in came:
        if before is None:
            _add(connection, values, [*old.values()], known.get(values["id"], 0), now)
            new += 1
            touched |= _judged_by(values["scope"], values["office_codes"])
        elif _renew(connection, values, before, sorted(merged[before.id]), now):
            revised += 1
            touched |= _judged_by(values["scope"], values["office_codes"], before.office_codes)
    for gone in withdrawn:
        connection.execute(outages.delete().where(outages.c.id == gone.id))
        change = before_withdrawal(gone) | ({"into": into[gone.id]} if into[gone.id] else {})
        write_revision(connection, gone.id, gone.revision + 1, now, change)
        touched |= _judged_by(gone.scope, gone.office_codes)
    return OutagesSaved(new, revised, len(withdrawn), frozenset(touched))


def _judged_by(scope: str, *office_codes: str) -> set[str]:
    """Whose entries an outage may explain: nobody's, if only one of an office's PCs had it."""
    if scope == Scope.PC:
        return set()
    return {code for codes in office_codes for code in json.loads(codes)}


def _add(
    connection: sa.Connection,
    values: dict[str, Any],
    old: Sequence[Any],
    known: int,
    now: datetime,
) -> None:
    """An outage that goes on with none; `known`: the number of its newest revision from a former life."""
    whole = [
        row.id
        for row in old
        if (row.scope, row.key) == (values["scope"], values["key"]) and overlap(row, values)
    ]
    change = {"found_again": True} if known else {"split_from": whole[0]} if whole else {}
    connection.execute(outages.insert().values(**values, revision=known + 1, computed_at=now))
    if change:
        write_revision(connection, values["id"], known + 1, now, change)


def _renew(
    connection: sa.Connection,
    values: dict[str, Any],
    before: Any,  # noqa: ANN401 - a database row
    merged: list[str],
    now: datetime,
) -> bool:
    """An outage that goes on with a stored one. Whether anything changed that people see."""
    if before.end_at is not None and all(getattr(before, k) == v for k, v in values.items()):
        return False  # of a day's outages few change from one look to the next
    changed = {
        name: plain(getattr(before, name))
        for name in FIELDS
        if getattr(before, name) != values[name]
    }
    if merged:
        changed["merged"] = merged
    connection.execute(
        outages.update()
        .where(outages.c.id == before.id)
        .values(**values, revision=before.revision + bool(changed), computed_at=now)
    )
    if changed.keys() - {"settled"}:
        codes = {*json.loads(before.office_codes), *json.loads(values["office_codes"])}
        span = (
            min(before.start_at, values["start_at"]),
            max(before.end_at or now, values["end_at"] or now),
        )
        changed |= what_came(connection, codes, span, before.computed_at)
    if changed:
        write_revision(connection, before.id, before.revision + 1, now, changed)
    return bool(changed)


def provinces_of(connection: sa.Connection, codes: Sequence[str]) -> dict[str, str]:
    """Office code → province."""
    query = sa.select(offices.c.code, offices.c.province)
    if len(codes) == 1:
        query = query.where(offices.c.code == codes[0])
    return {row.code: row.province for row in connection.execute(query)}


def _common(provinces: Iterable[str]) -> str:
    """The one province of all, or ""."""
    found = set(provinces)
    return found.pop() if len(found) == 1 else ""


def _predecessor(candidates: Sequence[Any], outage: Outage) -> Any:  # noqa: ANN401 - a database row
    """Of the older outages of the same scope and key, the one that this one goes on with, or None."""
    start, end = _at(outage.start), _at(outage.end)
    overlaps = [
        row
        for row in candidates
        if row.start_at <= end and (row.end_at is None or row.end_at >= start)
    ]
    return min(overlaps, key=lambda row: abs(row.start_at - start), default=None)


def _values(outage: Outage, day: date, rule_version: str) -> dict[str, Any]:
    return {
        "id": outage.id,
        "day": day,
        "scope": str(outage.scope),
        "key": outage.key,
        "fault": str(outage.fault),
        "layer": str(outage.evidence.get("layer", "")),
        "start_at": _at(outage.start),
        "end_at": None if outage.ongoing else _at(outage.end),
        "settled": outage.settled,
        "offices": len(outage.offices),
        "observed": outage.observed,
        "inferred_minutes": outage.inferred_minutes,
        "grade": str(outage.grade),
        "office_codes": json.dumps(list(outage.offices)),
        "evidence": json.dumps(outage.evidence, sort_keys=True),
        "rule_version": rule_version,
    }


def outage_of(row: Any) -> Outage:  # noqa: ANN401 - a database row
    return Outage(
        id=row.id,
        scope=Scope(row.scope),
        key=row.key,
        fault=Fault(row.fault),
        start=int(row.start_at.timestamp()),
        end=int((row.end_at or row.computed_at).timestamp()),
        offices=tuple(json.loads(row.office_codes)),
        observed=row.observed,
        inferred_minutes=row.inferred_minutes,
        grade=Grade(row.grade),
        settled=row.settled,
        ongoing=row.end_at is None,
        evidence=json.loads(row.evidence),
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
