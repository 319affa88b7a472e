"""What agents are told to do, and the short name (etag) of it that travels with every answer.

The plan of an agent follows from who else of its office was heard lately and how many agents there are
(`site_budget`). It is data and names no host. It is computed anew every half minute from the store, so
several collectors on one database tell the same, and an order to spare the site reaches every agent with
its next report.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import sqlalchemy as sa
from aiohttp import web

from laaswatch_agent.knowledge.articles import files_of, shipped_files
from laaswatch_agent.knowledge.pack import name_of, pack
from laaswatch_agent.report.vocabulary import Depth
from laaswatch_collector.config import SiteChecks
from laaswatch_collector.server.routing import Context
from laaswatch_collector.server.site_budget import Budget, Known, Times, budget, phases
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store.agents import Agent
from laaswatch_collector.store.site_checks import known_agents, site_checks
from laaswatch_collector.worktime.thai import local_date

RENEW = timedelta(seconds=30)
QUIET_AHEAD = 45
"""Days whose holidays an agent is told in advance; it may hear nothing for weeks."""


class SiteOrders(msgspec.Struct, frozen=True):
    """How far an agent may go towards the site, how often (seconds), and its place in the cycle (0 to 1)."""

    depth: Depth
    every: float
    in_trouble: float
    phase: float


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `GET /v1/config`: data only; the agent keeps to its own floors."""

    etag: str = ""
    now_ms: int = 0
    round_seconds: float
    report_seconds: float
    prober: bool
    site: SiteOrders
    quiet_days: tuple[date, ...]
    knowledge_sha256: str
    """Names the articles on offer at `GET /v1/knowledge`."""


@dataclass(frozen=True, slots=True)
class _State:
    """What all plans follow from, as of `at`."""

    at: datetime
    budget: Budget
    checks: SiteChecks
    quiet_days: tuple[date, ...]
    phases: Mapping[str, float]
    shared: dict[tuple[bool, bool], tuple["Orders", str]] = field(default_factory=dict)
    """By (control, prober): the orders that all of a kind share, and their short name."""


class Planner:
    """Tells each agent its orders. One for each server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        folder = context.config.calendar_dir
        self._worktime = load_calendar(Path(folder) if folder else None).work_clock()
        self.knowledge = knowledge_document(context.config.knowledge_dir)
        self.knowledge_gzip = gzip.compress(self.knowledge, 9, mtime=0)
        self.knowledge_sha256 = name_of(self.knowledge)
        self._state: _State | None = None
        self._renewing = asyncio.Lock()

    async def orders(self, agent: Agent) -> Orders:
        """The orders of this agent now."""
        state = await self._current(agent.id)
        now = round(self._context.now().timestamp() * 1000)
        return msgspec.structs.replace(self._orders(state, agent), now_ms=now)

    async def etag(self, agent: Agent) -> str:
        """The short name of its orders: it fetches them when this changes."""
        return self._etag(await self._current(agent.id), agent)

    def _orders(self, state: _State, agent: Agent) -> Orders:
        orders, _ = self._shared(state, agent)
        site = msgspec.structs.replace(orders.site, phase=_phase(state, agent) / _PHASES)
        return msgspec.structs.replace(orders, site=site, etag=self._etag(state, agent))

    def _etag(self, state: _State, agent: Agent) -> str:
        return f"{self._shared(state, agent)[1]}{_phase(state, agent):04x}"

    def _shared(self, state: _State, agent: Agent) -> tuple[Orders, str]:
        """What all agents of this one's kind are told, and the short name of it."""
        control = agent.role == "control"
        kind = control, control or state.budget.is_prober(agent.id, agent.office)
        if kind not in state.shared:
            orders = self._orders_of(state, *kind)
            name = hashlib.sha256(msgspec.json.encode(orders)).hexdigest()[:12]
            state.shared[kind] = orders, name
        return state.shared[kind]

    def _orders_of(self, state: _State, control: bool, prober: bool) -> Orders:
        plan = self._context.config.agents
        times = state.budget.probers if prober else state.budget.others
        if control:  # ours, and few: they look in every round
            times = Times(0, 0)
        depth = _depth(state.checks, prober=prober)
        return Orders(
            round_seconds=plan.round_seconds,
            report_seconds=plan.report_seconds,
            prober=prober,
            site=SiteOrders(depth, times.every, times.in_trouble, 0.0),
            quiet_days=state.quiet_days,
            knowledge_sha256=self.knowledge_sha256,
        )

    async def _current(self, agent: str) -> _State:
        """The state, not much older than `RENEW`; a new agent does not wait for it."""
        state = self._state
        if state is None or self._is_old(state) or agent not in state.phases:
            async with self._renewing:
                state = self._state
                if state is None or self._is_old(state) or agent not in state.phases:
                    state = self._state = await self._context.database.read_async(self._read)
        return state

    def _is_old(self, state: _State) -> bool:
        return not timedelta(0) <= self._context.now() - state.at < RENEW

    def _read(self, connection: sa.Connection) -> _State:
        now, plan = self._context.now(), self._context.config.agents
        known = [
            Known(x.id, x.office, x.role == "control", x.heard) for x in known_agents(connection)
        ]
        shared = budget(known, now, plan.site_requests_per_second, plan.round_seconds)
        switched = site_checks(connection)
        return _State(
            at=now,
            budget=shared,
            checks=min(plan.site_checks, switched, key=list(SiteChecks).index),
            quiet_days=self._quiet_days(local_date(now)),
            phases=phases(known),
        )

    def _quiet_days(self, today: date) -> tuple[date, ...]:
        days = (today + timedelta(days=n) for n in range(QUIET_AHEAD))
        return tuple(
            day for day in days if day.weekday() < 5 and not self._worktime.is_working_day(day)
        )


@lru_cache(maxsize=4)
def knowledge_document(folder: str) -> bytes:
    """The articles that agents are given: the province's own in `folder`, and the shipped. Raises ArticleError."""
    return pack(files_of(Path(folder)) if folder else {}, shipped_files())


_PHASES = 0x10000
"""An agent's place in the cycle is told in this many steps, which four letters of its orders' name hold."""


def _phase(state: _State, agent: Agent) -> int:
    return int(state.phases.get(agent.id, 0.0) * _PHASES)


def _depth(checks: SiteChecks, *, prober: bool) -> Depth:
    if checks is SiteChecks.OFF:
        return Depth.LOCAL
    return Depth.FULL if prober and checks is SiteChecks.FULL else Depth.CONNECT


PLANNER: web.AppKey[Planner] = web.AppKey("planner", Planner)
