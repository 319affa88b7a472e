"""The application: every route behind the same checks, in the same order, with one way of saying no.

    head (limits) → who asks (authentication) → what for (resource) → may they (access.policy) → handler

`ROUTE_MODULES` is the one visible list. A route cannot be written without the action that it needs leave
for (`routing.Route`), and the application refuses to start if any other route got in beside the list.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web

from laaswatch_collector.access.policy import (
    API_READERS,
    NATION,
    NOBODY,
    Action,
    Principal,
    Role,
    authorize,
)
from laaswatch_collector.server.agent_plan import PLANNER, Planner
from laaswatch_collector.server.authentication import (
    FINISH,
    KNOWN_AGENTS,
    SIGN_IN_ATTEMPTS,
    KnownAgents,
    authenticate,
    over_https,
)
from laaswatch_collector.server.checkpoints import (
    CHECKPOINTS,
    Checkpoints,
    checkpoints_kept,
)
from laaswatch_collector.server.errors import Refused, is_api, respond
from laaswatch_collector.server.intake import INTAKE, Intake
from laaswatch_collector.server.limits import (
    ENROLMENT_ATTEMPTS,
    MAX_READERS,
    READERS,
    AttemptLimit,
    check_request_line,
)
from laaswatch_collector.server.live import keep_live
from laaswatch_collector.server.loop_lag import lag_measured
from laaswatch_collector.server.networks import NETWORKS, Networks, networks_kept
from laaswatch_collector.server.press import PRESS, Press
from laaswatch_collector.server.reads import READS, Reads, reads_kept
from laaswatch_collector.server.routes import ROUTE_MODULES
from laaswatch_collector.server.routes.pages_shared import calendar_of
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Handler, Route
from laaswatch_collector.server.uploads import UPLOADS, Uploads, uploads_kept
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.database import StoreUnavailable
from laaswatch_collector.web.render import error_page

MAX_FORM = 1024 * 1024
"""Bytes of a form body (`request.post()`); deliveries have their own limits."""
BUSY_SECONDS = 15.0
"""When to come back while nothing can be stored."""
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

STAY_ON_TLS = "max-age=31536000"
"""A year: whoever came over TLS once comes over TLS. Not for other hosts of the domain, which are not ours."""

log = logging.getLogger(__name__)


def create_app(context: Context) -> web.Application:
    """The whole server over one context. Raises RuntimeError if a route has no policy."""
    app = web.Application(middlewares=[_last_resort], client_max_size=MAX_FORM)
    app[CONTEXT] = context
    app[PLANNER] = Planner(context)
    app[INTAKE] = Intake(context.database)
    app[KNOWN_AGENTS] = KnownAgents()
    app[CHECKPOINTS] = Checkpoints(app)
    app[READERS] = asyncio.Semaphore(MAX_READERS)
    app[SIGN_IN_ATTEMPTS] = AttemptLimit(most=10, seconds=15 * 60)
    app[NETWORKS] = Networks(context.database)
    app[UPLOADS] = Uploads()
    app[PRESS] = Press()
    app[READS] = Reads(context.database)
    app[ENROLMENT_ATTEMPTS] = AttemptLimit(most=5, seconds=60)
    known = set()
    for module in ROUTE_MODULES:
        for route in module.ROUTES:
            known.add(app.router.add_route(route.method, route.path, _guarded(route)))
    _refuse_strangers(app, known)
    app.on_response_prepare.append(_add_headers)
    app.cleanup_ctx.append(_live_view_kept)
    app.cleanup_ctx.append(networks_kept)
    app.cleanup_ctx.append(checkpoints_kept)
    app.cleanup_ctx.append(lag_measured)
    app.cleanup_ctx.append(uploads_kept)
    app.cleanup_ctx.append(reads_kept)
    return app


async def _live_view_kept(app: web.Application) -> AsyncIterator[None]:
    context = app[CONTEXT]
    keeping = asyncio.create_task(
        keep_live(
            context.database,
            context.now,
            lambda day: calendar_of(context).work_clock().is_working_day(day),
        )
    )
    yield
    keeping.cancel()
    await asyncio.wait([keeping])


def _guarded(route: Route) -> Handler:
    """The handler of a route behind the one check."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if route.check_head is not None:
            route.check_head(request)
        principal = await authenticate(request, remembered=route.checks_secret_again)
        request[PRINCIPAL] = principal
        unknown = principal.role in (Role.NOBODY, Role.HALF)
        if unknown and not authorize(principal, route.action, NATION):
            return _ask_to_sign_in(request, "/sign-in" if principal == NOBODY else FINISH)
        page = principal.role in API_READERS and not route.for_readers
        if page and not authorize(NOBODY, route.action, NATION):
            raise Refused("not_found")  # pages are for people
        resource = await route.resource(request)
        if resource is None or not authorize(principal, route.action, resource):
            if principal.name and principal.role is not Role.AGENT:
                await _write_down(request, principal, route.action)
            raise Refused("not_found")
        return await route.handler(request)

    return handle


async def _write_down(request: web.Request, principal: Principal, action: Action) -> None:
    """What a signed-in person tried without leave goes into the audit."""
    context = request.app[CONTEXT]
    now, path = context.now(), request.path[:200]
    await context.database.write_async(
        lambda c: record(c, now, principal.name, str(action), path, "refused")
    )


def _ask_to_sign_in(request: web.Request, page: str) -> web.StreamResponse:
    if is_api(request):
        raise Refused("not_signed_in")
    back = f"?next={quote(request.path_qs, safe='/')}" if request.method == "GET" else ""
    return web.Response(status=303, headers={"Location": f"{page}{back}"})


def _refuse_strangers(app: web.Application, known: set[web.AbstractRoute]) -> None:
    """A route that did not come from a module's ROUTES has no policy: do not start with it."""
    # A GET of ours may answer HEAD as well; nothing else adds routes behind our back.
    strangers = [str(route) for route in app.router.routes() if route not in known]
    if strangers:
        raise RuntimeError(f"routes without a policy: {', '.join(strangers)}")


@web.middleware
async def _last_resort(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever happens below, the answer is one of ours; an unforeseen error shows its number, no more."""
    try:
        check_request_line(request)
        return await handler(request)
    except Refused as refused:
        return respond(request, refused, error_page)
    except StoreUnavailable as error:
        log.warning("store unavailable: %s", error)
        return respond(request, Refused("unavailable", retry_after=BUSY_SECONDS), error_page)
    except web.HTTPException as answer:
        return _from_aiohttp(request, answer)
    except ConnectionError:
        raise  # the other side has gone: there is nobody to answer
    except Exception:
        number = secrets.token_hex(4)
        log.exception("error %s while answering %s %s", number, request.method, request.path)
        return respond(request, Refused("internal", f"({number})"), error_page)


def _from_aiohttp(request: web.Request, answer: web.HTTPException) -> web.StreamResponse:
    """Redirects pass as they are; the framework's own refusals are told in our words."""
    if answer.status < 400:
        raise answer
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    response = respond(request, Refused(codes.get(answer.status, "malformed")), error_page)
    if "Allow" in answer.headers:  # RFC 9110 §15.5.6
        response.headers["Allow"] = answer.headers["Allow"]
    return response


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if over_https(request):
        response.headers.setdefault("Strict-Transport-Security", STAY_ON_TLS)
    response.headers.pop("Server", None)
