"""Who asks: a person's session, an agent's own token, or a program's access token; else nobody.

Roles are read from the store at each request: nothing about a person is remembered here. Whose an agent's
secret is may be remembered for a while, on the one route that asks the store again before anything counts.
"""

import hashlib
import re
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web

from laaswatch_collector.access.policy import NOBODY, Principal, Role
from laaswatch_collector.access.second_step import OBLIGED
from laaswatch_collector.access.sessions import alive, csrf_matches, same_site
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.limits import AttemptLimit
from laaswatch_collector.server.routing import AGENT, CONTEXT, CSRF, Context
from laaswatch_collector.store.agent_tokens import Slot, agent_by_token, old_token_used, promote
from laaswatch_collector.store.agents import TURNED_AWAY, Agent
from laaswatch_collector.store.programs import program_by_token, token_used
from laaswatch_collector.store.sessions import Session, find_session, touch_session
from laaswatch_collector.store.users import User

FINISH = "/sign-in/finish"
"""Where a person goes on who gave the password and still owes something."""
COOKIE = "laaswatch_session"
SECURE_COOKIE = "__Host-laaswatch"
"""The name over HTTPS: browsers then refuse it from anywhere but this very host."""
TOUCH_EVERY = timedelta(minutes=1)
NOTE_USE_EVERY = timedelta(hours=1)
"""When a program last came is known to the hour: a scrape each minute is not a write each minute."""
SIGN_IN_ATTEMPTS: web.AppKey[AttemptLimit] = web.AppKey("sign_in_attempts", AttemptLimit)

SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)
"""The session behind a request; absent for programs and for nobody."""

_TOKEN = re.compile(r"Bearer ([0-9a-f]{64})")
_SECRET = re.compile(r"[0-9a-f]{64}")


async def authenticate(request: web.Request, *, remembered: bool = False) -> Principal:
    """The principal behind a request. Raises `Refused` for an agent that is turned away."""
    header = request.headers.get("Authorization")
    if header is None:
        return await _by_session(request)
    if remembered:
        known = request.app[KNOWN_AGENTS].find(header, request.app[CONTEXT].now())
        if known is not None:
            request[AGENT] = known
            return _of_agent(known)
    return await _by_token(request, header)


def shown_secret(request: web.Request) -> bytes:
    """The SHA-256 of the secret that an agent's request came with."""
    return _digest(request.headers["Authorization"].removeprefix("Bearer "))


class KnownAgents:
    """Whose each secret was when it was last looked up, for `seconds`, of the `most` used last."""

    def __init__(self, most: int = 50_000, seconds: float = 600) -> None:
        self._most = most
        self._kept = timedelta(seconds=seconds)
        self._known: OrderedDict[bytes, tuple[Agent, datetime]] = OrderedDict()

    def find(self, header: str, now: datetime) -> Agent | None:
        """The agent that has the secret of this header, as far as is remembered."""
        found = _TOKEN.fullmatch(header)
        entry = self._known.get(_digest(found[1])) if found else None
        if entry is None or not timedelta(0) <= now - entry[1] < self._kept:
            return None
        return entry[0]

    def remember(self, token_sha256: bytes, agent: Agent, now: datetime) -> None:
        """This secret is in use by this agent."""
        self._known[token_sha256] = (agent, now)
        self._known.move_to_end(token_sha256)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, token_sha256: bytes) -> None:
        """This secret is somebody else's, or nobody's, by now."""
        self._known.pop(token_sha256, None)


KNOWN_AGENTS: web.AppKey[KnownAgents] = web.AppKey("known_agents", KnownAgents)


def check_form(request: web.Request, sent: str) -> None:
    """Refuse a form that did not come from our own page in this very session."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not same_site(headers, request.host) or not csrf_matches(sent, request.get(CSRF, "")):
        raise Refused("cross_site")


def over_https(request: web.Request) -> bool:
    """Whether the person's browser speaks HTTPS, directly or to the proxy in front."""
    public = request.app[CONTEXT].config.public_url
    return request.secure or public.startswith("https://")


def session_cookie(request: web.Request) -> str:
    """The name of the session's cookie on this connection."""
    return SECURE_COOKIE if over_https(request) else COOKIE


def session_token(request: web.Request) -> str:
    """The session's secret as the browser sent it, "" for none."""
    return request.cookies.get(session_cookie(request), "")


def give_cookie(request: web.Request, response: web.Response, token: str) -> web.Response:
    """The response, with the session's secret for the browser: no script reads it, no other site sends it."""
    response.set_cookie(
        session_cookie(request),
        token,
        httponly=True,
        samesite="Lax",
        path="/",
        secure=over_https(request),
    )
    return response


class Owed(StrEnum):
    """The next thing that a person who gave the password has to do."""

    CODE = "code"
    OWN_PASSWORD = "own_password"  # noqa: S105 - a step, no secret
    SET_UP = "set_up"


def owes(user: User, *, proved: bool, config: CollectorConfig) -> Owed | None:
    """What stands between a right password and leave to do anything."""
    if user.second_step and not proved:
        return Owed.CODE
    if user.must_change:
        return Owed.OWN_PASSWORD
    if not proved and user.role in OBLIGED and config.second_step == "required":
        return Owed.SET_UP
    return None


async def _by_token(request: web.Request, header: str) -> Principal:
    found = _TOKEN.fullmatch(header)
    if found is None:
        return NOBODY
    token = found[1]
    context = request.app[CONTEXT]
    digest = _digest(token)
    known = await context.database.read_async(lambda c: agent_by_token(c, digest))
    if known is not None:
        agent = request[AGENT] = await _admit(context, *known, digest)
        request.app[KNOWN_AGENTS].remember(digest, agent, context.now())
        return _of_agent(agent)
    now = context.now()
    found_program = await context.database.read_async(lambda c: program_by_token(c, digest, now))
    if found_program is None:
        return NOBODY
    user, last_used = found_program
    if last_used is None or now - last_used >= NOTE_USE_EVERY:
        await context.database.write_async(lambda c: token_used(c, digest, now))
    return _principal(user)


async def _admit(context: Context, agent: Agent, slot: Slot, token_sha256: bytes) -> Agent:
    """The agent that came with a known secret, unless it or the secret is not let in any more."""
    now = context.now()
    if slot is Slot.OLD:
        await context.database.write_async(lambda c: old_token_used(c, agent, now))
        raise Refused("old_token")
    if agent.state in TURNED_AWAY:
        raise Refused("agent_suspended")
    if slot is Slot.NEXT:
        await context.database.write_async(lambda c: promote(c, agent.id, token_sha256, now))
        return replace(agent, token_at=now)
    return agent


async def _by_session(request: web.Request) -> Principal:
    token = session_token(request)
    if not _SECRET.fullmatch(token):
        return NOBODY
    context = request.app[CONTEXT]
    session: Session | None = await context.database.read_async(lambda c: find_session(c, token))
    now = context.now()
    if session is None or session.user.disabled or not alive(session.created, session.used, now):
        return NOBODY
    if now - session.used >= TOUCH_EVERY:
        await context.database.write_async(lambda c: touch_session(c, token, now))
    request[CSRF] = session.csrf
    request[SESSION] = session
    found = _principal(session.user)
    if owes(session.user, proved=session.proved, config=context.config) is not None:
        return replace(found, role=Role.HALF)
    return found


def _of_agent(agent: Agent) -> Principal:
    return Principal(Role.AGENT, agent.id, agent.office, agent.province)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _principal(user: User) -> Principal:
    return Principal(user.role, user.name, user.office, user.province)
