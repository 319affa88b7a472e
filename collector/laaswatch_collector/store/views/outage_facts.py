"""What the sheet for an internet provider states: one outage, what was measured around it, who else has it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.documents.facts import LayerCount, Measured, Neighbour, OutageSheet
from laaswatch_collector.store.facts import load_offices
from laaswatch_collector.store.schema import offices, rollups, state_runs
from laaswatch_collector.store.views.document_facts import Asked, office_of, outage_of
from laaswatch_collector.store.views.offices import OfficeRow, find_office
from laaswatch_collector.store.views.outages import OutageRow, outages_by_id
from laaswatch_collector.store.witness import revision_numbers
from laaswatch_collector.timeline.facts import COLUMNS, Office
from laaswatch_collector.timeline.rollups import SLOT, Rollup, Totals, from_bytes, roll_up
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
MOST_LIVE, MOST_LIVE_DAYS = 12, 2
"""Offices and days whose reports are summed up for a sheet while the collector has not done so yet."""
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
    step, measuring, measured, layers = _measured(connection, measured_of, row, start, end)
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
        measuring=measuring,
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
) -> tuple[int, int, tuple[Measured, ...], tuple[LayerCount, ...]]:
    """Minutes of a step, offices that measured, the steps, and the layers inside and around the outage."""
    minutes = (end - start).total_seconds() / 60
    step = next((x for x in STEPS if minutes / x <= MOST_STEPS), STEPS[-1])
    seconds = step * 60
    low, high = int(start.timestamp()), int(end.timestamp())
    first, last = int(row.start_at.timestamp()), int((row.end_at or end).timestamp())
    found: dict[int, Totals] = {}
    inside, outside = Totals(), Totals()
    measuring = set[str]()
    for office, rollup in _rollups(connection, codes, start, end):
        for slot in sorted(set(rollup.slots[:, 0].tolist())):
            at = slot * SLOT
            if not low <= at < high:
                continue
            measuring.add(office)
            found.setdefault(at // seconds * seconds, Totals()).add(rollup, at, at + SLOT)
            (inside if first <= at < last else outside).add(rollup, at, at + SLOT)
    measured = tuple(_step(at, found[at]) for at in sorted(found))
    layers = tuple(
        LayerCount(x, outside.failed[x], outside.worked[x], inside.failed[x], inside.worked[x])
        for x in LAYERS
        if x in COLUMNS
    )
    return step, len(measuring), measured, layers if measured else ()


def _rollups(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> Iterator[tuple[str, Rollup]]:
    """The sums of these offices by day; of days that have none yet, those of their reports, of a few offices."""
    x = rollups.c
    query = (
        sa.select(x.office_code, x.day, x.body)
        .where(x.office_code.in_(codes), x.day >= local_date(start), x.day <= local_date(end))
        .order_by(x.day, x.office_code)
    )
    summed = set[date]()
    for row in connection.execute(query):
        summed.add(row.day)
        yield row.office_code, from_bytes(row.body)
    days = [
        local_date(start) + timedelta(days=n)
        for n in range((local_date(end) - local_date(start)).days + 1)
    ]
    few = [Office(code, "", "") for code in codes[:MOST_LIVE]]
    for day in [day for day in days if day not in summed][-MOST_LIVE_DAYS:]:
        begin = max(start, local_midnight(day))
        until = min(end, local_midnight(day + timedelta(days=1)))
        if begin < until:
            yield from roll_up(load_offices(connection, few, begin, until).agents).items()


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
