"""Routes declare what they need leave for; the app factory wraps each in the one check.

A route module exports `ROUTES`; `server/app.py` lists the modules. A route without an action cannot be
written down, so none can be served without a policy.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from laaswatch_collector.access.policy import NATION, Action, Principal, Resource
from laaswatch_collector.store.agents import Agent

if TYPE_CHECKING:
    from laaswatch_collector.config import CollectorConfig
    from laaswatch_collector.store.database import Database


@dataclass(frozen=True)
class Context:
    """What every handler may use. `now` is the only clock of the server."""

    database: "Database"
    config: "CollectorConfig"
    now: Callable[[], datetime]


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)
AGENT: web.RequestKey[Agent] = web.RequestKey("agent", Agent)
"""The agent behind a request that came with an agent's secret; absent otherwise."""
CSRF: web.RequestKey[str] = web.RequestKey("csrf", str)
"""The session's token that every form carries; absent without a session."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ResourceOf = Callable[[web.Request], Awaitable[Resource | None]]
HeadCheck = Callable[[web.Request], None]


async def nation(_request: web.Request) -> Resource:
    """The resource of routes that are about no single office."""
    return NATION


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path. `resource` answers None for what does not exist: refused and absent look alike.

    `check_head` looks at the request line and headers alone, before anybody is asked who they are: what
    can be refused for nothing is refused first. It raises `errors.Refused`.

    `checks_secret_again`: the handler asks the store, in the transaction that counts, whether the secret
    is still good; so it is enough to remember whose it was.

    `for_readers`: a program's token opens it. Pages are for people.
    """

    method: str
    path: str
    handler: Handler
    action: Action
    resource: ResourceOf = nation
    check_head: HeadCheck | None = None
    checks_secret_again: bool = False
    for_readers: bool = False
