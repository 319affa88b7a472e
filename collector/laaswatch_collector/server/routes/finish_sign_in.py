"""What a person who gave the password still owes: a code, a password of their own, the set-up of a second step.

The page shows the next thing, and nothing else is open meanwhile. Each step that is done renews the session's
secret, so that one who saw the old one has nothing.
"""

import asyncio

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.passwords import LEAST_LENGTH, MOST_LENGTH, WeakPassword, verify
from laaswatch_collector.access.policy import Action
from laaswatch_collector.access.sessions import local_path
from laaswatch_collector.messages import Message, message
from laaswatch_collector.server.authentication import (
    FINISH,
    SESSION,
    Owed,
    give_cookie,
    owes,
    session_token,
)
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.server.second_step import (
    codes_page,
    confirm_set_up,
    count_attempt,
    forgive_attempt,
    own_form,
    set_up_page,
)
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.second_steps import prove
from laaswatch_collector.store.sessions import renew_session, start_session
from laaswatch_collector.store.users import set_password
from laaswatch_collector.web.render import page, words_of


async def show(request: web.Request) -> web.StreamResponse:
    """`GET /sign-in/finish`: the next thing to do."""
    return _next_page(request, local_path(request.query.get("next", "/")))


async def give_code(request: web.Request) -> web.StreamResponse:
    """`POST /sign-in/code`: six digits of the code program, or a recovery code."""
    form = await own_form(request)
    _must_owe(request, Owed.CODE)
    context, name, token = request.app[CONTEXT], request[SESSION].user.name, session_token(request)
    goal, now = local_path(form.get("next", "/")), context.now()
    count_attempt(request)

    def work(connection: sa.Connection) -> str | None:
        if not prove(connection, name, form.get("code", "")[:60], now):
            record(connection, now, name, "second_step", name, "refused")
            return None
        record(connection, now, name, "second_step", name)
        return renew_session(connection, token, now, proved=True)

    renewed = await context.database.write_async(work)
    if renewed is None:
        return _next_page(request, goal, message("second_step.wrong"))
    forgive_attempt(request)
    return give_cookie(request, _on(goal), renewed)


async def set_it_up(request: web.Request) -> web.StreamResponse:
    """`POST /sign-in/set-up`: the first code of a new second step; answers with the recovery codes, once."""
    form = await own_form(request)
    _must_owe(request, Owed.SET_UP)
    goal = local_path(form.get("next", "/"))
    done = await confirm_set_up(request, form.get("code", ""))
    if done is None:
        return _next_page(request, goal, message("second_step.wrong"))
    return codes_page(request, done[1], goal, done[0])


async def choose_password(request: web.Request) -> web.StreamResponse:
    """`POST /sign-in/password`: a password of their own in place of the one that was given out."""
    form = await own_form(request)
    _must_owe(request, Owed.OWN_PASSWORD)
    context, session = request.app[CONTEXT], request[SESSION]
    name, goal, now = session.user.name, local_path(form.get("next", "/")), context.now()
    new = form.get("new", "")
    wrong = await wrong_with(new, form.get("again", ""), session.user.password)
    if wrong is not None:
        return _next_page(request, goal, wrong)

    def work(connection: sa.Connection) -> str:
        set_password(connection, name, new, now, by=name)
        return start_session(connection, name, now, proved=session.proved)

    try:
        token = await context.database.write_async(work)
    except WeakPassword as error:
        return _next_page(request, goal, error.message)
    return give_cookie(request, _on(goal), token)


async def wrong_with(new: str, again: str, kept: str) -> Message | None:
    """What is wrong with a new password beside its own weakness."""
    if new != again:
        return message("password.not_the_same")
    loop = asyncio.get_running_loop()
    if await loop.run_in_executor(None, verify, new, kept):
        return message("password.the_old_one")
    return None


def _owed(request: web.Request) -> Owed | None:
    session = request[SESSION]
    return owes(session.user, proved=session.proved, config=request.app[CONTEXT].config)


def _must_owe(request: web.Request, what: Owed) -> None:
    """Steps are done in their order: a password alone may neither replace the code program nor the password."""
    if _owed(request) is not what:
        raise Refused("not_found")


def _next_page(request: web.Request, goal: str, wrong: Message | None = None) -> web.StreamResponse:
    owed = _owed(request)
    if owed is Owed.SET_UP:
        return set_up_page(request, "/sign-in/set-up", goal, wrong)
    return page(
        request,
        "finish_sign_in.html",
        status=200 if wrong is None else 403,
        owed=str(owed),
        next=goal,
        wrong=words_of(request).say(wrong),
        least=LEAST_LENGTH,
        most=MOST_LENGTH,
    )


def _on(goal: str) -> web.Response:
    return web.Response(status=303, headers={"Location": goal})


ROUTES = (
    Route("GET", FINISH, show, Action.FINISH_SIGN_IN),
    Route("POST", "/sign-in/code", give_code, Action.FINISH_SIGN_IN),
    Route("POST", "/sign-in/set-up", set_it_up, Action.FINISH_SIGN_IN),
    Route("POST", "/sign-in/password", choose_password, Action.FINISH_SIGN_IN),
)
