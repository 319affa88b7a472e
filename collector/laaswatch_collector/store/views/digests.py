"""What a digest tells beside events: offices that are not heard, and books that are not current."""

from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.store.schema import agents, latest_rounds, office_months, offices
from laaswatch_collector.timeline.conclusions import Scope


def silent_offices(connection: sa.Connection, since: datetime, usual: datetime) -> list[str]:
    """Offices none of whose PCs was heard since a moment, though one was after `usual`; the longest silent first."""
    x = latest_rounds.c
    last = sa.func.max(sa.type_coerce(x.received_at, sa.BigInteger)).label("last")
    query = (
        sa.select(agents.c.office_code, last)
        .join(agents, agents.c.id == x.agent_id)
        .where(agents.c.role == "pc", agents.c.state == "active")
        .group_by(agents.c.office_code)
        .order_by(last, agents.c.office_code)
    )
    first, oldest = since.timestamp() * 1000, usual.timestamp() * 1000
    return [code for code, at in connection.execute(query) if oldest <= at < first]


def offices_behind(connection: sa.Connection, month: str) -> list[str]:
    """Offices with entries of a month (YYYY-MM) that are past their time and not posted; most of them first."""
    x = office_months.c
    count = sa.func.sum(x.entries)
    query = (
        sa.select(x.office_code)
        .where(x.month == month, x.band == "not_posted")
        .group_by(x.office_code)
        .having(count > 0)
        .order_by(count.desc(), x.office_code)
    )
    return list(connection.execute(query).scalars())


def office_names(
    connection: sa.Connection,
) -> dict[str, tuple[str, str, str, str]]:
    """Code → Thai name, English name, province, provider, of every office."""
    x = offices.c
    query = sa.select(x.code, x.name_th, x.name_en, x.province, x.isp).where(x.kind != "control")
    return {
        code: (th, en, province, isp)
        for code, th, en, province, isp in connection.execute(query).all()
    }


WIDE = frozenset(str(x) for x in Scope if x not in (Scope.OFFICE, Scope.PC, Scope.NONE))
"""Scopes that are important: an allowance always keeps room for them."""
