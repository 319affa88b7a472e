"""`GET /health`: is this collector able to read its store? For load balancers and service managers."""

import msgspec
import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.routing import CONTEXT, Route


async def health(request: web.Request) -> web.Response:
    """200 if the store answers; a store that does not answers 503 through the one error shape."""
    await request.app[CONTEXT].database.read_async(lambda c: c.execute(sa.select(1)).scalar_one())
    return web.Response(body=msgspec.json.encode({"ok": True}), content_type="application/json")


ROUTES = (Route("GET", "/health", health, Action.READ_HEALTH),)
