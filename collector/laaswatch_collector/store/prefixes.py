"""From which networks agents report, kept a day at a time, and the providers that this tells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from laaswatch_collector.localization.isp_of import Inferred, Minutes, Network, infer
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import agent_prefixes, agents, isp_prefixes, offices

WEEK = 7
Seen = tuple[str, date, str]
"""Agent, local day, prefix."""


def add_minutes(connection: sa.Connection, seen: Mapping[Seen, int]) -> None:
    """Count these minutes in addition to what is kept."""
    rows = [
        {"agent_id": agent, "day": day, "prefix": prefix, "minutes": minutes}
        for (agent, day, prefix), minutes in sorted(seen.items())
    ]
    if not rows:
        return
    statement = insert_into(agent_prefixes, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["agent_id", "day", "prefix"],
            set_={"minutes": agent_prefixes.c.minutes + statement.excluded.minutes},
        ),
        rows,
    )


def replace_networks(connection: sa.Connection, networks: Sequence[Network]) -> bool:
    """Put the operator's list in the place of the one before; whether it is another."""
    if set(networks) == set(_networks(connection)):
        return False
    connection.execute(isp_prefixes.delete())
    if networks:
        rows = [{"prefix": x.prefix, "isp": x.isp, "source": x.source} for x in networks]
        connection.execute(isp_prefixes.insert(), rows)
    return True


def isps_on(connection: sa.Connection, day: date) -> dict[str, Inferred]:
    """The provider of every office on a local day: the same whenever it is asked, once the day is over."""
    registry = connection.execute(sa.select(offices.c.code, offices.c.isp))
    first = day - timedelta(days=WEEK - 1)
    return infer(
        _minutes(connection, day, day),
        _minutes(connection, first, day),
        {row.code: row.isp for row in registry},
        _networks(connection),
    )


def remove_before(connection: sa.Connection, day: date) -> int:
    """Delete what was kept of days before this one; how many rows that was."""
    return connection.execute(agent_prefixes.delete().where(agent_prefixes.c.day < day)).rowcount


def _networks(connection: sa.Connection) -> list[Network]:
    rows = connection.execute(sa.select(isp_prefixes).order_by(isp_prefixes.c.prefix))
    return [Network(row.prefix, row.isp, row.source) for row in rows]


def _minutes(connection: sa.Connection, first: date, last: date) -> Minutes:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    x = agent_prefixes.c
    for code, prefix, minutes in connection.execute(
        sa.select(agents.c.office_code, x.prefix, sa.func.sum(x.minutes))
        .join(agents, agents.c.id == x.agent_id)
        .where(x.day >= first, x.day <= last, agents.c.role != "control")
        .group_by(agents.c.office_code, x.prefix)
    ):
        found[code][prefix] = int(minutes)
    return found
