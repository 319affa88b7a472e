"""What the sheet for an internet provider states: one outage, what was measured around it, who else has it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.documents.facts import LayerCount, Measured, Neighbour, OutageSheet
from laaswatch_collector.store.schema import offices, rollups, state_runs
from laaswatch_collector.store.views.document_facts import Asked, office_of, outage_of
from laaswatch_collector.store.views.offices import OfficeRow, find_office
from laaswatch_collector.store.views.outages import OutageRow, outages_by_id
from laaswatch_collector.store.witness import revision_numbers
from laaswatch_collector.timeline.facts import COLUMNS
from laaswatch_collector.timeline.rollups import SLOT, Totals, from_bytes
from laaswatch_collector.worktime.thai import local_date, local_midnight

AROUND = timedelta(hours=3)
"""What is shown before and after an outage."""
LONGEST = timedelta(days=7)
"""Of a longer outage the sheet shows the beginning."""
MOST_STEPS = 160
"""Bars that a chart can hold: longer outages have longer steps."""
STEPS = (5, 10, 15, 30, 60, 120)
"""Minutes."""
LAYERS = ("gateway", "reference", "dns", "tcp", "http")
LOSS_OF = "reference"
"""Loss is told of the tries to reach the internet at all, not of those to reach the site."""
MOST_NEIGHBOURS = 150


def outage_sheet(
    connection: sa.Connection, outage: str, asked: Asked, *, office: str = "", province: str = ""
) -> OutageSheet | None:
    """The sheet of an outage as one office (`office`) or a province sees it; None if it is not theirs.

    An office's sheet speaks of that office and names no other; a province's has all of its offices.
    """
    row = outages_by_id(connection, [outage]).get(outage)
    if row is None:
        return None
    hit = _those_hit(connection, row, province, office)
    if not hit:
        return None
    subject = find_office(connection, hit[0]) if office or len(row.seen) == 1 else None
    of_province = subject.province if subject is not None else province
    isp = _isp(connection, row, hit)
    start, end = _span(row, asked.now)
    clock = asked.calendar.work_clock(of_province, subject.code if subject else "")
    measured_of = [subject.code] if subject is not None else hit
    step, measured, layers = _measured(connection, measured_of, row, start, end)
    neighbours = _neighbours(connection, isp, of_province, row, asked.now)
    revision = revision_numbers(connection, [outage]).get(outage, 0)
    return OutageSheet(
        outage=outage_of(row, revision, clock, row.start_at, row.end_at or _over(asked.now)),
        province=of_province,
        isp=isp,
        office=None if subject is None else office_of(subject),
        hit=sum(x.code in row.seen for x in neighbours),
        not_hit=sum(x.code not in row.seen and x.up + x.slow > 0 for x in neighbours),
        unseen=sum(x.code not in row.seen and x.up + x.slow + x.down == 0 for x in neighbours),
        neighbours=() if office else tuple(neighbours[:MOST_NEIGHBOURS]),
        step_minutes=step,
        measured=measured,
        layers=layers,
    )


def _over(now: datetime) -> datetime:
    """The end of the last day that is over."""
    return local_midnight(local_date(now))


def _those_hit(connection: sa.Connection, row: OutageRow, province: str, office: str) -> list[str]:
    """The codes of its offices that belong to the asker, in order."""
    if office:
        return [office] if office in row.seen else []
    query = sa.select(offices.c.code).where(offices.c.province == province)
    own = set(connection.execute(query).scalars())
    return sorted(own & set(row.seen))


def _isp(connection: sa.Connection, row: OutageRow, hit: Sequence[str]) -> str:
    """The outage's own provider, else the one that all of these offices have, else ""."""
    if row.scope in ("isp", "isp_province"):
        return row.key.split("/")[0]
    query = sa.select(offices.c.isp).where(offices.c.code.in_(hit)).distinct()
    found = list(connection.execute(query).scalars())
    return found[0] if len(found) == 1 else ""


def _span(row: OutageRow, now: datetime) -> tuple[datetime, datetime]:
    end = min(row.end_at or now, row.start_at + LONGEST)
    return row.start_at - AROUND, min(end + AROUND, now)


