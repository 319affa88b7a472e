"""A person's messages: what is received where, how to change it, and what became of the last ones."""

import re
from datetime import date, timedelta

import msgspec
import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.config import NotifyConfig
from laaswatch_collector.notify.outgoing import allowed
from laaswatch_collector.notify.texts import Notice, trial
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.routes.pages_shared import own_part
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.outbox import Put, Shown, newest, put
from laaswatch_collector.store.subscriptions import (
    ChannelName,
    Level,
    Subscription,
    TooMany,
    Wanted,
    list_subscriptions,
    pause,
    subscribe,
    unsubscribe,
)
from laaswatch_collector.web.render import page
from laaswatch_collector.worktime.thai import local_date

SHOWN = 30
TRIALS_AN_HOUR = 5
LONGEST_PAUSE = timedelta(days=60)
LANGUAGES = ("th", "en", "both")
_ADDRESS = {
    ChannelName.EMAIL: r"[!-?A-~]{1,64}@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+",
    ChannelName.LINE: r"[UCR][0-9a-f]{32}",
}


async def messages(request: web.Request) -> web.StreamResponse:
    """`/messages`."""
    return await _page(request, wrong="")


async def _page(request: web.Request, *, wrong: str) -> web.StreamResponse:
    context, who = request.app[CONTEXT], request[PRINCIPAL].name

    def look(connection: sa.Connection) -> tuple[list[Subscription], list[Shown]]:
        return list_subscriptions(connection, user=who), newest(connection, user=who, most=SHOWN)

    mine, sent = await context.database.read_async(look)
    ready = channels_ready(context.config.notify)
    return page(
        request,
        "messages.html",
        mine=mine,
        sent=[(x, _notice(x)) for x in sent],
        channels=ready,
        levels=list(Level),
        languages=LANGUAGES,
        only_page=ready == [ChannelName.PAGE],
        wrong=wrong,
    )


async def want(request: web.Request) -> web.StreamResponse:
    """`POST /messages`: receive messages, or change what is received at the same address."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, who = request.app[CONTEXT], request[PRINCIPAL].name
    wanted = _wanted(form, context.config.notify)
    if wanted is None:
        return await _page(request, wrong="notices.wrong")
    now = context.now()
    try:
        await context.database.write_async(lambda c: subscribe(c, who, wanted, now))
    except TooMany:
        return await _page(request, wrong="notices.too_many")
    return _back()


async def change(request: web.Request) -> web.StreamResponse:
    """`POST /messages/{number}`: try it, pause it, go on, or end it."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, who = request.app[CONTEXT], request[PRINCIPAL].name
    number, what, now = int(request.match_info["number"]), form.get("what", ""), context.now()
    until = _day(form.get("until", ""), local_date(now)) if what == "pause" else None

    def work(connection: sa.Connection) -> str:
        mine = {x.id: x for x in list_subscriptions(connection, user=who)}
        if number not in mine:
            raise Refused("not_found")
        if what == "end":
            unsubscribe(connection, who, number, now)
        elif (what == "pause" and until is not None) or what == "resume":
            pause(connection, who, number, until)
        elif what == "try":
            return _try(connection, context, mine[number], who)
        else:
            return "notices.wrong_day"
        return ""

    wrong = await context.database.write_async(work)
    return await _page(request, wrong=wrong) if wrong else _back()


def channels_ready(config: NotifyConfig) -> list[ChannelName]:
    """The channels that the settings name; the page itself is always there."""
    found = [ChannelName.PAGE]
    if config.enabled and config.email.host:
        found.append(ChannelName.EMAIL)
    if config.enabled and config.line.token_file:
        found.append(ChannelName.LINE)
    if config.enabled and config.webhook.enabled:
        found.append(ChannelName.WEBHOOK)
    return found


def _try(connection: sa.Connection, context: Context, x: Subscription, who: str) -> str:
    now = context.now()
    last = [y for y in newest(connection, user=who, most=SHOWN) if y.kind == "test"]
    if sum(y.made_at > now - timedelta(hours=1) for y in last) >= TRIALS_AN_HOUR:
        return "notices.tried_often"
    body = msgspec.json.encode(trial(x.wanted.language, now)).decode()
    key = f"test|{now.isoformat()}|{x.id}"
    put(connection, [Put(key, x.id, "", "test", important=False, body=body)], now)
    return ""


def _wanted(form: dict[str, str], config: NotifyConfig) -> Wanted | None:
    """The form; None where the address is none of this channel, or the channel is not set up."""
    name, level = form.get("channel", ""), form.get("level", "")
    if name not in set(channels_ready(config)) or level not in set(Level):
        return None
    channel, address = ChannelName(name), form.get("address", "").strip()
    if channel is ChannelName.PAGE:
        address = ""
    elif channel is ChannelName.WEBHOOK:
        if len(address) > 500 or not allowed(address, frozenset(config.allowed_hosts)):
            return None
    elif len(address) > 254 or not re.fullmatch(_ADDRESS[channel], address):
        return None
    language = form.get("language", "")
    return Wanted(
        channel,
        address,
        Level(level),
        morning="morning" in form,
        afternoon="afternoon" in form,
        quiet_line="quiet_line" in form,
        language=language if language in LANGUAGES else "th",
    )


def _day(text: str, today: date) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if today < found <= today + LONGEST_PAUSE else None


def _notice(x: Shown) -> Notice | None:
    return msgspec.json.decode(x.body, type=Notice) if x.body else None


def _back() -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": "/messages"})


ROUTES = (
    Route("GET", "/messages", messages, Action.OWN_ACCOUNT, own_part),
    Route("POST", "/messages", want, Action.OWN_ACCOUNT, own_part),
    Route("POST", r"/messages/{number:[0-9]{1,9}}", change, Action.OWN_ACCOUNT, own_part),
)
