"""The live view as pages and metrics share it: computed from everyone's newest rounds, kept for a moment."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Result
from laaswatch_collector.localization.live import (
    LiveAgent,
    LiveView,
    live_view,
    speaks_for_now,
)
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.offices import NewestRound, Pc, controls, newest_rounds

ROLES = ("login", "app", "kb", "identity")
LIVE_SECONDS = 2.0
"""How long a live view is used again; many people open the overview at the same time."""


@dataclass(frozen=True, slots=True)
class Live:
    """Who is usable now, as seen by everyone, and our own probes of the site."""

    view: LiveView
    controls: Sequence[Pc]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the site, by role, as one of our control probes sees it."""

    role: str
    result: LayerResult
    checked_at: datetime


_live: WeakKeyDictionary[Database, tuple[float, Live]] = WeakKeyDictionary()
_live_lock = Lock()


def read_live(database: Database, now: datetime) -> Live:
    """The live view, at most `LIVE_SECONDS` old. Blocking: call it from a worker thread."""
    with _live_lock:
        kept = _live.get(database)
        if kept is not None and time.monotonic() - kept[0] < LIVE_SECONDS:
            return kept[1]

        def work(connection: sa.Connection) -> Live:
            agents = [_live_agent(x) for x in newest_rounds(connection)]
            return Live(live_view(agents, int(now.timestamp())), controls(connection))

        found = database.read(work)
        _live[database] = (time.monotonic(), found)
        return found


def _live_agent(x: NewestRound) -> LiveAgent:
    return LiveAgent(
        agent=x.agent,
        office=x.office,
        province=x.province,
        isp=x.isp,
        control=x.control,
        at=int(x.at.timestamp()),
        received=int(x.received_at.timestamp()),
        cadence=x.cadence,
        fault=x.fault,
        asked=x.asked,
    )


def is_fresh(pc: Pc, now: datetime) -> bool:
    """Whether a PC's newest round still speaks about now: the live view's own rule."""
    if pc.round is None or pc.received_at is None:
        return False
    times = (pc.round.at / 1000, pc.received_at.timestamp(), pc.cadence, now.timestamp())
    return speaks_for_now(*times)


def parts_of_site(live: Live, now: datetime) -> list[Part]:
    """The parts of the site as our freshest control probe sees them."""
    fresh = [x for x in live.controls if x.round and is_fresh(x, now)]
    newest: Pc | None = max(fresh, key=lambda x: x.received_at or now, default=None)
    if newest is None or newest.round is None:
        return []
    return [
        Part(role, result, utc(newest.round.at // 1000))
        for role in ROLES
        if (result := _outcome(newest.round.layers, role)) is not None
    ]


def _outcome(layers: tuple[LayerResult, ...], role: str) -> LayerResult | None:
    """The last layer of a role that was tried: the page if it came, else where the way broke."""
    tried = [x for x in layers if x.target == role and x.result is not Result.SKIPPED]
    failed = next((x for x in tried if x.result is Result.FAIL), None)
    page_itself = next((x for x in tried if x.layer is Layer.HTTP), None)
    return page_itself if page_itself and page_itself.result is Result.OK else failed or page_itself


def utc(seconds: int) -> datetime:
    """A moment from whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
