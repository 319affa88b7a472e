"""What is stored beside an office's outages: their revisions, when PCs were in contact, when a chain was broken."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_collector.store.schema import agents, chains, outages, reports

MOST = 100
"""Contacts looked at in one stretch: one is enough to contradict, some show that it was no chance."""

_PART = 500


def contacts_between(
    connection: sa.Connection, office: str, stretches: Sequence[tuple[int, int]]
) -> NDArray[np.int64]:
    """When reports of the office's PCs arrived in these stretches (seconds), ascending, by our own clock.

    Only reports made in the same stretch: these are the bulk, and the index leads to them. Reports that are packed by now are not looked into: their arrival is kept inside the pack.
    """
    found: set[int] = set()
    mine = sa.select(agents.c.id).where(agents.c.office_code == office)
    for start, end in stretches:
        query = (
            sa.select(sa.type_coerce(reports.c.received_at, sa.BigInteger))
            .where(reports.c.agent_id.in_(mine))
            .where(reports.c.last_at >= datetime.fromtimestamp(start, UTC))
            .where(reports.c.last_at < datetime.fromtimestamp(end, UTC))
            .where(reports.c.received_at >= datetime.fromtimestamp(start, UTC))
            .where(reports.c.received_at < datetime.fromtimestamp(end, UTC))
            .limit(MOST)
        )
        found |= {at // 1000 for at in connection.execute(query).scalars()}
    return np.array(sorted(found), np.int64)


def broken_chains(connection: sa.Connection, office: str) -> NDArray[np.int64]:
    """When a PC of the office went back to an older life, or a copy of one was seen (seconds), ascending."""
    of_office = agents.c.office_code == office
    ended = (
        sa.select(sa.type_coerce(chains.c.ended_at, sa.BigInteger))
        .join(agents, agents.c.id == chains.c.agent_id)
        .where(of_office, chains.c.ended_at.is_not(None))
    )
    copied = sa.select(sa.type_coerce(agents.c.old_token_seen_at, sa.BigInteger)).where(
        of_office, agents.c.old_token_seen_at.is_not(None)
    )
    found = [at for query in (ended, copied) for at in connection.execute(query).scalars()]
    return np.array(sorted(at // 1000 for at in found), np.int64)


def revision_numbers(connection: sa.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Outage → its revision now; outages that are withdrawn by now are left out."""
    wanted, found = sorted(ids), dict[str, int]()
    for first in range(0, len(wanted), _PART):
        query = sa.select(outages.c.id, outages.c.revision).where(
            outages.c.id.in_(wanted[first : first + _PART])
        )
        found |= {row.id: row.revision for row in connection.execute(query)}
    return found
