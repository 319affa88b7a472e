"""The live view as pages and metrics share it: computed from everyone's newest rounds, kept for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from threading import Lock
from weakref import WeakKeyDictionary, WeakSet

import sqlalchemy as sa

from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Result
from laaswatch_collector.localization.isp_of import Inferred
from laaswatch_collector.localization.leaving import DAYS, LeaveRates
from laaswatch_collector.localization.live import (
    NOT_LEARNED,
    LiveView,
    live_view,
    speaks_for_now,
)
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.prefixes import isps_on
from laaswatch_collector.store.views.leaving import leave_rates
from laaswatch_collector.store.views.offices import Pc, controls, newest_rounds
from laaswatch_collector.worktime.thai import local_date

ROLES = ("login", "app", "kb", "identity")
LIVE_SECONDS = 2.0
"""How long a live view is used again; many people open the overview at the same time."""
LIVE_LONGEST = 10.0
"""The same while `keep_live` runs, which makes a new one every `LIVE_SECONDS` unless the machine is busy."""
LOOKING_SECONDS = 60.0
"""Since somebody last asked: so long the live view is renewed."""

LEARN_AGAIN = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """Who is usable now, as seen by everyone, and our own probes of the site.

    `lines`: the provider of each office by the networks of the day, as far as it was looked up.
    """

    view: LiveView
    controls: Sequence[Pc]
    lines: Mapping[str, Inferred] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the site, by role, as one of our control probes sees it."""

    role: str
    result: LayerResult
    checked_at: datetime


@dataclass(slots=True)
class _Kept:
    """A live view; when it was made and last asked for, on the monotonic clock."""

    live: Live
    made: float
    asked: float


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What the past tells, when it was looked up, and the providers of `lines` by office."""

    at: datetime
    rates: LeaveRates
    lines: Mapping[str, Inferred]
    isps: Mapping[str, str]


_NOTHING = _Learnt(datetime.fromtimestamp(0, UTC), NOT_LEARNED, {}, {})
_live: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()
_learnt: WeakKeyDictionary[Database, _Learnt] = WeakKeyDictionary()
_renewed: WeakSet[Database] = WeakSet()
_live_lock = Lock()


def read_live(database: Database, now: datetime) -> Live:
    """The live view, about `LIVE_SECONDS` old at most. Blocking: call it from a worker thread."""
    kept, at = _live.get(database), time.monotonic()
    if kept is not None and at - kept.made < (
        LIVE_LONGEST if database in _renewed else LIVE_SECONDS
    ):
        kept.asked = at
        return kept.live
    with _live_lock:
        kept = _live.get(database)
        if kept is not None and kept.made >= at:
            return kept.live  # somebody made it while we waited
        return _renew(database, now, asked=at)


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


async def keep_live(
    database: Database,
    now: Callable[[], datetime],
    is_working_day: Callable[[date], bool] = _is_weekday,
) -> None:
    """Renew the live view while somebody looks, so that nobody waits for it. Runs until cancelled."""
    _renewed.add(database)
    rest = LIVE_SECONDS
    try:
        while True:
            await asyncio.sleep(rest)
            started, kept = time.monotonic(), _live.get(database)
            if kept is not None and started - kept.asked < LOOKING_SECONDS:
                await _to_the_end(partial(_learn, database, now(), is_working_day))
                await _to_the_end(partial(_renew, database, now(), asked=kept.asked))
            rest = max(LIVE_SECONDS, 4 * (time.monotonic() - started))
    finally:
        _renewed.discard(database)


async def _to_the_end(work: Callable[[], object]) -> None:
    """Run it in a thread; cancelled, wait until it has ended: the database may be closed then."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise
    except StoreUnavailable as error:
        log.warning("no live view: %s", error)
    except Exception:
        log.exception("no live view; trying again")


def _learn(database: Database, now: datetime, is_working_day: Callable[[date], bool]) -> None:
    """Learn how usual it is that offices leave, and their providers; anew each hour, as reports come in."""
    known = _learnt.get(database)
    if known is not None and timedelta(0) <= now - known.at < LEARN_AGAIN:
        return
    today = local_date(now)
    past = (today - timedelta(days=n) for n in range(1, 5 * DAYS))
    days = list(islice(filter(is_working_day, past), DAYS))

    def work(connection: sa.Connection) -> _Learnt:
        lines = isps_on(connection, today)
        isps = {office: x.isp for office, x in lines.items()}
        return _Learnt(now, leave_rates(connection, days, isps), lines, isps)

    _learnt[database] = database.read(work)


def _renew(database: Database, now: datetime, *, asked: float) -> Live:
    known = _learnt.get(database, _NOTHING)

    def work(connection: sa.Connection) -> Live:
        newest = newest_rounds(connection, known.isps)
        view = live_view(newest, int(now.timestamp()), known.rates)
        return Live(view, controls(connection), known.lines)

    found = database.read(work)
    _live[database] = _Kept(found, time.monotonic(), asked)
    return found


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
