"""The switch that spares the site, kept in the store so that every collector on it obeys at once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.config import SiteChecks
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.schema import agents

_KEY = "site_checks"


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """An agent that may probe; `heard` is its last contact, or its enrolment."""

    id: str
    office: str
    role: str
    heard: datetime


def known_agents(connection: sa.Connection) -> list[KnownAgent]:
    """Every agent that is not turned away, in the order of enrolment."""
    rows = connection.execute(
        sa.select(
            agents.c.id,
            agents.c.office_code,
            agents.c.role,
            sa.func.coalesce(
                agents.c.last_contact_at, agents.c.created_at, type_=agents.c.created_at.type
            ).label("heard"),
        )
        .where(agents.c.state.in_(("active", "pending", "forked")))
        .order_by(agents.c.created_at, agents.c.id)
    )
    return [KnownAgent(row.id, row.office_code, row.role, row.heard) for row in rows]


def site_checks(connection: sa.Connection) -> SiteChecks:
    """How far agents may go towards the site by the switch; all the way if it was never touched."""
    value = read_note(connection, _KEY)
    return SiteChecks(value) if value in set(SiteChecks) else SiteChecks.FULL


def switch_site_checks(
    connection: sa.Connection, checks: SiteChecks, *, who: str, now: datetime
) -> None:
    """Turn the switch, and write down who did."""
    write_note(connection, _KEY, str(checks))
    record(connection, now, who, "site_checks", "", str(checks))
