"""The secrets of agents, kept as SHA-256 only, and renewed every 30 days through the acknowledgement.

    in use ──30 days──▶ a new one is handed out ──its first use──▶ the new one is in use, the old one is dead

Both are good until the new one is used, so an answer lost on the way costs nothing: the next answer
carries another. There is no expiry by the clock, since a PC may sleep for months. A dead one that turns
up again is written down: the disk of that PC was copied, or put back from a backup.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa

from laaswatch_collector.store.agents import AGENTS_AND_PROVINCES, Agent, agent_of
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import agents

RENEWED_AFTER = timedelta(days=30)
TOLD_EVERY = timedelta(days=1)
"""How often the use of a dead secret is written down for one agent."""


class Slot(Enum):
    """Which of an agent's secrets was shown."""

    IN_USE = auto()
    NEXT = auto()
    OLD = auto()


def agent_by_token(connection: sa.Connection, token_sha256: bytes) -> tuple[Agent, Slot] | None:
    """The agent that has, was given or had the secret of this SHA-256, whatever its state."""
    row = connection.execute(_BY_TOKEN, {"key": token_sha256}).one_or_none()
    if row is None:
        return None
    if row.token_sha256 == token_sha256:
        return agent_of(row), Slot.IN_USE
    return agent_of(row), Slot.NEXT if row.next_token_sha256 == token_sha256 else Slot.OLD


def renew(connection: sa.Connection, agent_id: str) -> str:
    """A new secret for this agent, in the clear: told once, good from its first use."""
    token = secrets.token_hex(32)
    connection.execute(
        agents.update().where(agents.c.id == agent_id).values(next_token_sha256=_hash(token))
    )
    return token


def promote(connection: sa.Connection, agent_id: str, token_sha256: bytes, now: datetime) -> None:
    """The new secret has been used: from now on it is the one. A second call changes nothing."""
    connection.execute(
        agents.update()
        .where(agents.c.id == agent_id, agents.c.next_token_sha256 == token_sha256)
        .values(
            token_sha256=token_sha256,
            old_token_sha256=agents.c.token_sha256,
            next_token_sha256=None,
            token_at=now,
        )
    )


def old_token_used(connection: sa.Connection, agent: Agent, now: datetime) -> None:
    """Write down, once a day, that somebody came with a dead secret of this agent."""
    if agent.old_token_seen is not None and now - agent.old_token_seen < TOLD_EVERY:
        return
    connection.execute(agents.update().where(agents.c.id == agent.id).values(old_token_seen_at=now))
    record(connection, now, agent.id, "send_reports", agent.id, "old_token")


# Asked with every report. Three look-ups by index: an OR over three columns would read the whole table.
_KEY = sa.bindparam("key", type_=sa.LargeBinary)
_BY_TOKEN = AGENTS_AND_PROVINCES.where(
    agents.c.id.in_(
        sa.union_all(
            sa.select(agents.c.id).where(agents.c.token_sha256 == _KEY),
            sa.select(agents.c.id).where(agents.c.next_token_sha256 == _KEY),
            sa.select(agents.c.id).where(agents.c.old_token_sha256 == _KEY),
        )
    )
)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
