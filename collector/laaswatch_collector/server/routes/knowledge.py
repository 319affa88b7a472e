"""`GET /v1/knowledge`: the articles for agents, one document under the hash that their orders name."""

from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.agent_plan import PLANNER
from laaswatch_collector.server.routes.reports import own_office
from laaswatch_collector.server.routing import Route


async def get_knowledge(request: web.Request) -> web.Response:
    """The document, compressed for whoever takes that."""
    planner = request.app[PLANNER]
    headers = {"ETag": f'"{planner.knowledge_sha256}"', "Vary": "Accept-Encoding"}
    body = planner.knowledge
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = planner.knowledge_gzip, "gzip"
    return web.Response(body=body, headers=headers, content_type="application/json")


ROUTES = (
    Route("GET", "/v1/knowledge", get_knowledge, Action.READ_AGENT_CONFIG, resource=own_office),
)
