"""`GET /evidence/checkpoint` and `/evidence/keys`: for everybody who wants to hold us to the evidence log."""

import msgspec
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.checkpoints import CHECKPOINTS
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.store.log_keys import keys_of_log


async def checkpoint(request: web.Request) -> web.Response:
    """The text of C2SP's tlog-checkpoint; signed if the log has a key."""
    newest = request.app[CHECKPOINTS].newest
    if newest is None:
        raise Refused("not_found")
    return web.Response(text=newest.note(), content_type="text/plain", charset="utf-8")


async def keys(request: web.Request) -> web.Response:
    """The log's public keys, the oldest first; each names the next (`handover`, a signed note)."""
    known = await request.app[CONTEXT].database.read_async(keys_of_log)
    said = [
        {
            "from_size": x.from_size,
            "at": x.at.isoformat(),
            "key": "" if x.key is None else str(x.key),
            "handover": x.handover,
        }
        for x in known
    ]
    return web.Response(body=msgspec.json.encode({"keys": said}), content_type="application/json")


ROUTES = (
    Route("GET", "/evidence/checkpoint", checkpoint, Action.READ_CHECKPOINT),
    Route("GET", "/evidence/keys", keys, Action.READ_CHECKPOINT),
)
