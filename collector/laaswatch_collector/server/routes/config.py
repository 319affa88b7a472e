"""`GET /v1/config`: how often an agent measures and reports, and whether it looks at the whole page."""

import msgspec
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.agent_plan import orders_of
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.reports import own_office
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.agents import TURNED_AWAY, agent_by_id


async def get_config(request: web.Request) -> web.Response:
    """The agent's orders; a suspended or revoked agent gets none."""
    context, agent_id = request.app[CONTEXT], request[PRINCIPAL].name
    agent = await context.database.read_async(lambda c: agent_by_id(c, agent_id))
    if agent is None or agent.state in TURNED_AWAY:
        raise Refused("agent_suspended")
    return web.Response(
        body=msgspec.json.encode(orders_of(context.config.agents)), content_type="application/json"
    )


ROUTES = (Route("GET", "/v1/config", get_config, Action.READ_AGENT_CONFIG, resource=own_office),)
