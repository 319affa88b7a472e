"""Pages from templates: Thai unless asked otherwise, escaped always, and a missing value is an error."""

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2
from aiohttp import web

from laaswatch_collector.access.policy import (
    NATION,
    NOBODY,
    Action,
    Resource,
    Role,
    authorize,
    within,
)
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import CONTEXT, CSRF, PRINCIPAL
from laaswatch_collector.web.words import Words, words_in

COOKIE = "language"


def language_of(request: web.Request) -> str:
    """The language to answer in: `?lang=`, else what was chosen before, else Thai."""
    for choice in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return choice
    return LANGUAGES[0]


def words_of(request: web.Request) -> Words:
    """The words in the language of this request."""
    return words_in(language_of(request))


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:  # noqa: ANN401 - whatever the template shows
    """Render a template of this folder. Templates see `t` (words), `principal`, `own` part, `now`, `may`."""
    words = words_of(request)
    context = request.app[CONTEXT]
    principal = request.get(PRINCIPAL, NOBODY)

    def may(action: str, resource: Resource = NATION) -> bool:
        return authorize(principal, Action(action), resource)

    text = (
        environment()
        .get_template(template)
        .render(
            t=words,
            principal=principal,
            signed_in=principal.role not in (Role.NOBODY, Role.HALF),
            half=principal.role is Role.HALF,
            stand_in=getattr(context.config, f"stand_in_{words.language}"),
            title_of_site=getattr(context.config, f"title_{words.language}"),
            now=context.now(),
            here=request.path_qs,
            other_language=next(x for x in LANGUAGES if x != words.language),
            may=may,
            own=within(principal),
            **{"csrf": request.get(CSRF, "")} | values,
        )
    )
    response = web.Response(status=status, text=text, content_type="text/html", charset="utf-8")
    response.headers["Content-Language"] = words.language
    response.headers["Vary"] = "Cookie, Accept-Encoding"
    # A page of 50 kB travels as 7: most of our readers are on thin lines.
    response.enable_compression()
    return response


def error_page(request: web.Request, refused: Refused) -> web.Response:
    """A refusal as a page like any other, in the reader's language."""
    message = words_of(request).say(refused.message)
    return page(request, "error.html", status=refused.status, message=message)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The one Jinja environment of the collector."""
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("laaswatch_collector.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals["style_version"] = hashlib.sha256(asset("style.css")).hexdigest()[:12]
    return found


@lru_cache(maxsize=8)
def asset(name: str) -> bytes:
    """A file of web/assets by name."""
    return files("laaswatch_collector.web").joinpath("assets", name).read_bytes()
