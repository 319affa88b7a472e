"""What takes two administrators: one asks with a reason, another confirms within the day."""

from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.access.two_person import LEAST_REASON, Kind, may_confirm
from laaswatch_collector.messages import Message, Told
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.server.second_step import own_form
from laaswatch_collector.store.keeping import agreed_keeping, keeping_in_force, wanted_by
from laaswatch_collector.store.two_person import ask_for, confirm, newest_requests, withdraw
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.worktime.provinces import PROVINCES

MOST = 30


async def requests(request: web.Request) -> web.StreamResponse:
    """`/requests`: what waits, what became of the newest, and the forms to ask."""
    return await _page(request)


async def ask(request: web.Request) -> web.StreamResponse:
    """`POST /requests`: `kind`, a `province` where one is meant, a `reason`."""
    form = await own_form(request)
    context, who, now = request.app[CONTEXT], request[PRINCIPAL].name, request.app[CONTEXT].now()
    kind, reason = form.get("kind", ""), " ".join(form.get("reason", "").split())[:500]
    subject = form.get("province", "") if kind == Kind.REVOKE_PCS else ""
    if kind == Kind.SHORTEN_KEEPING:  # to what the settings say, and nothing else
        subject = str(wanted_by(context.config.history))
    try:
        await context.database.write_async(lambda c: ask_for(c, kind, subject, reason, who, now))
    except Told as error:
        return await _page(request, error.message)
    return _back()


async def decide(request: web.Request) -> web.StreamResponse:
    """`POST /requests/{number}`: `do` = confirm or withdraw."""
    form = await own_form(request)
    context, who, now = request.app[CONTEXT], request[PRINCIPAL].name, request.app[CONTEXT].now()
    number, asked = int(request.match_info["number"]), form.get("do", "")
    if asked not in ("confirm", "withdraw"):
        raise Refused("malformed")
    work = confirm if asked == "confirm" else withdraw
    try:
        await context.database.write_async(lambda c: work(c, number, who, now))
    except Told as error:
        return await _page(request, error.message)
    return _back()


async def _page(request: web.Request, wrong: Message | None = None) -> web.StreamResponse:
    context, who = request.app[CONTEXT], request[PRINCIPAL].name
    now, history = context.now(), context.config.history
    found, agreed, in_force = await context.database.read_async(
        lambda c: (
            newest_requests(c, MOST),
            agreed_keeping(c),
            wanted_by(keeping_in_force(c, history)),
        )
    )
    wanted = wanted_by(history)
    return page(
        request,
        "requests.html",
        status=200 if wrong is None else 400,
        requests=found,
        may_confirm=lambda x: may_confirm(x, who, now),
        wrong=words_of(request).say(wrong),
        wanted=wanted,
        in_force=in_force,
        shorter=agreed is not None and in_force != wanted,
        provinces=PROVINCES,
        least=LEAST_REASON,
    )


def _back() -> web.Response:
    return web.Response(status=303, headers={"Location": "/requests"})


ROUTES = (
    Route("GET", "/requests", requests, Action.TWO_PERSON),
    Route("POST", "/requests", ask, Action.TWO_PERSON),
    Route("POST", "/requests/{number:[0-9]{1,9}}", decide, Action.TWO_PERSON),
)
