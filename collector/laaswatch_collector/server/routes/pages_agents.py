"""Agents and enrolment: which PCs may speak for an office, and the codes that let new ones in.

A PC that came with a code for several waits here until a person has compared its six words. What an
officer may do is let a PC of the own office in; turning one away is the province's business, since a PC
may say what its office would rather not have said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import sqlalchemy as sa
from aiohttp import web

from laaswatch_agent import __version__
from laaswatch_agent.report.fingerprint import fingerprint
from laaswatch_collector.access.policy import Action, Resource, authorize
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.routes.pages_shared import (
    must_find,
    office_resource,
    own_part,
    page_asked,
    within,
)
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.agents import AgentState, agent_by_id, set_state
from laaswatch_collector.store.enrolment import HOURS, MOST_USES, make_code
from laaswatch_collector.store.views.enrolled import (
    Enrolled,
    Which,
    chosen,
    counted,
    counted_by_state,
    of_office,
)
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.web.render import page

MOST = 30
"""PCs on one page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One PC on a page, with its six words and what the reader may make of it."""

    enrolled: Enrolled
    words: tuple[tuple[str, str], ...]
    choices: tuple[AgentState, ...]


async def waiting(request: web.Request) -> web.StreamResponse:
    """`/agents?show=&page=`: the PCs of the reader's part of the country; those that wait for a person at first."""
    part, context = within(request[PRINCIPAL]), request.app[CONTEXT]
    now, number = context.now(), page_asked(request)
    asked = request.query.get("show", "")
    which = Which(asked) if asked in set(Which) else Which.WAITING

    def look(
        connection: sa.Connection,
    ) -> tuple[list[Enrolled], dict[AgentState, int], dict[Which, int]]:
        return (
            chosen(connection, part, which, __version__, now, (number - 1) * MOST, MOST),
            counted_by_state(connection, part),
            counted(connection, part, __version__, now),
        )

    found, counts, lists = await context.database.read_async(look)
    return page(
        request,
        "agents.html",
        office=None,
        pcs=_shown(request, found),
        counts=counts,
        which=which,
        lists=lists,
        page_number=number,
        page_count=max(1, ceil(lists[which] / MOST)),
    )


async def of_one_office(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/agents`: the PCs of one office, and a form for a new code."""
    return await _office_page(request, code="")


async def change_state(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/agents/{agent}`: let a PC in, or turn it away."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    office = request.match_info["code"]
    agent = await context.database.read_async(lambda c: agent_by_id(c, request.match_info["agent"]))
    if agent is None or agent.office != office or agent.role == "control":
        raise Refused("not_found")
    wanted = form.get("state", "")
    if wanted not in _choices(request, agent.state, Resource(agent.office, agent.province)):
        raise Refused("not_found")
    await context.database.write_async(
        lambda c: set_state(c, agent.id, AgentState(wanted), who=principal.name, now=context.now())
    )
    return web.Response(status=303, headers={"Location": f"/offices/{office}/agents"})


async def issue(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/codes`: a new code, shown once, on a sheet to print and hand over."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    uses = form.get("uses", "1")
    if uses not in {str(n) for n in range(1, MOST_USES + 1)}:
        raise Refused("malformed")
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code = await context.database.write_async(
        lambda c: make_code(
            c,
            request.match_info["code"],
            now=context.now(),
            issued_by=principal.name,
            uses=int(uses),
        )
    )
    return await _office_page(request, code=code, uses=int(uses))


async def _office_page(request: web.Request, *, code: str, uses: int = 1) -> web.StreamResponse:
    context = request.app[CONTEXT]

    def load(connection: sa.Connection) -> tuple[OfficeRow, list[Enrolled]]:
        office = must_find(connection, request.match_info["code"])
        return office, of_office(connection, office.code)

    office, pcs = await context.database.read_async(load)
    return page(
        request,
        "code.html" if code else "agents.html",
        office=office,
        pcs=_shown(request, pcs),
        counts=None,
        code=code,
        uses=uses,
        most_uses=MOST_USES,
        valid_until=context.now() + timedelta(hours=HOURS),
        address=context.config.public_url or request.url.origin(),
        resource=Resource(office.code, office.province),
    )


def _shown(request: web.Request, found: Sequence[Enrolled]) -> list[Shown]:
    return [
        Shown(
            x,
            fingerprint(x.agent.nonce),
            _choices(request, x.agent.state, Resource(x.agent.office, x.agent.province)),
        )
        for x in found
    ]


def _choices(request: web.Request, state: AgentState, resource: Resource) -> tuple[AgentState, ...]:
    """What this reader may make of a PC in this state."""
    principal = request[PRINCIPAL]
    if authorize(principal, Action.MANAGE_AGENTS, resource):
        return _MANAGED[state]
    if state is AgentState.PENDING and authorize(principal, Action.APPROVE_AGENT, resource):
        return (AgentState.ACTIVE,)
    return ()


_MANAGED = {
    AgentState.PENDING: (AgentState.ACTIVE, AgentState.REVOKED),
    AgentState.ACTIVE: (AgentState.SUSPENDED, AgentState.REVOKED),
    AgentState.SUSPENDED: (AgentState.ACTIVE, AgentState.REVOKED),
    AgentState.FORKED: (AgentState.ACTIVE, AgentState.REVOKED),
    AgentState.REVOKED: (),
}

ROUTES = (
    Route("GET", "/agents", waiting, Action.READ_AGENTS, own_part),
    Route("GET", "/offices/{code}/agents", of_one_office, Action.READ_AGENTS, office_resource),
    Route(
        "POST",
        "/offices/{code}/agents/{agent}",
        change_state,
        Action.APPROVE_AGENT,
        office_resource,
    ),
    Route("POST", "/offices/{code}/codes", issue, Action.ISSUE_CODE, office_resource),
)
