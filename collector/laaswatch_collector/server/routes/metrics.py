"""`GET /metrics`, for a scraper with a token."""

import asyncio
from weakref import WeakKeyDictionary

from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.metrics import Exposition
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.store.database import Database

_expositions: WeakKeyDictionary[Database, Exposition] = WeakKeyDictionary()


async def metrics(request: web.Request) -> web.Response:
    """The text that Prometheus reads; made in a thread, so that nobody waits for it."""
    context = request.app[CONTEXT]
    exposition = _expositions.get(context.database)
    if exposition is None:
        exposition = _expositions[context.database] = Exposition(context.database, context.now)
    body, content_type = await asyncio.to_thread(exposition.text, request.headers.get("Accept", ""))
    response = web.Response(body=body, headers={"Content-Type": content_type})
    response.enable_compression()
    return response


ROUTES = (Route("GET", "/metrics", metrics, Action.READ_METRICS),)
