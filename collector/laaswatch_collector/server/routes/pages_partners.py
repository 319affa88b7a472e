"""Partner offices: where to go now, the visits, and the register of those who agreed."""

import re
from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Principal, Resource, authorize
from laaswatch_collector.advice.partners import Partner, Place, Quality, Suggestion, suggest
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.live import read_live
from laaswatch_collector.server.routes.pages_province import province_resource
from laaswatch_collector.server.routes.pages_shared import clock_of, must_find, office_resource
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.partners import (
    Registered,
    Visit,
    VisitResult,
    agree,
    around,
    conclude_visit,
    find_partner,
    listed_in,
    place_of,
    plan_visit,
    visits_of,
    withdraw,
)
from laaswatch_collector.store.views.lines_now import last_hour
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.web.render import page
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import BANGKOK, local_date

SHOWN = 6
"""Suggestions of one page; the rest is in the province's register."""
LOOKED_INTO = 8
"""Partners whose last hour is read."""
MOST_NAME, MOST_CONTACT, MOST_SOURCE = 120, 80, 300
KINDS = ("district", "school", "hospital", "agency")
_AFTER = tuple(x for x in VisitResult if x is not VisitResult.PLANNED)


@dataclass(frozen=True, slots=True)
class Nearby:
    """What an office's page about partners shows."""

    office: OfficeRow
    suggestions: list[Suggestion]
    visits: list[Visit]
    own: Registered | None
    """The office's own entry in the register."""


