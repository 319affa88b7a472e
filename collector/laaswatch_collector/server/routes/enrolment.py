"""`POST /v1/enrolments`: a code becomes an agent. One text for every refusal; guesses are slowed down."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.limits import (
    ENROLMENT_ATTEMPTS,
    MAX_SMALL_BODY,
    check_json_head,
    client_address,
    read_body,
)
from laaswatch_collector.server.routing import CONTEXT, Route
from laaswatch_collector.store.enrolment import redeem

Hex256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class EnrolmentRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What an agent sends: the code as typed, its own nonce, the hash of the secret that it made."""

    code: Annotated[str, msgspec.Meta(max_length=200)]
    nonce: Hex256
    token_sha256: Hex256
    system: Literal["linux", "windows"]
    version: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]


async def post_enrolment(request: web.Request) -> web.Response:
    """Redeem the code, or count the failure against the address that it came from."""
    context = request.app[CONTEXT]
    attempts = request.app[ENROLMENT_ATTEMPTS]
    address = client_address(request, context.config.trusted_proxies)
    now = context.now()
    attempts.check(address, now.timestamp())
    body = await read_body(request, MAX_SMALL_BODY)
    try:
        asked = msgspec.json.decode(body, type=EnrolmentRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("malformed", str(error)[:200]) from error
    enrolled = await context.database.write_async(
        lambda c: redeem(
            c,
            asked.code,
            nonce=bytes.fromhex(asked.nonce),
            token_sha256=bytes.fromhex(asked.token_sha256),
            system=asked.system,
            version=asked.version,
            now=now,
        )
    )
    if enrolled is None:
        attempts.failed(address, now.timestamp())
        raise Refused("code_refused")
    answer = {
        "agent": enrolled.agent,
        "state": enrolled.state,
        "office": enrolled.office,
        "role": enrolled.role,
        "config_etag": "",  # its first acknowledgement names one, and it fetches its orders
    }
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


ROUTES = (
    Route("POST", "/v1/enrolments", post_enrolment, Action.ENROL, check_head=check_json_head),
)
