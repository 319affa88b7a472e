"""Conclusions kept: a day's states and outages, replaced as a whole, with what changed written down."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, State
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.kept_outages import outage_of, provinces_of, save_outages
from laaswatch_collector.store.office_days import Hashes, hashes_of, in_parts, save_hashes
from laaswatch_collector.store.schema import office_days, outages, state_runs
from laaswatch_collector.timeline.conclusions import (
    SCOPES,
    Conclusions,
    MinuteState,
)

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
    saved = save_outages(connection, day, conclusions, now)
    judged = {x for x in rows if x not in before or before[x].judged != found[x].judged}
    save_hashes(connection, day, {x: found[x] for x in {*changed, *judged}})
    touched = saved.offices | judged | frozenset(gone)
    return DaySaved(saved.new, saved.revised, saved.gone, touched)


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
        outage_of(row)
        for row in connection.execute(
            sa.select(outages)
            .where(outages.c.start_at < end)
            .where(sa.or_(outages.c.end_at.is_(None), outages.c.end_at > start))
            .where(outages.c.province.in_({"", *provinces_of(connection, office_codes).values()}))
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


def _position(words: Sequence[str], word: str) -> int:
    return words.index(word)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
