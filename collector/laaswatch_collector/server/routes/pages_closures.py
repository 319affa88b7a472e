"""Declared closures of the accounting site: the register, and forms for those who may write into it.

A province's officer writes for the own province, an administrator for the country or any province.
"""

import re
from datetime import datetime

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Principal, Resource, Role, authorize
from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.routes.pages_shared import own_part, policy_of, within
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.closures import (
    ClosureRow,
    declare_closure,
    end_closure,
    find_closure,
    list_closures,
)
from laaswatch_collector.web.render import page
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import BANGKOK

MOST = 100
MOST_SOURCE = 300


async def closures(request: web.Request) -> web.StreamResponse:
    """`/closures`: what was declared in the reader's part of the country, and the form to declare."""
    return await _page(request, wrong="")


async def declare(request: web.Request) -> web.StreamResponse:
    """`POST /closures`: write a closure down; a mistake shows the page again and says which."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    province = principal.province if principal.role is Role.PROVINCE else form.get("province", "")
    if province not in {"", *PROVINCES} or not _may(principal, province):
        raise Refused("not_found")
    try:
        start = _needed(form.get("from", ""))
        found = Closure(
            start, _moment(form.get("to", "")), _moment(form.get("catch_up", "")), province
        )
        now = context.now()
        await context.database.write_async(
            lambda c: declare_closure(
                c, found, source=_source(form), declared_by=principal.name, now=now
            )
        )
    except ValueError:
        return await _page(request, wrong="closures.wrong")
    return web.Response(status=303, headers={"Location": "/closures"})


async def end(request: web.Request) -> web.StreamResponse:
    """`POST /closures/{number}/end`: the site is open again."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    number = int(request.match_info["number"])
    row = await context.database.read_async(lambda c: find_closure(c, number))
    if row is None or not _may(principal, row.closure.province):
        raise Refused("not_found")
    try:
        at = _needed(form.get("to", ""))
        catch_up = _moment(form.get("catch_up", ""))
        now = context.now()

        def write(connection: sa.Connection) -> None:
            end_closure(
                connection,
                number,
                at,
                source=_source(form),
                ended_by=principal.name,
                now=now,
                catch_up=catch_up,
            )

        await context.database.write_async(write)
    except ValueError:
        return await _page(request, wrong="closures.wrong")
    return web.Response(status=303, headers={"Location": "/closures"})


async def _page(request: web.Request, *, wrong: str) -> web.StreamResponse:
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    part = within(principal)
    found = await context.database.read_async(lambda c: list_closures(c, part))
    policy = policy_of(context)

    def may_end(row: ClosureRow) -> bool:
        return _may(principal, row.closure.province)

    return page(
        request,
        "closures.html",
        closures=found[:MOST],
        more=max(0, len(found) - MOST),
        provinces=PROVINCES,
        may_declare=_may(principal, part.province),
        may_end=may_end,
        bound=principal.province if principal.role is Role.PROVINCE else "",
        wrong=wrong,
        least=policy.closure_least,
        per_day=policy.closure_days,
    )


def _may(principal: Principal, province: str) -> bool:
    return authorize(principal, Action.DECLARE_CLOSURE, Resource(province=province))


def _source(form: dict[str, str]) -> str:
    """The letter with its number; at least one digit, Arabic or Thai. Raises ValueError."""
    text = " ".join(form.get("source", "").split())
    if not 0 < len(text) <= MOST_SOURCE or not re.search(r"\d", text):
        raise ValueError("source")
    return text


def _moment(text: str) -> datetime | None:
    """A local time as a browser's form gives it; None if left empty. Raises ValueError."""
    if not text.strip():
        return None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", text.strip(), re.ASCII):
        raise ValueError("moment")
    at = datetime.fromisoformat(text.strip()).replace(tzinfo=BANGKOK)
    if not 2015 <= at.year <= 2100:
        raise ValueError("write years in CE")
    return at


def _needed(text: str) -> datetime:
    at = _moment(text)
    if at is None:
        raise ValueError("a time is missing")
    return at


ROUTES = (
    Route("GET", "/closures", closures, Action.READ_OVERVIEW, own_part),
    Route("POST", "/closures", declare, Action.DECLARE_CLOSURE, own_part),
    Route("POST", r"/closures/{number:[0-9]{1,9}}/end", end, Action.DECLARE_CLOSURE, own_part),
)
