"""Reports in the order in which they were stored, for those who follow them by a cursor."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from laaswatch_collector.store.facts import COUNTED_STATES
from laaswatch_collector.store.schema import agents, reports

OTHERS_FINISH = timedelta(seconds=30)
"""With several collectors numbers are given before they are committed: a lower one may still come up.

No transaction of a collector stays open for so long.
"""


class NewReport(NamedTuple):
    """One report with what places its rounds in time (`timeline.placement`); milliseconds."""

    id: int
    agent: str
    office: str
    role: str
    rounds: int
    received_ms: int
    sent_ms: int
    sent_mono_ms: int
    same_boot: bool
    origin_ms: int | None
    packed: bytes


def newest_id(connection: sa.Connection) -> int:
    """The highest number of a report so far; 0 in an empty store."""
    return connection.execute(sa.select(sa.func.max(reports.c.id))).scalar_one() or 0


def new_reports(connection: sa.Connection, after: int, most: int, now: datetime) -> list[NewReport]:
    """At most `most` reports that count and were stored after the one with number `after`, in that order."""
    c = reports.c
    received = sa.type_coerce(c.received_at, sa.BigInteger)
    query = (
        sa.select(
            c.id,
            c.agent_id,
            agents.c.office_code,
            agents.c.role,
            c.rounds,
            received,
            c.sent_ms,
            c.sent_mono_ms,
            c.boot == c.sent_boot,
            c.origin_ms,
            c.packed,
        )
        .join(agents, agents.c.id == c.agent_id)
        .where(c.id > after, agents.c.state.in_(COUNTED_STATES))
        .order_by(c.id)
        .limit(most)
    )
    if connection.dialect.name == "postgresql":
        query = query.where(c.received_at < now - OTHERS_FINISH)
    return [NewReport(*row) for row in connection.execute(query)]
