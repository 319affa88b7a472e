"""Delays and losses over any days and offices, from roll-ups. A day that is not over has none yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.schema import offices, rollups
from laaswatch_collector.store.views.scoping import seen_by
from laaswatch_collector.timeline.rollups import SLOT, Rollup, Totals, from_bytes
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes of some offices, from `start` (seconds since 1970) on; there were rounds."""

    start: int
    totals: Totals


def totals(
    connection: sa.Connection, within: Resource, start: datetime, end: datetime, isp: str = ""
) -> Totals:
    """Everything in [start, end) of the offices inside `within` (and of one ISP, if named), added up."""
    found = Totals()
    for rollup in _rollups(connection, within, start, end, isp):
        found.add(rollup, int(start.timestamp()), int(end.timestamp()))
    return found


def steps(
    connection: sa.Connection, within: Resource, start: datetime, end: datetime, isp: str = ""
) -> list[Step]:
    """The same in five minutes' steps, in their order; where nobody measured there is no step."""
    low, high = int(start.timestamp()), int(end.timestamp())
    found: dict[int, Totals] = {}
    for rollup in _rollups(connection, within, start, end, isp):
        for slot in np.unique(rollup.slots[:, 0]).tolist():
            at = slot * SLOT
            if low <= at < high:
                found.setdefault(at, Totals()).add(rollup, at, at + SLOT)
    return [Step(at, found[at]) for at in sorted(found)]


def steps_after(
    connection: sa.Connection, office: str, start: datetime, end: datetime, most: int
) -> list[Step]:
    """The first `most` steps of one office in [start, end): only as many days are read as they need."""
    days = connection.execute(
        sa.select(rollups.c.day)
        .where(rollups.c.office_code == office, rollups.c.day >= _day(start))
        .where(rollups.c.day <= _day(end))
        .order_by(rollups.c.day)
    ).scalars()
    found: list[Step] = []
    for day in days:
        midnight = local_midnight(day)
        low, high = max(start, midnight), min(end, midnight + timedelta(days=1))
        if low < high and len(found) < most:
            found += steps(connection, Resource(office=office), low, high)
    return found[:most]


def _rollups(
    connection: sa.Connection, within: Resource, start: datetime, end: datetime, isp: str
) -> Iterator[Rollup]:
    rows = connection.execute(
        sa.select(rollups.c.body)
        .join(offices, offices.c.code == rollups.c.office_code)
        .where(seen_by(within), offices.c.isp == isp if isp else sa.true())
        .where(rollups.c.day >= _day(start), rollups.c.day <= _day(end - timedelta(seconds=1)))
        .order_by(rollups.c.day, rollups.c.office_code)
    )
    for row in rows:
        yield from_bytes(row.body)


def _day(at: datetime) -> date:
    return at.astimezone(BANGKOK).date()
