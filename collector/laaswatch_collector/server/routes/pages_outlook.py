"""Beyond the record, for one office: a second line, the backlog, safe moments. Figures, never promises."""

from dataclasses import dataclass

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.outlook.sentence import (
    say_backlog,
    say_cost,
    say_safe,
    say_second_line,
)
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_bounds,
    month_of,
    must_find,
    office_resource,
)
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.outlook import (
    backlog_of,
    costs_by_isp,
    safe_moment_of,
    second_line_of,
)
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.render import page, words_of


@dataclass(frozen=True, slots=True)
class _Read:
    office: OfficeRow
    month: str
    months: list[str]
    safe: str
    backlog: str
    second: str
    costs: list[str]


async def outlook(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/outlook`."""
    context, asked = request.app[CONTEXT], month_asked(request)
    code, now, t = request.match_info["code"], context.now(), words_of(request)

    def look(connection: sa.Connection) -> _Read:
        office = must_find(connection, code)
        clock = clock_of(context, office)
        months = months_of(connection, one_office(code, office.province))
        month = asked or max(months, default=month_of(now))
        start, end = month_bounds(month)
        backlog = backlog_of(connection, code, clock, now)
        costs = costs_by_isp(connection, [month], office.province)
        return _Read(
            office,
            month,
            sorted({*months, month})[-12:],
            t.say(say_safe(safe_moment_of(connection, code, clock, now))),
            t.say(say_backlog(backlog.forecast, backlog.overtaken)),
            t.say(say_second_line(second_line_of(connection, code, clock, start, end, now))),
            [t.say(say_cost(x, x.isp)) for x in costs],
        )

    read = await context.database.read_async(look)
    return page(request, "outlook.html", read=read, office=read.office)


ROUTES = (
    Route("GET", "/offices/{code}/outlook", outlook, Action.READ_CONNECTIVITY, office_resource),
)
