"""`GET /v1/config`: how often this agent measures and reports, and how far it may go towards the site."""

import msgspec
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.agent_plan import PLANNER
from laaswatch_collector.server.routes.reports import own_office
from laaswatch_collector.server.routing import AGENT, Route


async def get_config(request: web.Request) -> web.Response:
    """The agent's orders."""
    orders = await request.app[PLANNER].orders(request[AGENT])
    return web.Response(body=msgspec.json.encode(orders), content_type="application/json")


ROUTES = (Route("GET", "/v1/config", get_config, Action.READ_AGENT_CONFIG, resource=own_office),)
