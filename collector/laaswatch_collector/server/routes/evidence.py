"""`GET /evidence/checkpoint`: the evidence log's newest checkpoint, for everybody who wants to hold us to it."""

from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.checkpoints import CHECKPOINTS
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import Route


async def checkpoint(request: web.Request) -> web.Response:
    """The text of C2SP's tlog-checkpoint; signed if the log has a key."""
    newest = request.app[CHECKPOINTS].newest
    if newest is None:
        raise Refused("not_found")
    return web.Response(text=newest.note(), content_type="text/plain", charset="utf-8")


ROUTES = (Route("GET", "/evidence/checkpoint", checkpoint, Action.READ_CHECKPOINT),)
