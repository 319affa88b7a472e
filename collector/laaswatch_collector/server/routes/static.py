"""The style sheet, the icon, and the choice of language: what even a stranger may have."""

from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.access.sessions import local_path
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import Route
from laaswatch_collector.web.render import COOKIE, asset

ASSETS = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
YEAR = 365 * 86400


async def get_asset(request: web.Request) -> web.Response:
    """A file of web/assets. Pages name it with its hash, so that a browser fetches it once."""
    name = request.match_info["name"]
    if name not in ASSETS:
        raise Refused("not_found")
    response = web.Response(body=asset(name), content_type=ASSETS[name], charset="utf-8")
    response.headers["Cache-Control"] = f"public, max-age={YEAR if 'v' in request.query else 300}"
    response.enable_compression()
    return response


async def choose_language(request: web.Request) -> web.Response:
    """`/language?lang=en&next=/…`: remember the language and go on. Only paths of ours are gone to."""
    language = request.query.get("lang", "")
    if language not in LANGUAGES:
        raise Refused("not_found")
    response = web.Response(
        status=303, headers={"Location": local_path(request.query.get("next", "/"))}
    )
    response.set_cookie(COOKIE, language, max_age=YEAR, httponly=True, samesite="Lax", path="/")
    return response


ROUTES = (
    Route("GET", "/static/{name}", get_asset, Action.SIGN_IN),
    Route("GET", "/language", choose_language, Action.SIGN_IN),
)
