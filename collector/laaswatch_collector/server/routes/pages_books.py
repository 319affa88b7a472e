"""The circular's question for a province: whose books are complete and current, office by office."""

from math import ceil
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.ledger.model import System
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_of,
    own_part,
    page_asked,
    policy_of,
    within,
)
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.views.books import OfficeBooks, many_books
from laaswatch_collector.store.views.books_json import as_json
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.offices import OfficeRow, office_codes, those_behind
from laaswatch_collector.web.render import page

OFFICES_A_PAGE = 50
"""Each office's books are looked at anew: fifty take a fraction of a second."""

Listed = list[tuple[OfficeRow, OfficeBooks]]


async def books(request: web.Request) -> web.StreamResponse:
    """`GET /books?month=YYYY-MM&page=N`: those furthest behind first."""
    context, part = request.app[CONTEXT], within(request[PRINCIPAL])
    number, asked = page_asked(request), month_asked(request)

    def look(connection: sa.Connection) -> tuple[str, list[str], Listed, int]:
        months = months_of(connection, part)
        month = asked or max(months, default=month_of(context.now()))
        every = len(office_codes(connection, part))
        return month, months, _listed(connection, context, part, month, number), every

    month, months, listed, every = await context.database.read_async(look)
    return page(
        request,
        "books.html",
        month=month,
        months=sorted({*months, month})[-12:],
        listed=listed,
        systems=list(System),
        every=every,
        page_number=number,
        page_count=max(1, ceil(every / OFFICES_A_PAGE)),
    )


async def books_json(request: web.Request) -> web.StreamResponse:
    """`GET /books.json?month=YYYY-MM&page=N`: the same for programs, a page at a time."""
    context, part = request.app[CONTEXT], within(request[PRINCIPAL])
    number, asked = page_asked(request), month_asked(request)

    def look(connection: sa.Connection) -> dict[str, Any]:
        month = asked or max(months_of(connection, part), default=month_of(context.now()))
        listed = _listed(connection, context, part, month, number)
        return {
            "month": month,
            "page": number,
            "pages": max(1, ceil(len(office_codes(connection, part)) / OFFICES_A_PAGE)),
            "offices": [as_json(found) for _, found in listed],
        }

    return web.json_response(await context.database.read_async(look))


def _listed(
    connection: sa.Connection, context: Context, part: Resource, month: str, number: int
) -> Listed:
    first = (number - 1) * OFFICES_A_PAGE
    shown = those_behind(connection, part, month, first, OFFICES_A_PAGE)
    clocks = {office.code: clock_of(context, office) for office in shown}
    found = many_books(connection, clocks, month, policy=policy_of(context), now=context.now())
    return [(office, found[office.code]) for office in shown]


ROUTES = (
    Route("GET", "/books", books, Action.READ_LEDGER, own_part),
    Route("GET", "/books.json", books_json, Action.READ_LEDGER, own_part),
)
