"""Conclusions kept: a day's states and outages, replaced as a whole, with what changed written down."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault, State
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.office_days import Hashes, hashes_of, in_parts, save_hashes
from laaswatch_collector.store.revisions import (
    before_withdrawal,
    newest_revisions,
    overlap,
    plain,
    successor,
    what_came,
    write_revision,
)
from laaswatch_collector.store.schema import office_days, offices, outages, state_runs
from laaswatch_collector.timeline.conclusions import (
    SCOPES,
    Conclusions,
    Grade,
    MinuteState,
    Outage,
    Scope,
)
from laaswatch_collector.timeline.history import FIELDS

_STATES = {
    MinuteState.UNKNOWN: State.UNKNOWN,
    MinuteState.UP: State.UP,
    MinuteState.DEGRADED: State.DEGRADED,
    MinuteState.DOWN: State.DOWN,
}
_CODE_OF_STATE = {state: int(code) for code, state in _STATES.items()}


@dataclass(frozen=True, slots=True)
class DaySaved:
    """What saving a day changed. `offices`: those whose entries it may have changed the judgement of."""

    outages_new: int
    outages_revised: int
    outages_gone: int
    offices: frozenset[str] = frozenset()


def save_day(
    connection: sa.Connection,
    day: date,
    conclusions: Conclusions,
    now: datetime,
    *,
    over: bool = True,
) -> DaySaved:
    """Put the states and outages of one local day in the place of what was stored; only what changed is written.

    An outage that overlaps an older one of the same scope and key keeps its id and gets the next revision,
    with a line saying what it was before. `over`: the day has ended. Until then, minutes that go well are
    no reason to judge an office's entries again.
    """
    before, found = hashes_of(connection, day), _hashes(conclusions, over=over)
    rows = {name: i for i, name in enumerate(conclusions.offices)}
    changed = [x for x in rows if x not in before or before[x].runs != found[x].runs]
    gone = [x for x in before if x not in rows]  # its last agent was turned away
    _replace_runs(connection, day, conclusions, {x: rows[x] for x in changed}, gone)
    saved = _save_outages(connection, day, conclusions, now)
    judged = {x for x in rows if x not in before or before[x].judged != found[x].judged}
    save_hashes(connection, day, {x: found[x] for x in {*changed, *judged}})
    return replace(saved, offices=saved.offices | judged | frozenset(gone))


def _hashes(conclusions: Conclusions, *, over: bool) -> dict[str, Hashes]:
    """By office, of all that is stored as runs; and of what judges, which are the lost minutes until it is over."""
    c = conclusions
    columns = np.stack([c.state, c.scope, c.fault, c.inferred.view(np.uint8), c.witnesses], axis=1)
    lost = np.isin(c.state, (MinuteState.DOWN, MinuteState.DEGRADED))
    found = {}
    for i, office in enumerate(c.offices):
        runs = _hash(columns[i])
        found[office] = Hashes(runs, runs if over else _hash(columns[i] * lost[i], b"so far"))
    return found


def _hash(values: NDArray[np.uint8], person: bytes = b"") -> bytes:
    return hashlib.blake2b(
        np.ascontiguousarray(values).data, digest_size=16, person=person
    ).digest()


def _replace_runs(
    connection: sa.Connection,
    day: date,
    conclusions: Conclusions,
    changed: Mapping[str, int],
    gone: Sequence[str],
) -> None:
    for part in in_parts([*changed, *gone]):
        connection.execute(
            state_runs.delete().where(state_runs.c.day == day, state_runs.c.office_code.in_(part))
        )
    for part in in_parts(gone):
        connection.execute(
            office_days.delete().where(
                office_days.c.day == day, office_days.c.office_code.in_(part)
            )
        )
    runs = [run for row in changed.values() for run in _runs(conclusions, row)]
    kept = day if connection.dialect.name == "postgresql" else day.isoformat()
    append(connection, state_runs, _RUN_COLUMNS, [(*run, kept) for run in runs])


def load_conclusions(
    connection: sa.Connection, office_codes: Sequence[str], start: datetime, end: datetime
) -> Conclusions:
    """The stored states of these offices over [start, end) as arrays again, and the outages that hit them.

    What is not stored is unknown.
    """
    first = int(start.timestamp())
    minutes = int((end - start).total_seconds()) // 60
    shape = (len(office_codes), minutes)
    state, scope, fault, witnesses = (np.zeros(shape, np.uint8) for _ in range(4))
    inferred = np.zeros(shape, np.bool_)
    index = {code: i for i, code in enumerate(office_codes)}
    for run in connection.execute(
        sa.select(state_runs)
        .where(state_runs.c.office_code.in_(office_codes))
        .where(state_runs.c.from_at < end, state_runs.c.to_at > start)
    ):
        row = index[run.office_code]
        a = max(0, (int(run.from_at.timestamp()) - first) // 60)
        b = min(minutes, (int(run.to_at.timestamp()) - first) // 60)
        state[row, a:b] = _CODE_OF_STATE[State(run.state)]
        scope[row, a:b] = _position(SCOPES, run.scope)
        fault[row, a:b] = _position(FAULTS, run.fault)
        inferred[row, a:b] = run.inferred
        witnesses[row, a:b] = run.witnesses
    found = tuple(
        _outage(row)
        for row in connection.execute(
            sa.select(outages)
            .where(outages.c.start_at < end)
            .where(sa.or_(outages.c.end_at.is_(None), outages.c.end_at > start))
            .where(outages.c.province.in_({"", *_provinces(connection, office_codes).values()}))
            .order_by(outages.c.start_at, outages.c.id)
        )
        if any(f'"{code}"' in row.office_codes for code in office_codes)
    )
    return Conclusions(
        rule_version="",
        start=first,
        offices=tuple(office_codes),
        state=state,
        scope=scope,
        fault=fault,
        inferred=inferred,
        witnesses=witnesses,
        outages=found,
        settled_until=first + 60 * minutes,
    )


_RUN_COLUMNS = (
    "office_code",
    "from_at",
    "to_at",
    "state",
    "fault",
    "scope",
    "inferred",
    "witnesses",
    "day",
)


def _runs(conclusions: Conclusions, row: int) -> Iterable[tuple[Any, ...]]:
    """The columns of each run, times as ms since 1970; all but the day."""
    keys = (
        conclusions.state[row].astype(np.int64) << 32
        | conclusions.scope[row].astype(np.int64) << 24
        | conclusions.fault[row].astype(np.int64) << 16
        | conclusions.inferred[row].astype(np.int64) << 8
        | conclusions.witnesses[row].astype(np.int64)
    )
    edges = (np.flatnonzero(np.diff(keys)) + 1).tolist()
    for a, b in zip([0, *edges], [*edges, len(keys)], strict=True):
        yield (
            conclusions.offices[row],
            (conclusions.start + 60 * a) * 1000,
            (conclusions.start + 60 * b) * 1000,
            str(_STATES[MinuteState(int(conclusions.state[row, a]))]),
            str(FAULTS[conclusions.fault[row, a]]),
            str(SCOPES[conclusions.scope[row, a]]),
            bool(conclusions.inferred[row, a]),
            int(conclusions.witnesses[row, a]),
        )


def _save_outages(
    connection: sa.Connection, day: date, conclusions: Conclusions, now: datetime
) -> DaySaved:
    old = {
        row.id: row for row in connection.execute(sa.select(outages).where(outages.c.day == day))
    }
    left: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in old.values():
        left[row.scope, row.key].append(row)
    provinces = _provinces(connection, conclusions.offices)
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
    return DaySaved(new, revised, len(withdrawn), frozenset(touched))


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


def _provinces(connection: sa.Connection, codes: Sequence[str]) -> dict[str, str]:
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


def _outage(row: Any) -> Outage:  # noqa: ANN401 - a database row
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


def _position(words: Sequence[str], word: str) -> int:
    return words.index(word)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
