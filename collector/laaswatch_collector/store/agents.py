"""Agents: who they are, what state they are in, when they were last heard.

    pending → active → (suspended | forked | revoked); a person can bring any of them back to active

What a pending agent sends is kept but concludes nothing. A forked one keeps its past, but nothing more is
taken from it until a person has looked. Suspended and revoked ones are turned away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.office_days import mark_office_days
from laaswatch_collector.store.schema import agents, offices, reports, sealed_days
from laaswatch_collector.worktime.thai import BANGKOK

CONTROL_OFFICE = "control"
"""The office of our own well-connected probes: no local authority, never listed as one (`kind`)."""


class AgentState(StrEnum):
    """What the collector thinks of an agent."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FORKED = "forked"
    REVOKED = "revoked"


TURNED_AWAY = frozenset((AgentState.SUSPENDED, AgentState.REVOKED))


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as the server needs it; its secret stays behind."""

    id: str
    office: str
    province: str
    role: str
    state: AgentState
    label: str
    version: str
    system: str
    created: datetime
    last_contact: datetime | None
    token_at: datetime
    old_token_seen: datetime | None
    nonce: str
    """The enrolment's nonce, hexadecimal: what the six words are made of."""


def agent_by_id(connection: sa.Connection, agent_id: str) -> Agent | None:
    """The agent of this id, whatever its state."""
    return _one(connection, _BY_ID, agent_id)


def list_agents(connection: sa.Connection, office: str | None = None) -> list[Agent]:
    """All agents, or those of one office, by office and age."""
    query = AGENTS_AND_PROVINCES.order_by(agents.c.office_code, agents.c.created_at, agents.c.id)
    if office is not None:
        query = query.where(agents.c.office_code == office)
    return [agent_of(row) for row in connection.execute(query)]


def set_state(
    connection: sa.Connection, agent_id: str, state: AgentState, *, who: str, now: datetime
) -> bool:
    """Change an agent's state, and write down who did; False if there is no such agent."""
    changed = connection.execute(
        agents.update().where(agents.c.id == agent_id).values(state=str(state))
    )
    if changed.rowcount:
        record(connection, now, who, "agent_state", agent_id, state=str(state))
        office = connection.execute(_OFFICE, {"agent": agent_id}).scalar_one()
        heard = _days_heard(connection, agent_id)
        mark_office_days(connection, ((day, office) for day in heard), now)
    return bool(changed.rowcount)


def _days_heard(connection: sa.Connection, agent_id: str) -> set[date]:
    """The local days that speak of this agent: they conclude something else once it counts, or no more."""
    spans = [
        connection.execute(
            sa.select(sa.func.min(table.c.first_at), sa.func.max(table.c.last_at)).where(
                table.c.agent_id == agent_id
            )
        ).one()
        for table in (reports, sealed_days)
    ]
    first = min((x for x, _ in spans if x is not None), default=None)
    last = max((x for _, x in spans if x is not None), default=None)
    if first is None or last is None:
        return set()
    start, end = first.astimezone(BANGKOK).date(), last.astimezone(BANGKOK).date()
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the intake must know of an agent before it takes anything of it."""

    state: AgentState
    token_sha256: bytes
    office: str


def lock_agents(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Standing]:
    """These agents as they stand now, kept from changing until the transaction ends."""
    rows = connection.execute(_LOCK, {"ids": sorted(ids)})
    return {
        row.id: Standing(AgentState(row.state), bytes(row.token_sha256), row.office_code)
        for row in rows
    }


class Heard(NamedTuple):
    """An agent was heard at `at`, running this version ("" = not said)."""

    agent: str
    at: datetime
    version: str


def touch_all(connection: sa.Connection, heard: Iterable[Heard]) -> None:
    """Note when agents were heard last; never turned back."""
    rows = [{"agent": x.agent, "now": x.at, "said": x.version} for x in heard]
    if rows:
        connection.execute(_HEARD, rows)


def ensure_control_office(connection: sa.Connection) -> None:
    """Make the office of the control agents if it is not there yet; two collectors may start at once."""
    connection.execute(
        insert_into(offices, connection.dialect.name).on_conflict_do_nothing(),
        {
            "code": CONTROL_OFFICE,
            "name_th": "จุดตรวจสอบกลาง",
            "name_en": "Control probe",
            "kind": "control",
            "source": "control",
        },
    )


AGENTS_AND_PROVINCES = sa.select(agents, offices.c.province).join(
    offices, offices.c.code == agents.c.office_code
)
# Asked for with every report: building a statement costs more than running it.
_BY_ID = AGENTS_AND_PROVINCES.where(agents.c.id == sa.bindparam("key"))
_LOCK = (
    sa.select(agents.c.id, agents.c.state, agents.c.token_sha256, agents.c.office_code)
    .where(agents.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(agents.c.id)  # always in this order, so that no two wait for each other
    .with_for_update()
)
_OFFICE = sa.select(agents.c.office_code).where(agents.c.id == sa.bindparam("agent"))
_HEARD = (
    agents.update()
    .where(agents.c.id == sa.bindparam("agent"))
    .where(
        sa.or_(agents.c.last_contact_at.is_(None), agents.c.last_contact_at <= sa.bindparam("now"))
    )
    .values(
        last_contact_at=sa.bindparam("now"),
        version=sa.func.coalesce(sa.func.nullif(sa.bindparam("said"), ""), agents.c.version),
    )
)


def _one(
    connection: sa.Connection, query: sa.Select[tuple[object, ...]], key: str | bytes
) -> Agent | None:
    row = connection.execute(query, {"key": key}).one_or_none()
    return None if row is None else agent_of(row)


def agent_of(row: sa.Row[tuple[object, ...]]) -> Agent:
    return Agent(
        id=row.id,
        office=row.office_code,
        province=row.province,
        role=row.role,
        state=AgentState(row.state),
        label=row.label,
        version=row.version,
        system=row.system,
        created=row.created_at,
        last_contact=row.last_contact_at,
        token_at=row.token_at,
        old_token_seen=row.old_token_seen_at,
        nonce=row.enrol_nonce.hex(),
    )
