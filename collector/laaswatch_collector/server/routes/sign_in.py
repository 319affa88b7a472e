"""Signing in and out. One text for every failure; unknown names cost as much time as wrong passwords.

Whoever has name and password gets a session; what else they owe (`authentication.owes`) they do on the pages
of routes/finish_sign_in.py, and until then the session is good for nothing else.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.passwords import NOBODYS, verify
from laaswatch_collector.access.policy import Action
from laaswatch_collector.access.sessions import local_path, same_site
from laaswatch_collector.server.authentication import (
    SIGN_IN_ATTEMPTS,
    check_form,
    give_cookie,
    over_https,
    session_cookie,
    session_token,
)
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.limits import client_address
from laaswatch_collector.server.routing import CONTEXT, CSRF, Route
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.sessions import end_session, start_session
from laaswatch_collector.store.users import User, find_user
from laaswatch_collector.web.render import page, words_of

_MOST = 300
_CHECKERS = ThreadPoolExecutor(2, "password")
"""Threads of their own: waiting log-ins may not hold those that read the store."""


async def show(request: web.Request) -> web.StreamResponse:
    """The form."""
    return _form(request, local_path(request.query.get("next", "/")))


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check name and password; a fresh session for whoever has both."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not same_site(headers, request.host):
        raise Refused("cross_site")
    form = await read_form(request)
    name, password, goal = (form.get(x, "")[:_MOST] for x in ("name", "password", "next"))
    context, attempts = request.app[CONTEXT], request.app[SIGN_IN_ATTEMPTS]
    address = client_address(request, context.config.trusted_proxies)
    at = asyncio.get_running_loop().time()
    keys = (f"name {name}", f"from {address}")
    for key in keys:
        attempts.check(key, at)
    for key in keys:  # counted before it is known, or many at once would all be tried
        attempts.failed(key, at)
    user = await context.database.read_async(lambda c: find_user(c, name))
    now = context.now()
    right = await is_right(user, password, now)
    if not right:
        # What stands in the name's place may be a password: only names that there are are written down.
        who = "" if user is None else user.name
        await context.database.write_async(
            lambda c: record(c, now, who, "sign_in", address, "refused")
        )
        return _form(request, local_path(goal), name, wrong=True)

    for key in keys:
        attempts.forgive(key)
    browser = request.headers.get("User-Agent", "")

    def begin(connection: sa.Connection) -> str:
        record(connection, now, name, "sign_in", address)
        end_session(connection, session_token(request))  # this browser's last one, whosever it was
        return start_session(connection, name, now, address=address, browser=browser)

    token = await context.database.write_async(begin)
    response = web.Response(status=303, headers={"Location": local_path(goal)})
    return give_cookie(request, response, token)


async def is_right(user: User | None, password: str, now: datetime) -> bool:
    """Whether this is the password of a person who is let in; as slow for those who are not."""
    known = user is not None and user.may_sign_in(now)
    kept = user.password if user is not None and known else NOBODYS
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_CHECKERS, verify, password, kept) and known


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session, here and in the browser."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    token = session_token(request)
    await request.app[CONTEXT].database.write_async(lambda c: end_session(c, token))
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    response.del_cookie(
        session_cookie(request), path="/", secure=over_https(request), httponly=True
    )
    return response


def _form(
    request: web.Request, goal: str, name: str = "", *, wrong: bool = False
) -> web.StreamResponse:
    error = words_of(request)("sign_in.wrong") if wrong else ""
    return page(
        request,
        "sign_in.html",
        status=403 if wrong else 200,
        next=goal,
        name=name,
        error=error,
        csrf=request.get(CSRF, secrets.token_hex(8)),
    )


ROUTES = (
    Route("GET", "/sign-in", show, Action.SIGN_IN),
    Route("POST", "/sign-in", sign_in, Action.SIGN_IN),
    Route("POST", "/sign-out", sign_out, Action.SIGN_IN),
)
