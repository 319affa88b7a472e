"""The forms of a second step, for who must set it up at the first log-in and for who does so later."""

import asyncio
import io

import segno
import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.second_step import address, secret_of
from laaswatch_collector.messages import Message
from laaswatch_collector.server.authentication import (
    SIGN_IN_ATTEMPTS,
    check_form,
    give_cookie,
    session_token,
)
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL
from laaswatch_collector.store.second_steps import set_up
from laaswatch_collector.store.sessions import renew_session
from laaswatch_collector.web.render import page, words_of


async def own_form(request: web.Request) -> dict[str, str]:
    """The fields of a form that came from our page in this session. Raises `Refused`."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    return form


def count_attempt(request: web.Request) -> None:
    """Ten wrong codes or passwords of one person, and there is a wait. Raises `Refused`."""
    attempts, key = request.app[SIGN_IN_ATTEMPTS], f"code {request[PRINCIPAL].name}"
    at = asyncio.get_running_loop().time()
    attempts.check(key, at)
    attempts.failed(key, at)


def forgive_attempt(request: web.Request) -> None:
    """It was right after all."""
    request.app[SIGN_IN_ATTEMPTS].forgive(f"code {request[PRINCIPAL].name}")


def set_up_page(
    request: web.Request, action: str, goal: str, wrong: Message | None = None
) -> web.Response:
    """The QR code that a code program reads, the same in letters, and a field for its first code."""
    t, config = words_of(request), request.app[CONTEXT].config
    secret = secret_of(session_token(request))
    drawn = io.BytesIO()
    text = address(secret, request[PRINCIPAL].name, config.title_en)
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=4, border=4, xmldecl=False, nl=False, light="#fff"
    )
    return page(
        request,
        "second_step_set_up.html",
        status=200 if wrong is None else 403,
        action=action,
        next=goal,
        wrong=t.say(wrong),
        qr=drawn.getvalue().decode(),
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
    )


async def confirm_set_up(request: web.Request, typed: str) -> tuple[str, list[str]] | None:
    """Take up the second step that this session was shown: its new secret and the recovery codes.

    None for a wrong code. Raises `Refused` after too many.
    """
    context, name, token = request.app[CONTEXT], request[PRINCIPAL].name, session_token(request)
    count_attempt(request)
    now = context.now()

    def work(connection: sa.Connection) -> tuple[str, list[str]] | None:
        codes = set_up(connection, name, secret_of(token), typed[:60], now)
        if codes is None:
            return None
        return renew_session(connection, token, now, proved=True), codes

    done = await context.database.write_async(work)
    if done is not None:
        forgive_attempt(request)
    return done


def codes_page(request: web.Request, codes: list[str], goal: str, token: str = "") -> web.Response:
    """The recovery codes, shown this once; with the session's new secret, if it has one."""
    response = page(request, "recovery_codes.html", codes=codes, next=goal, csrf="")
    return give_cookie(request, response, token) if token else response
