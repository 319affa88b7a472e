"""`/`: everybody begins where their own question is answered."""

from aiohttp import web

from laaswatch_collector.access.policy import Action, Principal
from laaswatch_collector.server.routes.pages_shared import own_part
from laaswatch_collector.server.routing import PRINCIPAL, Route


async def home(request: web.Request) -> web.StreamResponse:
    """On to the page that `home_of` names, with whatever else was asked for: a month, a language."""
    asked = f"?{request.query_string}" if request.query_string else ""
    return web.Response(status=303, headers={"Location": home_of(request[PRINCIPAL]) + asked})


def home_of(principal: Principal) -> str:
    """Where somebody begins: the own office, the own province, else the site and the nation."""
    if principal.office:
        return f"/offices/{principal.office}"
    if principal.province:
        return f"/provinces/{principal.province}"
    return "/site"


ROUTES = (Route("GET", "/", home, Action.READ_OVERVIEW, own_part),)
