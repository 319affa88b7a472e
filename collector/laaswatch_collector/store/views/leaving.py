"""How usual it is that offices leave, as the stored states of past days tell it."""

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from laaswatch_collector.localization.leaving import LeaveRates, learn
from laaswatch_collector.store.schema import offices, state_runs


def leave_rates(
    connection: sa.Connection, days: Sequence[date], isps: Mapping[str, str]
) -> LeaveRates:
    """Learned from those of these local days that have states at all; a nation's ten take some seconds.

    `isps`: the providers of offices, where they may be others than the registry's.
    """
    x = state_runs.c
    present = [
        day
        for day in days
        if connection.execute(sa.select(x.day).where(x.day == day).limit(1)).scalar() is not None
    ]
    if not present:
        return LeaveRates()
    known = connection.execute(
        sa.select(offices.c.code, offices.c.isp, offices.c.province).where(
            offices.c.code.in_(sa.select(x.office_code).where(x.day == present[0]))
        )
    )
    start, end = (sa.type_coerce(c, sa.BigInteger) for c in (x.from_at, x.to_at))
    unknown = connection.execute(
        sa.select(x.office_code, start, end).where(x.day.in_(present), x.state == "unknown")
    )
    stretches = ((code, a // 1000, b // 1000) for code, a, b in unknown)
    cells = {x.code: (isps.get(x.code, x.isp), x.province) for x in known}
    return learn(cells, stretches, len(present))
