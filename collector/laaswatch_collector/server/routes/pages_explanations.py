"""Late entries of an office and a month against its outages: picture, table, CSV, print."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from urllib.parse import urlencode

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.explanation.remarks import (
    before_remark,
    changed_remark,
    flag_remark,
    health_remark,
)
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.server.routes.explanations_chart import axis_days, chart_of
from laaswatch_collector.server.routes.explanations_csv import csv_answer
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_bounds,
    month_of,
    must_find,
    office_resource,
    page_asked,
)
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.store.views.desks import desk_times, health_of
from laaswatch_collector.store.views.explanations import (
    ALL,
    BookCounts,
    Chosen,
    LateEntry,
    books_of,
    late_entries,
    months_of,
)
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.outages import OutageRow, StateRun, outages_between, runs_of
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.charts import sample
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import local_midnight

ROWS_A_PAGE = 20
"""Rows on the screen; the printed view has `ROWS_PRINTED`."""
ROWS_PRINTED = 400
BOOKS = tuple(str(x) for x in Book)
VERDICTS = ("explained", "partly", "undetermined", "not_explained", "no_evidence", "pending")


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    office: OfficeRow
    clock: WorkClock
    month: str
    months: list[str]
    books: list[BookCounts]
    rows: list[LateEntry]
    outages: list[OutageRow]
    runs: list[StateRun]
    days: list[date]
    health: Health

    @property
    def entries(self) -> int:
        """All entries of the month, late or not."""
        return sum(x.entries for x in self.books)

    def late(self, chosen: Chosen = ALL) -> dict[str, int]:
        """Verdict → late entries of what was chosen."""
        found: dict[str, int] = {}
        for x in self.books:
            if chosen.book in ("", x.book):
                for verdict, n in x.verdicts.items():
                    if chosen.verdict in ("", verdict):
                        found[verdict] = found.get(verdict, 0) + n
        return found


async def explanations(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/explanations?month=YYYY-MM&page=N&print=1`."""
    context = request.app[CONTEXT]
    printed = request.query.get("print") == "1"
    number = page_asked(request)
    most = ROWS_PRINTED if printed else ROWS_A_PAGE
    code, asked, now = request.match_info["code"], month_asked(request), context.now()
    chosen = _chosen(request)
    read = await context.database.read_async(
        lambda c: _look(c, context, code, asked, chosen, (number - 1) * most, most)
    )
    t = words_of(request)
    verdicts, matching = read.late(), sum(read.late(chosen).values())
    return page(
        request,
        "explanations.html",
        read=read,
        office=read.office,
        late=sum(verdicts.values()),
        verdicts=[(v, verdicts[v]) for v in VERDICTS if v in verdicts],
        chosen=chosen,
        matching=matching,
        every_book=BOOKS,
        address=lambda **changes: _address(request, changes),
        chart=chart_of(t, read.days, read.rows, read.outages, read.runs, read.clock, now),
        samples={k: sample(k) for k in ("event", "due", "posted", "open")},
        lanes={k: sample(k) for k in ("site", "isp", "office", "unknown")},
        reasons=[t.say(reason(x.explanation)) for x in read.rows],
        remarks=[_remarks(t, x) for x in read.rows],
        health=t.say(health_remark(read.health)),
        posted=[posted(t, x) for x in read.rows],
        printed=printed,
        page_number=number,
        page_count=max(1, ceil(matching / most)),
    )


async def as_csv(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/explanations.csv?month=…&verdict=…&book=…`: every row that was asked for."""
    context, code = request.app[CONTEXT], request.match_info["code"]
    asked, chosen = month_asked(request), _chosen(request)
    read = await context.database.read_async(
        lambda c: _look(c, context, code, asked, chosen, 0, None)
    )
    return await csv_answer(words_of(request), code, read.month, read.rows)


def _chosen(request: web.Request) -> Chosen:
    """`?verdict=&book=`; what is not understood chooses nothing."""
    verdict, book = request.query.get("verdict", ""), request.query.get("book", "")
    return Chosen(verdict if verdict in VERDICTS else "", book if book in BOOKS else "")


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


def _address(request: web.Request, changes: dict[str, str]) -> str:
    """This page with something else asked for; the first of its pages, unless another is."""
    query = {k: v for k, v in request.query.items() if k not in ("page", "lang")} | changes
    return f"{request.path}?{urlencode({k: v for k, v in query.items() if v})}"


def _look(
    connection: sa.Connection,
    context: Context,
    code: str,
    asked: str | None,
    chosen: Chosen,
    first: int,
    most: int | None,
) -> _Read:
    now = context.now()
    office = must_find(connection, code)
    clock = clock_of(context, office)
    months = months_of(connection, one_office(office.code, office.province))
    month = asked or max(months, default=month_of(now))
    rows = late_entries(connection, code, month, chosen, first=first, most=most)
    days = axis_days(clock, month, rows)
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
        books=books_of(connection, code, month),
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


ROUTES = (
    Route("GET", "/offices/{code}/explanations", explanations, Action.READ_LEDGER, office_resource),
    Route("GET", "/offices/{code}/explanations.csv", as_csv, Action.READ_LEDGER, office_resource),
)
