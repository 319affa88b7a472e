"""`POST /v1/reports`: deliveries of agents, acknowledged after commit, never before."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import msgspec
from aiohttp import web

from laaswatch_agent.report.codec import MalformedReport, unpack_delivery
from laaswatch_agent.report.model import Delivery
from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.counted import ACKNOWLEDGED, count_delivery
from laaswatch_collector.server.agent_plan import PLANNER
from laaswatch_collector.server.authentication import KNOWN_AGENTS, authenticate, shown_secret
from laaswatch_collector.server.checkpoints import CHECKPOINTS
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.intake import INTAKE
from laaswatch_collector.server.limits import MAX_WIRE, check_delivery_head, inflate, read_body
from laaswatch_collector.server.networks import note_network
from laaswatch_collector.server.routing import AGENT, CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.agent_tokens import RENEWED_AFTER, renew
from laaswatch_collector.store.intake import Prepared, prepare
from laaswatch_collector.store.reports import Accepted, Arrived

SMALL = 16 * 1024
"""Bytes that are unpacked at once; more would hold up the loop, and go to a worker thread."""
_BACKLOG = ThreadPoolExecutor(1, thread_name_prefix="backlog")
"""One thread: more would do no more in the same time, and newest reports would wait behind all of them."""


async def own_office(request: web.Request) -> Resource:
    """An agent's reports belong to its own office."""
    principal = request[PRINCIPAL]
    return Resource(office=principal.office, province=principal.province)


async def post_reports(request: web.Request) -> web.Response:
    """Read, check, store, answer; every refusal of reliability.md's table in its turn."""
    context, agent = request.app[CONTEXT], request[PRINCIPAL].name
    started = time.perf_counter()
    body = await read_body(request, MAX_WIRE)
    received = context.now()
    compressed = request.headers.get("Content-Encoding") == "gzip"
    if len(body) <= SMALL:
        prepared = _prepare(body, agent, received, compressed=compressed)
    else:
        prepared = await asyncio.get_running_loop().run_in_executor(
            _BACKLOG, partial(_prepare, body, agent, received, compressed=compressed)
        )
    accepted = await _stored(request, prepared)
    if accepted.refused:
        raise Refused(accepted.refused)
    note_network(request, agent)
    await request.app[CHECKPOINTS].check(request, agent)
    etag = await request.app[PLANNER].etag(request[AGENT])
    count_delivery(len(prepared.reports), accepted.duplicates, len(accepted.rejected))
    next_token = await _renewed(request)
    answer = {
        "acked": accepted.acked,
        "duplicates": accepted.duplicates,
        "rejected": [
            {"seq": None, "line": bad.line, "reason": bad.reason} for bad in accepted.rejected
        ],
        "server_ms": round((time.perf_counter() - started) * 1000, 1),
        "beacon": request.app[CHECKPOINTS].beacon,
        "config_etag": etag,
    }
    if next_token:
        answer["next_token"] = next_token
    known = prepared.reports[-1].report.beacon if prepared.reports else ""
    if note := request.app[CHECKPOINTS].note_for(known):
        answer["checkpoint"] = note
    ACKNOWLEDGED.observe(time.perf_counter() - started)
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


async def _stored(request: web.Request, prepared: Prepared) -> Accepted:
    """What became of it. Who came with a secret that is another by now is asked again who he is."""
    intake, agent, secret = request.app[INTAKE], request[AGENT], shown_secret(request)
    accepted = await intake.take(Arrived(agent.id, prepared, secret))
    if accepted.refused == "token":
        request.app[KNOWN_AGENTS].forget(secret)
        await authenticate(request)
        accepted = await intake.take(Arrived(agent.id, prepared))
    return accepted


async def _renewed(request: web.Request) -> str:
    """A new secret for the agent that asks, where its own has been in use long enough; else ""."""
    context, agent = request.app[CONTEXT], request[AGENT]
    if context.now() - agent.token_at < RENEWED_AFTER:
        return ""
    return await context.database.write_async(lambda c: renew(c, agent.id))


def _prepare(body: bytes, agent: str, received: datetime, *, compressed: bool) -> Prepared:
    return prepare(_unpack(body, agent, compressed=compressed), received)


def _unpack(body: bytes, agent: str, *, compressed: bool) -> Delivery:
    try:
        delivery = unpack_delivery(inflate(body) if compressed else body)
    except MalformedReport as error:
        raise Refused("malformed", str(error)[:200]) from error
    if delivery.envelope.agent != agent:
        raise Refused("other_agent")
    return delivery


ROUTES = (
    Route(
        "POST",
        "/v1/reports",
        post_reports,
        Action.SEND_REPORTS,
        resource=own_office,
        check_head=check_delivery_head,
        checks_secret_again=True,
    ),
)
