"""Agents as people look after them: who they are, what became of them, what they lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.agents import AGENTS_AND_PROVINCES, Agent, AgentState, agent_of
from laaswatch_collector.store.schema import agents, gaps, offices
from laaswatch_collector.store.views.scoping import seen_by

NEEDS_A_LOOK = (AgentState.PENDING, AgentState.FORKED)
"""States that wait for a person."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One agent, the name of its office, and how many rounds it counted as lost (evicted or spoiled)."""

    agent: Agent
    office_th: str
    office_en: str
    lost: int


def of_office(connection: sa.Connection, office_code: str) -> list[Enrolled]:
    """The PCs of one office, those that wait for a person first."""
    return _enrolled(connection, agents.c.office_code == office_code)


class Which(StrEnum):
    """PCs to list. Words: `agents.show_…`."""

    WAITING = "waiting"  # for a decision, or their old secret turned up
    SILENT = "silent"  # active, and not heard for a day
    OLD = "old"  # active, with another version than the collector's
    ALL = "all"


SILENT_AFTER = timedelta(days=1)


def chosen(
    connection: sa.Connection,
    within: Resource,
    which: Which,
    version: str,
    now: datetime,
    first: int,
    most: int,
) -> list[Enrolled]:
    """`most` of these PCs from the one at `first` on: waiting ones first, then by office."""
    wanted = _wanted(which, version, now)
    return _enrolled(connection, wanted, seen_by(within), first=first, most=most)


def counted(
    connection: sa.Connection, within: Resource, version: str, now: datetime
) -> dict[Which, int]:
    """How many PCs each list has."""
    query = (
        sa.select(*(sa.func.sum(sa.case((_wanted(x, version, now), 1), else_=0)) for x in Which))
        .join_from(agents, offices, offices.c.code == agents.c.office_code)
        .where(seen_by(within), agents.c.role != "control")
    )
    return {x: int(n or 0) for x, n in zip(Which, connection.execute(query).one(), strict=True)}


def _wanted(which: Which, version: str, now: datetime) -> sa.ColumnElement[bool]:
    active = agents.c.state == str(AgentState.ACTIVE)
    return {
        Which.WAITING: sa.or_(
            agents.c.state.in_([str(x) for x in NEEDS_A_LOOK]),
            agents.c.old_token_seen_at.is_not(None),
        ),
        Which.SILENT: sa.and_(
            active,
            sa.or_(
                agents.c.last_contact_at.is_(None), agents.c.last_contact_at < now - SILENT_AFTER
            ),
        ),
        Which.OLD: sa.and_(active, agents.c.version != version),
        Which.ALL: sa.true(),
    }[which]


def counted_by_state(connection: sa.Connection, within: Resource) -> dict[AgentState, int]:
    """How many PCs are in each state."""
    rows = connection.execute(
        sa.select(agents.c.state, sa.func.count())
        .join(offices, offices.c.code == agents.c.office_code)
        .where(seen_by(within), agents.c.role != "control")
        .group_by(agents.c.state)
    )
    found = {AgentState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in AgentState}


def _enrolled(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool], first: int = 0, most: int = 500
) -> list[Enrolled]:
    lost = (
        sa.select(sa.func.coalesce(sa.func.sum(gaps.c.rounds), 0))
        .where(gaps.c.agent_id == agents.c.id)
        .scalar_subquery()
    )
    waits = sa.case((agents.c.state.in_([str(x) for x in NEEDS_A_LOOK]), 0), else_=1)
    query = (
        AGENTS_AND_PROVINCES.add_columns(offices.c.name_th, offices.c.name_en, lost.label("lost"))
        .where(agents.c.role != "control", *conditions)
        .order_by(waits, agents.c.office_code, agents.c.label, agents.c.created_at, agents.c.id)
        .offset(first)
        .limit(most)
    )
    return [
        Enrolled(agent_of(row), row.name_th or row.name_en, row.name_en or row.name_th, row.lost)
        for row in connection.execute(query)
    ]
