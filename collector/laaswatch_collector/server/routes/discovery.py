"""`GET /api/v1/prometheus/targets`: what there is to scrape here, as Prometheus's http_sd asks for it.

One target for the nation's text and one for each province's offices, so that each answer stays small.
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import NATION, Action
from laaswatch_collector.server.api.answering import CACHE
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.store.views.pages_of import provinces_of


async def targets(request: web.Request) -> web.StreamResponse:
    """A list of `targets` with `labels` (Prometheus documentation, HTTP service discovery)."""
    context = request.app[CONTEXT]

    def look(connection: sa.Connection) -> list[str]:
        return sorted(x for x in provinces_of(connection, NATION) if x)

    provinces = await context.database.read_async(look)
    public = urlsplit(context.config.public_url)
    where = {"targets": [public.netloc or request.host]}
    scheme = public.scheme or request.scheme
    found = [where | {"labels": {"__scheme__": scheme, "__metrics_path__": "/metrics"}}]
    found += [
        where
        | {
            "labels": {
                "__scheme__": scheme,
                "__metrics_path__": "/metrics/offices",
                "__param_province": province,
            }
        }
        for province in provinces
    ]
    return web.json_response(found, headers={"Cache-Control": CACHE})


ROUTES = (Route("GET", "/api/v1/prometheus/targets", targets, Action.READ_METRICS),)
