"""Late entries of an office and a month against its outages: picture, table, CSV, print."""

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

import sqlalchemy as sa
from aiohttp import web
from markupsafe import Markup

from laaswatch_collector.access.policy import Action
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.explanation.remarks import (
    before_remark,
    changed_remark,
    flag_remark,
    health_remark,
)
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_bounds,
    month_days,
    month_of,
    must_find,
    office_resource,
    page_asked,
    working_days,
)
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.store.views.desks import desk_times, health_of
from laaswatch_collector.store.views.explanations import (
    LateEntry,
    books_of,
    late_entries,
    months_of,
    verdicts_of,
)
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.outages import OutageRow, StateRun, outages_between, runs_of
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.charts import Axis, Line, Stretch, axis_chart, sample
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

ROWS_A_PAGE = 20
"""Rows on the screen; the printed view has `ROWS_PRINTED`."""
ROWS_PRINTED = 400
DAYS_AFTER = 10
"""Working days that the axis may go on after the month's end; later postings point beyond the edge."""
VERDICTS = ("explained", "partly", "undetermined", "not_explained", "no_evidence", "pending")


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    office: OfficeRow
    clock: WorkClock
    month: str
    months: list[str]
    verdicts: dict[str, int]
    entries: int
    rows: list[LateEntry]
    outages: list[OutageRow]
    runs: list[StateRun]
    days: list[date]
    health: Health


