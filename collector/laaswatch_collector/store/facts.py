"""Stored facts as the pure core wants them: columns of rounds, sessions and control spans."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_collector.store.history import agents_with_past, past_reports
from laaswatch_collector.store.prefixes import isps_on
from laaswatch_collector.store.schema import agents, offices, presence_marks, reports
from laaswatch_collector.timeline.facts import (
    COLUMNS,
    HTTP,
    AgentFacts,
    ControlSpan,
    Delivered,
    Facts,
    Office,
    Session,
)
from laaswatch_collector.timeline.packed import NOT_TRIED, WORKED, unpack
from laaswatch_collector.timeline.placement import place
from laaswatch_collector.worktime.thai import local_date

COUNTED_STATES = ("active", "forked")
"""Agents whose rounds count. What a pending or revoked agent sends is kept, but concludes nothing."""


def load_facts(connection: sa.Connection, start: datetime, end: datetime) -> Facts:
    """Everything observed over [start, end). Times come out on the collector's clock."""
    rounds = _agent_rounds(connection, start, end)
    return Facts(
        offices=watched_offices(connection, local_date(end - timedelta(seconds=1))),
        agents=tuple(a for role, a in rounds if role != "control"),
        sessions=_sessions(connection, [a for role, a in rounds if role != "control"], start, end),
        control=tuple(x for role, a in rounds if role == "control" for x in _control_spans(a)),
    )


def load_offices(
    connection: sa.Connection, offices: Sequence[Office], start: datetime, end: datetime
) -> Facts:
    """What the agents of these offices observed; nothing of the controls."""
    mine = agents.c.office_code.in_([office.id for office in offices]) & (
        agents.c.role != "control"
    )
    found = [facts for _, facts in _agent_rounds(connection, start, end, mine)]
    return Facts(
        offices=tuple(offices),
        agents=tuple(found),
        sessions=_sessions(connection, found, start, end, mine),
    )


def load_control(
    connection: sa.Connection, start: datetime, end: datetime
) -> tuple[ControlSpan, ...]:
    """What our own probes saw of the site."""
    found = _agent_rounds(connection, start, end, agents.c.role == "control")
    return tuple(span for _, facts in found for span in _control_spans(facts))


def watched_offices(connection: sa.Connection, day: date) -> tuple[Office, ...]:
    """Offices that have an agent, heard from or not: silence is judged against who could have spoken.

    Their providers are those that the networks tell from which they report on the day, else the registry's.
    """
    watched = sa.select(agents.c.office_code).where(
        agents.c.role != "control", agents.c.state.in_(COUNTED_STATES)
    )
    rows = connection.execute(
        sa.select(offices.c.code, offices.c.province, offices.c.isp, offices.c.pcs)
        .where(offices.c.code.in_(watched))
        .order_by(offices.c.code)
    )
    isps = isps_on(connection, day)
    return tuple(
        Office(id=x.code, province=x.province, isp=isps[x.code].isp, pcs=x.pcs) for x in rows
    )


def _agent_rounds(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    which: sa.ColumnElement[bool] | None = None,
) -> list[tuple[str, AgentFacts]]:
    """Role and rounds of each agent; `which`: a condition on `agents`."""
    some = sa.true() if which is None else which
    rows = connection.execute(
        sa.select(
            agents.c.id,
            agents.c.office_code,
            agents.c.role,
            reports.c.incarnation,
            reports.c.seq,
            reports.c.boot,
            reports.c.sent_boot,
            reports.c.sent_ms,
            reports.c.sent_mono_ms,
            reports.c.origin_ms,
            reports.c.received_at,
            reports.c.cadence,
            reports.c.packed,
        )
        .join(agents, agents.c.id == reports.c.agent_id)
        .where(reports.c.last_at >= start, reports.c.first_at < end)
        # Nothing is received before it was made: no older month need be looked into.
        .where(reports.c.received_at >= start)
        .where(agents.c.state.in_(COUNTED_STATES), some)
        .order_by(agents.c.id, reports.c.incarnation, reports.c.seq)
    )
    low, high = int(start.timestamp()), int(end.timestamp())
    found: list[tuple[str, AgentFacts]] = []
    packed = agents_with_past(connection, start, end)

    def add(agent: str, office: str, role: str, raw: Iterable[Any]) -> None:
        if agent in packed:
            packed.remove(agent)
            past = past_reports(connection, agent, start, end)
            raw = sorted([*raw, *past], key=attrgetter("incarnation", "seq"))
        facts = _agent_facts(agent, office, raw, low, high)
        if facts is not None:
            found.append((role, facts))

    for key, group in groupby(rows, attrgetter("id", "office_code", "role")):
        add(*key, group)
    for agent in _counted(connection, packed, some) if packed else ():
        add(agent.id, agent.office_code, agent.role, ())
    return sorted(found, key=lambda x: x[1].id)


