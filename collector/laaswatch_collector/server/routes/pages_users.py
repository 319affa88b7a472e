"""People who may sign in: who looks after them adds, moves, shuts out and lets in again.

An administrator looks after everybody, a province's officer after the viewers and clerks of its own offices,
and nobody after themselves. A password that is given out here is shown once and good for one log-in.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.passwords import first_password
from laaswatch_collector.access.policy import (
    MANAGES,
    OFFICE_ROLES,
    PEOPLE,
    SHUTS_OUT,
    Action,
    Principal,
    Resource,
    Role,
    may_manage,
    within,
)
from laaswatch_collector.messages import Message, Told, message, word
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.pages_shared import own_part
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.server.second_step import own_form
from laaswatch_collector.store.second_steps import forget_second_step
from laaswatch_collector.store.users import (
    User,
    add_user,
    disable_user,
    enable_user,
    find_user,
    must_exist,
    place_of,
    set_password,
    set_place,
)
from laaswatch_collector.store.views.people import people
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.worktime.provinces import PROVINCES

MOST = 50
"""People on one page."""


@dataclass(frozen=True, slots=True)
class Given:
    """A first password, on the one page that shows it."""

    name: str
    password: str


async def users(request: web.Request) -> web.StreamResponse:
    """`/users`: the people whom the reader looks after, and a form for a new one."""
    return await _list(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST /users`: a new person; the answer shows the first password, once."""
    form = await own_form(request)
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    name, now, password = form.get("name", "").strip(), context.now(), first_password()

    def work(connection: sa.Connection) -> None:
        place = place_of(
            connection,
            form.get("role", ""),
            form.get("office", "").strip(),
            form.get("province", ""),
        )
        if not may_manage(principal, place.role, Resource(place.office, place.province)):
            raise Told("users.not_yours")
        add_user(
            connection,
            name,
            place.role,
            password,
            now=now,
            office=place.office,
            province=place.province,
            by=principal.name,
            must_change=True,
        )

    try:
        await context.database.write_async(work)
    except Told as error:
        return await _list(request, wrong=error.message)
    return await _list(request, given=Given(name, password))


async def person(request: web.Request) -> web.StreamResponse:
    """`/users/person?name=…`: one of them, and what can be changed."""
    return await _person(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST /users/person?name=…`: `do` = role, shut_out, let_in, password or second_step."""
    form = await own_form(request)
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    name, by, now, password = _name(request), principal.name, context.now(), first_password()
    asked = form.get("do", "")

    def work(connection: sa.Connection) -> Message:
        _of_mine(principal, must_exist(connection, name), asked)
        if asked == "role":
            place = place_of(
                connection,
                form.get("role", ""),
                form.get("office", "").strip(),
                form.get("province", ""),
            )
            if not may_manage(principal, place.role, Resource(place.office, place.province)):
                raise Told("users.not_yours")
            set_place(connection, name, place, now, by)
            return message("people.changed", name=name, role=word("person", place.role))
        if asked == "shut_out":
            disable_user(connection, name, now, by=by)
            return message("people.disabled", name=name)
        if asked == "let_in":
            enable_user(connection, name, now, by=by)
            return message("people.enabled", name=name)
        if asked == "password":
            set_password(connection, name, password, now, by=by, must_change=True)
            return message("people.new_password", name=name)
        if asked == "second_step":
            forget_second_step(connection, name, now, by)
            return message("people.second_step_gone", name=name)
        raise Refused("malformed")

    try:
        done = await context.database.write_async(work)
    except Refused:
        raise
    except Told as error:
        return await _person(request, wrong=error.message)
    given = Given(name, password) if asked == "password" else None
    return await _person(request, done=done, given=given)


def _of_mine(principal: Principal, found: User, asked: str) -> None:
    """Refuse people whom this one does not look after; those of the own kind may only be shut out."""
    resource = Resource(found.office, found.province)
    mine = may_manage(principal, found.role, resource)
    if found.name == principal.name or not (mine or asked == "shut_out"):
        raise Refused("not_found")


def _name(request: web.Request) -> str:
    return request.query.get("name", "")[:100]


async def person_resource(request: web.Request) -> Resource | None:
    """Where the person is at home; None for nobody, for programs, and for those of other managers."""
    principal, name = request[PRINCIPAL], _name(request)
    found = await request.app[CONTEXT].database.read_async(lambda c: find_user(c, name))
    if found is None or found.role not in SHUTS_OUT.get(principal.role, frozenset[Role]()):
        return None
    return Resource(found.office, found.province)


async def _list(
    request: web.Request, *, wrong: Message | None = None, given: Given | None = None
) -> web.StreamResponse:
    principal = request[PRINCIPAL]
    after, text = request.query.get("after", "")[:100], request.query.get("q", "")[:100]
    found = await request.app[CONTEXT].database.read_async(
        lambda c: people(c, principal, MOST + 1, after, text)
    )
    return page(
        request,
        "users.html",
        status=200 if wrong is None else 400,
        people=found[:MOST],
        after=found[MOST - 1].user.name if len(found) > MOST else "",
        query=text,
        wrong=words_of(request).say(wrong),
        given=given,
        **_choices(principal),
    )


async def _person(
    request: web.Request,
    *,
    wrong: Message | None = None,
    done: Message | None = None,
    given: Given | None = None,
) -> web.StreamResponse:
    principal, name = request[PRINCIPAL], _name(request)
    user = await request.app[CONTEXT].database.read_async(lambda c: find_user(c, name))
    if user is None:
        raise Refused("not_found")
    t = words_of(request)
    return page(
        request,
        "user.html",
        status=200 if wrong is None else 400,
        user=user,
        own_account=user.name == principal.name,
        mine=may_manage(principal, user.role, Resource(user.office, user.province)),
        wrong=t.say(wrong),
        done=t.say(done),
        given=given,
        **_choices(principal),
    )


def _choices(principal: Principal) -> dict[str, object]:
    """The roles and provinces that this manager may give."""
    mine = MANAGES.get(principal.role, frozenset[Role]())
    return {
        "roles": [x for x in PEOPLE if x in mine],
        "office_only": mine <= OFFICE_ROLES,
        "provinces": {} if within(principal).province else PROVINCES,
    }


ROUTES = (
    Route("GET", "/users", users, Action.MANAGE_USERS, own_part),
    Route("POST", "/users", add, Action.MANAGE_USERS, own_part),
    Route("GET", "/users/person", person, Action.MANAGE_USERS, person_resource),
    Route("POST", "/users/person", change, Action.MANAGE_USERS, person_resource),
)