async def explanations(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/explanations?month=YYYY-MM&page=N&print=1`."""
    context = request.app[CONTEXT]
    printed = request.query.get("print") == "1"
    number = page_asked(request)
    most = ROWS_PRINTED if printed else ROWS_A_PAGE
    code, asked, now = request.match_info["code"], month_asked(request), context.now()
    read = await context.database.read_async(
        lambda c: _look(c, context, code, asked, (number - 1) * most, most)
    )
    t = words_of(request)
    late = sum(read.verdicts.values())
    return page(
        request,
        "explanations.html",
        read=read,
        office=read.office,
        late=late,
        verdicts=[(v, read.verdicts[v]) for v in VERDICTS if v in read.verdicts],
        chart=_chart(t, read, now),
        samples={k: sample(k) for k in ("event", "due", "posted", "open")},
        lanes={k: sample(k) for k in ("site", "isp", "office", "unknown")},
        reasons=[t.say(reason(x.explanation)) for x in read.rows],
        remarks=[_remarks(t, x) for x in read.rows],
        health=t.say(health_remark(read.health)),
        posted=[posted(t, x) for x in read.rows],
        printed=printed,
        page_number=number,
        page_count=max(1, ceil(late / most)),
    )


async def as_csv(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/explanations.csv?month=…`: every row, with a mark that tells Excel it is UTF-8."""
    context = request.app[CONTEXT]
    code, asked = request.match_info["code"], month_asked(request)
    read = await context.database.read_async(lambda c: _look(c, context, code, asked, 0, None))
    t = words_of(request)
    # A large office's month has thousands of rows: they are written where nobody waits for them.
    body = await asyncio.to_thread(_csv, t, read.rows)
    response = web.Response(
        body=body, content_type="text/csv", charset="utf-8", zlib_executor_size=_MUCH
    )
    name = "".join(c for c in code if c.isascii() and (c.isalnum() or c in "-_"))
    response.headers["Content-Disposition"] = (
        f'attachment; filename="late-entries-{name}-{read.month}.csv"'
    )
    response.enable_compression()
    return response


CSV_COLUMNS = (
    "doc_no",
    "line",
    "book",
    "event_at",
    "due_at",
    "posted_from",
    "posted_to",
    "posted_precision",
    "verdict",
    "verdict_text",
    "reason",
    "explained_fraction",
    "shift_fraction",
    "tardiness_minutes",
    "window_minutes",
    "usable_minutes",
    "down_minutes",
    "unknown_minutes",
    "scope",
    "fault",
    "grade",
    "outages",
)


_MUCH = 64 * 1024
"""Bytes from which a body is compressed in a thread."""


def _csv(t: Words, rows: Iterable[LateEntry]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows([guard(x) for x in _csv_row(t, row)] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def guard(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay."""
    if isinstance(value, str) and value.lstrip()[:1] in {
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
    }:
        return f"'{value}"
    if isinstance(value, str) and value[:1] in {"\t", "\r", "\n"}:
        return f"'{value}"
    return value


def _csv_row(t: Words, row: LateEntry) -> Iterable[object]:
    x = row.explanation
    return (
        row.doc_no,
        row.line,
        row.book,
        _iso(row.event_at),
        _iso(row.due_at),
        _iso(row.recorded_from_at),
        _iso(row.recorded_to_at),
        row.recorded_precision,
        str(x.verdict),
        t.word("verdict", str(x.verdict)),
        t.say(reason(x)),
        round(x.explained_fraction, 3),
        round(x.shift_fraction, 3),
        x.tardiness,
        x.window_minutes,
        x.usable_minutes,
        x.down_minutes,
        x.unknown_minutes,
        str(x.scope),
        x.fault,
        str(x.grade),
        " ".join(x.outages),
    )


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(BANGKOK).isoformat(timespec="minutes")


def _remarks(t: Words, row: LateEntry) -> list[str]:
    """What stands beside the verdict: what speaks against its outages, and what was said before."""
    found = [flag_remark(x["flag"], x["count"], x["first"]) for x in row.flags]
    if changed := changed_remark(len(row.changed)):
        found.append(changed)
    found += [before_remark(x.verdict, x.until, x.reason) for x in row.before[:1]]
    return [t.say(x) for x in found]


def posted(t: Words, row: LateEntry) -> str:
    """When the entry was posted, no more exactly than it is known."""
    first, last = row.recorded_from_at, row.recorded_to_at
    if first is None and last is None:
        return t("explanations.not_posted")
    if row.recorded_precision == "interval" and first and last and first != last:
        return t("explanations.posted_between", a=t.day(first), b=t.day(last))
    return _at(t, last or first, row.recorded_precision)


def _at(t: Words, at: datetime | None, precision: str) -> str:
    if at is None:
        return ""
    return t.day(at) if precision == "day" else f"{t.day(at)} {t.time(at)}"


def _look(
    connection: sa.Connection,
    context: Context,
    code: str,
    asked: str | None,
    first: int,
    most: int | None,
) -> _Read:
    now = context.now()
    office = must_find(connection, code)
    clock = clock_of(context, office)
    months = months_of(connection, one_office(office.code, office.province))
    month = asked or max(months, default=month_of(now))
    rows = late_entries(connection, code, month, first=first, most=most)
    days = _axis_days(clock, month, rows)
    start, end = (
        (local_midnight(days[0]), local_midnight(days[-1]) + timedelta(days=1))
        if days
        else month_bounds(month)
    )
    end = min(end, max(now, start))
    return _Read(
        office=office,
        clock=clock,
        month=month,
        months=sorted({*months, month})[-12:],
        verdicts=verdicts_of(connection, code, month),
        entries=sum(x.entries for x in books_of(connection, code, month)),
        rows=rows,
        outages=outages_between(connection, start, end, [code]),
        runs=runs_of(connection, code, start, end),
        days=days,
        health=_health(connection, code, month, now, clock) if most is not None else _UNASKED,
    )


_UNASKED = Health(0, 0, None, None)


def _health(
    connection: sa.Connection, code: str, month: str, now: datetime, clock: WorkClock
) -> Health:
    """How well the office could be foretold in this month."""
    start, end = month_bounds(month)
    return health_of(desk_times(connection, code, start, max(start, min(end, now)), clock))


def _axis_days(clock: WorkClock, month: str, rows: Sequence[LateEntry]) -> list[date]:
    """Working days from the first event to the last posting shown, bounded after the month's end."""
    if not rows:
        return []
    first, after = month_days(month)
    last = max((local_date(x.recorded_to_at) for x in rows if x.recorded_to_at), default=first)
    last = max(last, *(local_date(x.due_at) for x in rows))
    start = min(local_date(x.event_at) for x in rows)
    days = working_days(clock, start, max(last, start) + timedelta(days=1))
    beyond = [day for day in days if day >= after]
    return [day for day in days if day < after] + beyond[:DAYS_AFTER]


def _chart(t: Words, read: _Read, now: datetime) -> Markup | None:
    if not read.days:
        return None
    axis = Axis(read.days)
    bands = [
        Stretch(
            x.start_at,
            x.end_at or now,
            x.scope,
            inferred=x.grade == "inferred",
            title=f"{t.word('scope', x.scope)}: {t.span(x.start_at, x.end_at)}",
        )
        for x in read.outages
    ]
    bands += [
        Stretch(a, b, "unknown") for a, b in unmeasured(read.runs, read.days, read.clock, now)
    ]
    lines = [_line(t, x) for x in read.rows]
    several = read.days[0].month != read.days[-1].month
    names = [
        f"{day.day}/{day.month}"
        if several and (n == 0 or day.month != read.days[n - 1].month)
        else str(day.day)
        for n, day in enumerate(read.days)
    ]
    return axis_chart(axis, bands, lines, t("explanations.chart"), names)


def _line(t: Words, x: LateEntry) -> Line:
    verdict = str(x.explanation.verdict)
    return Line(
        event=x.event_at,
        due=x.due_at,
        posted=x.recorded_to_at or x.recorded_from_at,
        verdict=verdict,
        title=f"{x.number}: {t.word('verdict', verdict)}",
    )


def unmeasured(
    runs: Sequence[StateRun], days: Sequence[date], clock: WorkClock, now: datetime
) -> list[tuple[datetime, datetime]]:
    """The stretches of working time in which the office was not observed."""
    known = [(x.from_at, x.to_at) for x in runs if x.state != "unknown"]
    found: list[tuple[datetime, datetime]] = []
    for day in days:
        start = local_midnight(day)
        for a, b in _working_periods(clock, start):
            if a >= now:
                continue
            at = a
            for low, high in known:
                if low >= b or high <= at:
                    continue
                if low > at:
                    found.append((at, low))
                at = max(at, high)
            if at < min(b, now):
                found.append((at, min(b, now)))
    return found


def _working_periods(clock: WorkClock, midnight: datetime) -> Iterable[tuple[datetime, datetime]]:
    for low, high in clock.periods(local_date(midnight)):
        yield midnight + timedelta(minutes=low), midnight + timedelta(minutes=high)


ROUTES = (
    Route("GET", "/offices/{code}/explanations", explanations, Action.READ_LEDGER, office_resource),
    Route("GET", "/offices/{code}/explanations.csv", as_csv, Action.READ_LEDGER, office_resource),
)