def _measured(
    connection: sa.Connection,
    codes: Sequence[str],
    row: OutageRow,
    start: datetime,
    end: datetime,
) -> tuple[int, tuple[Measured, ...], tuple[LayerCount, ...]]:
    minutes = (end - start).total_seconds() / 60
    step = next((x for x in STEPS if minutes / x <= MOST_STEPS), STEPS[-1])
    seconds = step * 60
    low, high = int(start.timestamp()), int(end.timestamp())
    first, last = int(row.start_at.timestamp()), int((row.end_at or end).timestamp())
    found: dict[int, Totals] = {}
    inside, outside = Totals(), Totals()
    for body in _bodies(connection, codes, start, end):
        rollup = from_bytes(body)
        for slot in sorted(set(rollup.slots[:, 0].tolist())):
            at = slot * SLOT
            if not low <= at < high:
                continue
            found.setdefault(at // seconds * seconds, Totals()).add(rollup, at, at + SLOT)
            (inside if first <= at < last else outside).add(rollup, at, at + SLOT)
    measured = tuple(_step(at, found[at]) for at in sorted(found))
    layers = tuple(
        LayerCount(x, outside.failed[x], outside.worked[x], inside.failed[x], inside.worked[x])
        for x in LAYERS
        if x in COLUMNS
    )
    return step, measured, layers if measured else ()


def _bodies(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> list[bytes]:
    query = (
        sa.select(rollups.c.body)
        .where(rollups.c.office_code.in_(codes))
        .where(rollups.c.day >= local_date(start), rollups.c.day <= local_date(end))
        .order_by(rollups.c.day, rollups.c.office_code)
    )
    return list(connection.execute(query).scalars())


def _step(at: int, totals: Totals) -> Measured:
    loss, middle, high = totals.loss(LOSS_OF), *(totals.delay("connect", q) for q in (0.5, 0.95))
    return Measured(
        start=at,
        rounds=totals.rounds,
        loss=None if loss is None else int(1000 * loss),
        delay=None if middle is None else round(middle),
        delay_high=None if high is None else round(high),
    )


def _neighbours(
    connection: sa.Connection, isp: str, province: str, row: OutageRow, now: datetime
) -> list[Neighbour]:
    """The offices of the province with this provider, those hit first: minutes of the outage by state."""
    if not isp or not province:
        return []
    start, end = row.start_at, min(row.end_at or now, row.start_at + LONGEST)
    named = {x.code: x for x in _with_provider(connection, isp, province)}
    minutes: dict[str, dict[str, int]] = {code: {} for code in named}
    x = state_runs.c
    query = sa.select(x.office_code, x.from_at, x.to_at, x.state).where(
        x.office_code.in_(sorted(named)), x.from_at < end, x.to_at > start
    )
    for run in connection.execute(query):
        overlap = min(run.to_at, end) - max(run.from_at, start)
        of_office = minutes[run.office_code]
        of_office[run.state] = of_office.get(run.state, 0) + int(overlap.total_seconds())
    total = int((end - start).total_seconds())
    found = [_neighbour(named[code], seconds, total) for code, seconds in minutes.items()]
    return sorted(found, key=lambda n: (n.code not in row.seen, -n.down, n.code))


def _with_provider(connection: sa.Connection, isp: str, province: str) -> list[OfficeRow]:
    codes = connection.execute(
        sa.select(offices.c.code).where(offices.c.isp == isp, offices.c.province == province)
    ).scalars()
    return [x for code in codes if (x := find_office(connection, code)) is not None]


def _neighbour(office: OfficeRow, seconds: dict[str, int], total: int) -> Neighbour:
    down, up, slow = (seconds.get(x, 0) // 60 for x in ("down", "up", "degraded"))
    return Neighbour(
        code=office.code,
        name_th=office.name_th,
        name_en=office.name_en,
        down=down,
        up=up,
        slow=slow,
        unknown=max(0, total // 60 - down - up - slow),
    )