async def nearby(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/partners`: where this office may go now, best first."""
    return await _nearby(request, wrong="")


async def _nearby(request: web.Request, *, wrong: str) -> web.StreamResponse:
    context, code = request.app[CONTEXT], request.match_info["code"]
    read = await context.database.read_async(lambda c: nearby_of(c, context, code))
    return page(
        request,
        "partners.html",
        read=read,
        office=read.office,
        resource=Resource(read.office.code, read.office.province),
        resource_of=Resource,
        after=_AFTER,
        wrong=wrong,
    )


def nearby_of(connection: sa.Connection, context: Context, code: str) -> Nearby:
    """Partners around an office as they are now, its visits, and its own entry in the register."""
    now = context.now()
    office = must_find(connection, code)
    home, partners = around(connection, code)
    live = read_live(context.database, now)
    states = {
        x.office: str(live.view.offices[x.office].state) if x.office in live.view.offices else "unknown"
        for x in partners
        if x.office
    }  # fmt: skip
    at, today = now.astimezone(BANGKOK).time(), local_date(now)
    working = clock_of(context, office).is_working_day(today)

    lines = {name: Quality(state) for name, state in states.items()}
    first = suggest(home, office.isp, partners, lines, at=at, working_day=working)[:LOOKED_INTO]
    chosen = [x.partner for x in first]
    looked = last_hour(connection, {x.office: states[x.office] for x in chosen if x.office}, now)
    best = suggest(home, office.isp, chosen, looked, at=at, working_day=working)
    register = listed_in(connection, office.province)
    return Nearby(
        office,
        best[:SHOWN],
        visits_of(connection, office=code),
        next((x for x in register if x.partner.office == code), None),
    )


async def visit(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/partners/{number}`: somebody of the office means to go there."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, number = request.match_info["code"], int(request.match_info["number"])
    now = context.now()

    def keep(connection: sa.Connection) -> bool:
        if find_partner(connection, number) is None:
            return False
        plan_visit(connection, number, code, now, who=principal.name, now=now)
        return True

    if not await context.database.write_async(keep):
        raise Refused("not_found")
    return _back(f"/offices/{code}/partners#visits")


async def visited(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/visits/{number}`: what a visit came to."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, number = request.match_info["code"], int(request.match_info["number"])
    if form.get("result", "") not in _AFTER:
        raise Refused("malformed")
    result, now = VisitResult(form["result"]), context.now()
    found = await context.database.write_async(
        lambda c: conclude_visit(c, code, number, result, who=principal.name, now=now)
    )
    if not found:
        raise Refused("not_found")
    return _back(f"/offices/{code}/partners#visits")


async def lend(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/partners`: the office itself agrees to lend a desk, or no longer does."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, now = request.match_info["code"], context.now()

    def keep(connection: sa.Connection) -> None:
        office = must_find(connection, code)
        _withdraw_own(connection, office, principal, now)
        if form.get("what") != "withdraw":
            place = place_of(connection, code)
            found = _partner(
                form, "office", office.name_th, office.name_en, place, office.isp, code
            )
            agree(connection, found, source="", who=principal.name, now=now)

    try:
        await context.database.write_async(keep)
    except _Wrong as wrong:
        return await _nearby(request, wrong=wrong.key)
    return _back(f"/offices/{code}/partners#lend")


def _withdraw_own(
    connection: sa.Connection, office: OfficeRow, principal: Principal, now: datetime
) -> None:
    for x in listed_in(connection, office.province):
        if x.partner.office == office.code:
            withdraw(connection, x.partner.id, who=principal.name, now=now)


async def register(request: web.Request) -> web.StreamResponse:
    """`/provinces/{province}/partners`: everybody who agreed, and the form for agencies."""
    return await _register(request, wrong="")


async def _register(request: web.Request, *, wrong: str) -> web.StreamResponse:
    code = request.match_info["province"]
    found = await request.app[CONTEXT].database.read_async(lambda c: listed_in(c, code))
    return page(
        request,
        "partner_register.html",
        province=PROVINCES[code],
        listed=found,
        kinds=KINDS,
        may_write=authorize(request[PRINCIPAL], Action.MANAGE_PARTNER, Resource(province=code)),
        wrong=wrong,
    )


async def add(request: web.Request) -> web.StreamResponse:
    """`POST /provinces/{province}/partners`: list an agency that agreed, or take one off."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, now = request.match_info["province"], context.now()
    number = form.get("withdraw", "")

    def keep(connection: sa.Connection) -> None:
        if re.fullmatch(r"[0-9]{1,9}", number):
            here = find_partner(connection, int(number))
            if here is None or here.partner.place.province != code:
                raise Refused("not_found")
            withdraw(connection, int(number), who=principal.name, now=now)
            return
        agree(connection, _agency(form, code), source=_source(form), who=principal.name, now=now)

    try:
        await context.database.write_async(keep)
    except _Wrong as wrong:
        return await _register(request, wrong=wrong.key)
    return _back(f"/provinces/{code}/partners")


class _Wrong(ValueError):
    """Something in a form; `key` of the sentence that says what."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _agency(form: dict[str, str], province: str) -> Partner:
    name = _words(form, "name", MOST_NAME)
    if not name:
        raise _Wrong("partners.wrong_name")
    kind = form.get("kind", "")
    if kind not in KINDS:
        raise _Wrong("partners.wrong_name")
    latitude, longitude = _degrees(form, "latitude", 5, 21), _degrees(form, "longitude", 97, 106)
    if (latitude is None) != (longitude is None):
        raise _Wrong("partners.wrong_place")
    place = Place(province, _words(form, "district", MOST_NAME), latitude, longitude)
    return _partner(form, kind, name, name, place, _words(form, "isp", 20).upper(), "")


def _partner(
    form: dict[str, str],
    kind: str,
    name_th: str,
    name_en: str,
    place: Place,
    isp: str,
    office: str,
) -> Partner:
    """A form's partner. Raises `_Wrong`."""
    opens, closes = _time(form, "opens"), _time(form, "closes")
    if opens >= closes:
        raise _Wrong("partners.wrong_hours")
    contact = _words(form, "contact", MOST_CONTACT)
    if not re.search(r"[0-9๐-๙]{3}", contact):
        raise _Wrong("partners.wrong_contact")
    desks = form.get("desks", "1")
    if not re.fullmatch(r"[1-9][0-9]?", desks, re.ASCII):
        raise _Wrong("partners.wrong_desks")
    return Partner(
        0, office, name_th, name_en, kind, place, isp, opens, closes, contact, int(desks)
    )


def _words(form: dict[str, str], name: str, most: int) -> str:
    text = " ".join(form.get(name, "").split())
    if len(text) > most:
        raise _Wrong("partners.wrong_long")
    return text


def _source(form: dict[str, str]) -> str:
    source = _words(form, "source", MOST_SOURCE)
    if not source:
        raise _Wrong("partners.wrong_source")
    return source


def _time(form: dict[str, str], name: str) -> time:
    text = form.get(name, "")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text, re.ASCII):
        raise _Wrong("partners.wrong_hours")
    return time.fromisoformat(text)


def _degrees(form: dict[str, str], name: str, low: float, high: float) -> float | None:
    """Degrees inside Thailand's bounds; None if left empty."""
    text = form.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,8})?", text, re.ASCII):
        raise _Wrong("partners.wrong_place")
    if not low <= float(text) <= high:
        raise _Wrong("partners.wrong_place")
    return float(text)


def _back(path: str) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": path})


_OFFICE = "/offices/{code}"
_NUMBER = r"/{number:[0-9]{1,9}}"
_PROVINCE = "/provinces/{province}/partners"
ROUTES = (
    Route("GET", _OFFICE + "/partners", nearby, Action.READ_CONNECTIVITY, office_resource),
    Route("POST", _OFFICE + "/partners", lend, Action.MANAGE_PARTNER, office_resource),
    Route("POST", _OFFICE + "/partners" + _NUMBER, visit, Action.WRITE_STEP, office_resource),
    Route("POST", _OFFICE + "/visits" + _NUMBER, visited, Action.WRITE_STEP, office_resource),
    Route("GET", _PROVINCE, register, Action.READ_PROVINCE, province_resource),
    Route("POST", _PROVINCE, add, Action.MANAGE_PARTNER, province_resource),
)
