"""The site day by day, as our own well-connected probes saw it; and whose line each office has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.facts import load_control
from laaswatch_collector.store.schema import offices
from laaswatch_collector.store.views.offices import office_codes
from laaswatch_collector.store.views.scoping import seen_by
from laaswatch_collector.timeline.facts import ControlSpan
from laaswatch_collector.worktime.thai import BANGKOK

DAY_FROM, DAY_TO = time(8), time(17)
"""The part of a day that the picture shows."""


@dataclass(frozen=True, slots=True)
class SiteDay:
    """A day from 08:00 to 17:00: stretches (from, to, up|down), and minutes in each; what is left nobody saw."""

    day: date
    stretches: tuple[tuple[datetime, datetime, str], ...]
    worked: int
    failed: int
    unseen: int


def site_days(connection: sa.Connection, days: list[date], now: datetime) -> list[SiteDay]:
    """These days, as far as they have come."""
    if not days:
        return []
    start = datetime.combine(days[0], DAY_FROM, BANGKOK)
    spans = load_control(connection, start, now)
    return [site_day(day, spans, now) for day in days]


def site_day(day: date, spans: Iterable[ControlSpan], now: datetime) -> SiteDay:
    """What these spans of our probes say of a day, as far as it has come."""
    low = datetime.combine(day, DAY_FROM, BANGKOK)
    high = min(datetime.combine(day, DAY_TO, BANGKOK), now)
    merged: list[tuple[datetime, datetime, str]] = []
    # Of several probes the one that got through shows that the site worked.
    for span in sorted(spans, key=lambda x: (x.start, not x.ok)):
        a = max(low, datetime.fromtimestamp(span.start, BANGKOK))
        b = min(high, datetime.fromtimestamp(span.end, BANGKOK))
        kind = "up" if span.ok else "down"
        if merged:
            a = max(a, merged[-1][1])
        if a >= b:
            continue
        if merged and merged[-1][2] == kind and a - merged[-1][1] < timedelta(minutes=3):
            merged[-1] = (merged[-1][0], b, kind)
        else:
            merged.append((a, b, kind))
    seconds = {"up": 0.0, "down": 0.0}
    for a, b, kind in merged:
        seconds[kind] += (b - a).total_seconds()
    worked, failed = (round(seconds[x] / 60) for x in ("up", "down"))
    whole = max(0, round((high - low).total_seconds() / 60))
    return SiteDay(day, tuple(merged), worked, failed, max(0, whole - worked - failed))


def lines_of(connection: sa.Connection, within: Resource) -> dict[str, tuple[str, str]]:
    """Office → (province, provider by the registry), of the offices inside `within`."""
    codes = office_codes(connection, within)
    query = sa.select(offices.c.code, offices.c.province, offices.c.isp).where(seen_by(within))
    return {x.code: (x.province, x.isp) for x in connection.execute(query) if x.code in codes}
