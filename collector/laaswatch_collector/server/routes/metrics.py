"""`GET /metrics` and `GET /metrics/offices`, for a scraper with a token."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from weakref import WeakKeyDictionary

from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.metrics.exposition import Body, Exposition
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.pages_shared import calendar_of
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.store.database import Database
from laaswatch_collector.worktime.provinces import PROVINCES

_expositions: WeakKeyDictionary[Database, Exposition] = WeakKeyDictionary()


async def metrics(request: web.Request) -> web.Response:
    """The nation's text; made in a thread, so that nobody waits for it."""
    exposition, accept, gzipped = _asked(request)
    return await _answer(lambda: exposition.of_nation(accept, gzipped=gzipped))


async def offices(request: web.Request) -> web.Response:
    """The offices of `?province=`, or all of them."""
    exposition, accept, gzipped = _asked(request)
    province = _province(request)
    return await _answer(lambda: exposition.of_offices(province, accept, gzipped=gzipped))


async def of_province(request: web.Request) -> Resource:
    """The province that is asked for."""
    return Resource(province=_province(request))


def _province(request: web.Request) -> str:
    province = request.query.get("province", "")
    if province and province not in PROVINCES:
        raise Refused("not_found")
    return province


def _asked(request: web.Request) -> tuple[Exposition, str, bool]:
    context = request.app[CONTEXT]
    exposition = _expositions.get(context.database)
    if exposition is None:
        exposition = Exposition(context.database, context.now, _is_working(context))
        _expositions[context.database] = exposition
    gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
    return exposition, request.headers.get("Accept", ""), gzipped


def _is_working(context: Context) -> Callable[[str, datetime], bool]:
    return lambda province, at: (
        calendar_of(context).work_clock(province).is_working(int(at.timestamp()))
    )


async def _answer(make: Callable[[], Body]) -> web.Response:
    body = await asyncio.to_thread(make)
    headers = {"Content-Type": body.content_type, "Vary": "Accept, Accept-Encoding"}
    if body.gzipped:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body.data, headers=headers)


ROUTES = (
    Route("GET", "/metrics", metrics, Action.READ_METRICS),
    Route("GET", "/metrics/offices", offices, Action.READ_METRICS, resource=of_province),
)