def _counted(
    connection: sa.Connection, ids: Iterable[str], which: sa.ColumnElement[bool]
) -> list[Any]:
    return [
        row
        for row in connection.execute(
            sa.select(agents.c.id, agents.c.office_code, agents.c.role).where(
                agents.c.state.in_(COUNTED_STATES), which
            )
        )
        if row.id in ids
    ]


def _agent_facts(
    agent: str, office: str, rows: Iterable[Any], low: int, high: int
) -> AgentFacts | None:
    parts: list[NDArray[np.void]] = []
    times: list[NDArray[np.int64]] = []
    delivered: list[Delivered] = []
    cadences: list[float] = []
    count = 0
    for row in rows:
        part = unpack(row.packed)
        received = round(row.received_at.timestamp() * 1000)
        seconds = (
            place(
                part["at"],
                part["mono"],
                same_boot=row.boot == row.sent_boot,
                origin_ms=row.origin_ms,
                sent_ms=row.sent_ms,
                sent_mono_ms=row.sent_mono_ms,
                received_ms=received,
            )
            // 1000
        )
        inside = (seconds >= low) & (seconds < high)
        if not inside.any():
            continue
        parts.append(part[inside])
        times.append(seconds[inside])
        cadences.append(row.cadence)
        # The clock is repaired already: sent and received say so by being equal.
        delivered.append(
            Delivered(count, count + len(parts[-1]), received // 1000, received // 1000, row.seq)
        )
        count += len(parts[-1])
    if not parts:
        return None
    # As plain bytes: numpy would compare the fields of every part.
    raw = np.concatenate([part.view(f"V{part.itemsize}") for part in parts])
    packed = raw.view(parts[0].dtype)
    return AgentFacts(
        id=agent,
        office=office,
        t=np.concatenate(times),
        layers=_columns(packed),
        rtt=packed["rtt"].astype(np.float32),
        cadence=float(np.median(cadences)),
        delivered=tuple(delivered),
        fault=packed["fault"].astype(np.uint8),
        page=packed["http_ms"].astype(np.float32),
    )


def _columns(packed: NDArray[np.void]) -> NDArray[np.uint8]:
    """The layers in the core's order; TLS counts into HTTP, since a page without it is no page."""
    columns = np.stack([packed[name] for name in COLUMNS], axis=1).astype(np.uint8)
    columns[packed["tls"] == 0, HTTP] = 0
    return columns


def _sessions(
    connection: sa.Connection,
    observed: Sequence[AgentFacts],
    start: datetime,
    end: datetime,
    which: sa.ColumnElement[bool] | None = None,
) -> tuple[Session, ...]:
    marks: dict[str, list[Any]] = {}
    some: sa.ColumnElement[bool] = sa.true()
    if which is not None:
        some = presence_marks.c.agent_id.in_(sa.select(agents.c.id).where(which))
    for row in connection.execute(
        sa.select(presence_marks)
        .where(presence_marks.c.at >= start, presence_marks.c.at < end)
        .where(some)
        .order_by(presence_marks.c.agent_id, presence_marks.c.at)
    ):
        marks.setdefault(row.agent_id, []).append(row)
    return tuple(
        session
        for agent in observed
        if len(agent.t)
        for session in _sessions_of(agent, marks.get(agent.id, []))
    )


def _sessions_of(agent: AgentFacts, marks: Sequence[Any]) -> list[Session]:
    """On-times of one PC: cut where it slept, stopped, or lost power."""
    first = int(agent.t.min())
    last = int(agent.t.max() + agent.cadence)
    found: list[Session] = []
    on: int | None = first
    for mark in marks:
        at = int(mark.at.timestamp())
        if mark.kind == PresenceKind.STARTED:
            on = at if on is None else min(on, at)
        elif mark.kind in (PresenceKind.STOPPED, PresenceKind.ASLEEP, PresenceKind.LOST_POWER):
            if on is not None and at > on:
                found.append(Session(agent.id, on, at, mark.kind != PresenceKind.LOST_POWER))
            on = None if mark.until_at is None else int(mark.until_at.timestamp())
    if on is not None and last > on:
        found.append(Session(agent.id, on, last, clean=True))
    return found


def _control_spans(agent: AgentFacts) -> list[ControlSpan]:
    """A control's rounds as spans; its own troubles (no way out at all) say nothing about the site."""
    http = agent.layers[:, HTTP]
    tells = (http != NOT_TRIED) & (
        (http == WORKED) | (agent.layers[:, COLUMNS.index("reference")] == WORKED)
    )
    order = np.argsort(agent.t[tells], kind="stable")
    t, ok = agent.t[tells][order], http[tells][order] == WORKED
    spans: list[ControlSpan] = []
    for at, good in zip(t.tolist(), ok.tolist(), strict=True):
        until = int(at + max(agent.cadence, 1))
        if spans and spans[-1].ok == good and at <= spans[-1].end + agent.cadence:
            spans[-1] = ControlSpan(spans[-1].start, until, good)
        else:
            spans.append(ControlSpan(at, until, good))
    return spans
