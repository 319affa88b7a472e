"""The read API's routes: every endpoint behind the same questions, answered in the same way."""

import msgspec
import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.api import books, offices, outages, site
from laaswatch_collector.server.api.answering import CACHE, answer
from laaswatch_collector.server.api.asking import read_all
from laaswatch_collector.server.api.endpoint import Asked, BadParameter, Endpoint, Look, Page
from laaswatch_collector.server.api.openapi import document
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.live import read_live
from laaswatch_collector.server.reads import note_pcs
from laaswatch_collector.server.routes.pages_shared import own_part, within
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Handler, Route

ENDPOINTS = (
    *site.ENDPOINTS,
    *offices.ENDPOINTS,
    *outages.ENDPOINTS,
    *books.ENDPOINTS,
)


def _handler(endpoint: Endpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        context = request.app[CONTEXT]
        try:
            values = read_all(endpoint.parameters, request.query.items())
        except BadParameter as error:
            raise Refused("malformed", str(error)) from error
        asked = Asked(values, request.match_info, within(request[PRINCIPAL]))
        now = context.now()

        def look(connection: sa.Connection) -> Page | msgspec.Struct | None:
            live = read_live(context.database, now) if endpoint.wants_live else None
            return endpoint.read(Look(connection, context, now, live), asked)

        found = await context.database.read_async(look)
        if found is None:
            raise Refused("not_found")
        if endpoint.shows_pcs:
            note_pcs(request, [(request.match_info["code"], "*")])
        return answer(request, found, endpoint.shape, values["format"] == "csv")

    return handle


_OPENAPI = msgspec.json.encode(document(ENDPOINTS))


async def openapi(_request: web.Request) -> web.StreamResponse:
    """`GET /api/v1/openapi.json`."""
    return web.Response(
        body=_OPENAPI, content_type="application/json", headers={"Cache-Control": CACHE}
    )


ROUTES = (
    Route(
        "GET", "/api/v1/openapi.json", openapi, Action.READ_KNOWLEDGE, own_part, for_readers=True
    ),
    *(Route("GET", x.path, _handler(x), x.action, x.resource, for_readers=True) for x in ENDPOINTS),
)
