"""What is held of each life of a spool, read and written with every delivery (table `chains`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.evidence.held import Held
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import chains
from laaswatch_collector.timeline.boots import Boots

Key = tuple[str, str]
"""(agent, incarnation)."""


@dataclass(slots=True)
class Chain:
    """The numbers and hashes held of one incarnation, and the boots that its deliveries came from."""

    held: Held = field(default_factory=Held)
    boots: Boots = field(default_factory=Boots)
    ended: datetime | None = None
    """When another life took this one's place (`store.restored`)."""


def load_chains(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, Chain]:
    """The chains of these keys; an empty one for what was never heard of.

    Two transactions must not do this for one agent at a time: lock the agent's row first.
    """
    wanted = set(keys)
    found = {key: Chain() for key in wanted}
    for row in connection.execute(_OF_AGENTS, {"ids": sorted({agent for agent, _ in wanted})}):
        key = (row.agent_id, row.incarnation)
        if key in wanted:
            found[key] = Chain(Held.from_text(row.held), Boots.from_text(row.boots), row.ended_at)
    return found


def save_chains(connection: sa.Connection, changed: dict[Key, Chain]) -> None:
    """Keep these chains as they are now."""
    if not changed:
        return
    statement = insert_into(chains, connection.dialect.name)
    statement = statement.on_conflict_do_update(
        index_elements=["agent_id", "incarnation"],
        set_={name: statement.excluded[name] for name in ("held", "boots", "ended_at")},
    )
    rows = [
        {
            "agent_id": agent,
            "incarnation": incarnation,
            "held": chain.held.to_text(),
            "boots": chain.boots.to_text(),
            "ended_at": chain.ended,
        }
        for (agent, incarnation), chain in sorted(changed.items())
    ]
    connection.execute(statement, rows)


_OF_AGENTS = sa.select(chains).where(chains.c.agent_id.in_(sa.bindparam("ids", expanding=True)))
