"""One's own account: password, sessions, second step. Nobody else's can be reached from here."""

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.passwords import LEAST_LENGTH, MOST_LENGTH, WeakPassword
from laaswatch_collector.access.policy import Action
from laaswatch_collector.messages import Message, message
from laaswatch_collector.server.authentication import SESSION, give_cookie, session_token
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.finish_sign_in import wrong_with
from laaswatch_collector.server.routes.sign_in import is_right
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
from laaswatch_collector.store.second_steps import (
    codes_left,
    forget_second_step,
    new_recovery_codes,
    prove,
)
from laaswatch_collector.store.sessions import (
    OwnSession,
    Session,
    end_one_of,
    id_of,
    sessions_of,
    start_session,
)
from laaswatch_collector.store.users import set_password
from laaswatch_collector.web.render import page, words_of

HERE = "/account"


async def account(request: web.Request) -> web.StreamResponse:
    """`/account`: who one is here, and what one may change oneself."""
    return await _page(request)


async def change_password(request: web.Request) -> web.StreamResponse:
    """`POST /account/password`: the old one and a new one; every other session of this person ends."""
    form = await own_form(request)
    context, session = request.app[CONTEXT], _session(request)
    name, now = session.user.name, context.now()
    count_attempt(request)
    if not await is_right(session.user, form.get("old", ""), now):
        await context.database.write_async(
            lambda c: record(c, now, name, "set_password", name, "refused")
        )
        return await _page(request, message("password.old_is_wrong"))
    forgive_attempt(request)
    new = form.get("new", "")
    wrong = await wrong_with(new, form.get("again", ""), session.user.password)
    if wrong is not None:
        return await _page(request, wrong)

    def work(connection: sa.Connection) -> str:
        set_password(connection, name, new, now, by=name)  # ends them all
        return start_session(connection, name, now, proved=session.proved)

    try:
        token = await context.database.write_async(work)
    except WeakPassword as error:
        return await _page(request, error.message)
    return give_cookie(request, _back("password"), token)


async def end_sessions(request: web.Request) -> web.StreamResponse:
    """`POST /account/sessions`: end one session by its id, or all others."""
    form = await own_form(request)
    context, name = request.app[CONTEXT], _session(request).user.name
    asked, here, now = form.get("id", ""), id_of(session_token(request)), context.now()

    def work(connection: sa.Connection) -> bool:
        others = [x.id for x in sessions_of(connection, name, now) if x.id != here]
        ended = [
            end_one_of(connection, name, x) for x in (others if asked == "others" else [asked])
        ]
        if any(ended):
            record(connection, now, name, "end_sessions", name, count=sum(ended))
        return asked == "others" or any(ended)

    if not await context.database.write_async(work):
        raise Refused("not_found")
    return _back("sessions")


async def show_set_up(request: web.Request) -> web.StreamResponse:
    """`GET /account/second-step`: the QR code, for who has no second step yet."""
    _must_have_none(request)
    return set_up_page(request, f"{HERE}/second-step", HERE)


async def set_it_up(request: web.Request) -> web.StreamResponse:
    """`POST /account/second-step`: its first code."""
    form = await own_form(request)
    _must_have_none(request)
    done = await confirm_set_up(request, form.get("code", ""))
    if done is None:
        return set_up_page(request, f"{HERE}/second-step", HERE, message("second_step.wrong"))
    return codes_page(request, done[1], HERE, done[0])


async def renew_second_step(request: web.Request) -> web.StreamResponse:
    """`POST /account/second-step/renew`: new recovery codes, or (`do=replace`) another telephone; needs a code."""
    form = await own_form(request)
    context, name = request.app[CONTEXT], _session(request).user.name
    replace, now = form.get("do") == "replace", context.now()
    count_attempt(request)

    def work(connection: sa.Connection) -> list[str] | None:
        if not prove(connection, name, form.get("code", "")[:60], now):
            return None
        if replace:
            forget_second_step(connection, name, now, name)
            return []
        return new_recovery_codes(connection, name, now)

    codes = await context.database.write_async(work)
    if codes is None:
        return await _page(request, message("second_step.wrong"))
    forgive_attempt(request)
    if replace:  # every session is over, this one too
        return web.Response(status=303, headers={"Location": "/sign-in"})
    return codes_page(request, codes, HERE)


async def _page(request: web.Request, wrong: Message | None = None) -> web.StreamResponse:
    context, session = request.app[CONTEXT], _session(request)
    name, now = session.user.name, context.now()

    def look(connection: sa.Connection) -> tuple[list[OwnSession], int]:
        return sessions_of(connection, name, now), codes_left(connection, name)

    sessions, left = await context.database.read_async(look)
    return page(
        request,
        "account.html",
        status=200 if wrong is None else 403,
        user=session.user,
        sessions=sessions,
        this=id_of(session_token(request)),
        codes_left=left,
        wrong=words_of(request).say(wrong),
        done=request.query.get("done", ""),
        least=LEAST_LENGTH,
        most=MOST_LENGTH,
    )


def _session(request: web.Request) -> Session:
    session: Session | None = request.get(SESSION)
    if session is None:
        raise Refused("not_found")
    return session


def _must_have_none(request: web.Request) -> None:
    """Who has one replaces it with a code of it, not with a session alone."""
    if _session(request).user.second_step:
        raise Refused("not_found")


def _back(done: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"{HERE}?done={done}"})


ROUTES = (
    Route("GET", HERE, account, Action.OWN_ACCOUNT),
    Route("POST", f"{HERE}/password", change_password, Action.OWN_ACCOUNT),
    Route("POST", f"{HERE}/sessions", end_sessions, Action.OWN_ACCOUNT),
    Route("GET", f"{HERE}/second-step", show_set_up, Action.OWN_ACCOUNT),
    Route("POST", f"{HERE}/second-step", set_it_up, Action.OWN_ACCOUNT),
    Route("POST", f"{HERE}/second-step/renew", renew_second_step, Action.OWN_ACCOUNT),
)
