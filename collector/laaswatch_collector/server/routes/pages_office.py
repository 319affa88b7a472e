"""The page of one office: can they work now, if not whose fault, what next; then the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from aiohttp import web
from markupsafe import Markup

from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import LAYERS, Layer, Result, state_of
from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.ledger.model import SYSTEM_OF, System
from laaswatch_collector.localization.live import LiveOffice
from laaswatch_collector.outlook.sentence import say_safe
from laaswatch_collector.server.live import Live, is_fresh, read_live, utc
from laaswatch_collector.server.reads import note_pcs
from laaswatch_collector.server.routes.pages_advice import advice_for
from laaswatch_collector.server.routes.pages_ahead import days_ahead
from laaswatch_collector.server.routes.pages_knowledge import articles_of
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_bounds,
    month_of,
    must_find,
    office_resource,
    policy_of,
    working_days,
)
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.store.revisions import History, load_histories
from laaswatch_collector.store.statements import QuietAnswer
from laaswatch_collector.store.views.books import office_books
from laaswatch_collector.store.views.explanations import BookCounts, months_of
from laaswatch_collector.store.views.offices import OfficeRow, Pc, pcs_of
from laaswatch_collector.store.views.outages import (
    OutageRow,
    StateRun,
    last_state_at,
    observed_days,
    outages_between,
    runs_of,
)
from laaswatch_collector.store.views.outlook import safe_moment_of
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.timeline.history import history_sentences
from laaswatch_collector.web.charts import Stretch, day_strip
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight

STRIP_DAYS = 5
OUTAGES_SHOWN = 12
CHANGES_SHOWN = 6
"""Of one outage, the newest; an officer who reads more asks for the rest."""
PCS_SHOWN = 12
DECIDES = ("login", "")
"""Targets whose layers the ladder shows: the deciding site, and the PC's own layers."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One layer of a PC's ladder. `broke` marks the first that failed; `result` is None if not there."""

    layer: str
    result: str
    reason: str
    ms: float | None
    broke: bool


@dataclass(frozen=True, slots=True)
class PcNow:
    """One PC as the page shows it."""

    pc: Pc
    fresh: bool
    state: str
    checked_at: datetime | None
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class StripDay:
    """One working day of the strip: its picture and the same in working minutes."""

    day: date
    picture: Markup
    minutes: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    office: OfficeRow
    clock: WorkClock
    pcs: list[Pc]
    runs: list[StateRun]
    strip_days: list[date]
    month: str
    months: list[str]
    outages: list[OutageRow]
    longest: list[OutageRow]
    histories: dict[str, History]
    going_on: list[OutageRow]
    books: list[BookCounts]
    missing: list[date]
    standing: Standing
    known_until: date | None


async def office(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}`."""
    context = request.app[CONTEXT]
    now, asked, code = context.now(), month_asked(request), request.match_info["code"]

    def look(connection: sa.Connection) -> tuple[Live, _Read]:
        return read_live(context.database, now), _look(connection, context, code, asked)

    live, read = await context.database.read_async(look)
    t = words_of(request)
    safe = await context.database.read_async(lambda c: safe_moment_of(c, code, read.clock, now))
    here = live.view.offices.get(code)
    line = live.lines.get(code)
    shown = read.office if line is None else replace(read.office, isp=line.isp)
    pcs = [_pc_now(x, now) for x in read.pcs]
    note_pcs(request, ((code, x.pc.agent) for x in pcs[:PCS_SHOWN]))
    advice = advice_for(t, here, [x.pc for x in pcs if x.fresh], articles_of(context))
    return page(
        request,
        "office.html",
        read=read,
        office=shown,
        registered_isp=read.office.isp if read.office.isp != shown.isp else "",
        state=str(here.state) if here else "unknown",
        sentence=sentence(t, shown, here, pcs),
        advice=advice,
        ahead=days_ahead(t, context, read.clock, now),
        safe=t.say(say_safe(safe)),
        since=_since(here, read.going_on),
        last_received=_last_received(here, read.pcs),
        missing_days=", ".join(t.day(day) for day in read.missing),
        resource_of=Resource,
        pcs=pcs[:PCS_SHOWN],
        pcs_left=max(0, len(pcs) - PCS_SHOWN),
        strip=[_strip_day(t, day, read.runs, read.clock, now) for day in read.strip_days],
        outages=read.longest,
        histories={x.outage: _told(t, x) for x in read.histories.values()},
        inferred=any(x.inferred for x in read.runs),
        systems=list(System),
        system_of=SYSTEM_OF,
    )


def sentence(t: Words, office: OfficeRow, here: LiveOffice | None, pcs: Sequence[PcNow]) -> str:
    """The one sentence on top: the state, whose fault it is, and never a number."""
    if here is None or str(here.state) == "unknown":
        heard = any(x.pc.received_at is not None for x in pcs) or here is not None
        return t("office.unknown") if heard else t("office.never")
    state, scope = str(here.state), str(here.scope)
    if state != "down":
        some_down = state == "up" and any(x.fresh and x.state == "down" for x in pcs)
        if some_down:
            broken = next(x for x in pcs if x.fresh and x.state == "down")
            return t("office.down_pc", fault=_fault_word(t, broken.pc))
        return t(f"office.{state}")
    return t(
        f"office.down_{scope or 'none'}",
        isp=office.isp or t("site.unknown"),
        fault=t.word("fault", str(here.fault)),
    )


def _fault_word(t: Words, pc: Pc) -> str:
    return t.word("fault", str(pc.round.fault) if pc.round else "unknown")


def _since(here: LiveOffice | None, going_on: Sequence[OutageRow]) -> datetime | None:
    """When what is said in the sentence began, if an outage that goes on tells it."""
    if here is None or str(here.state) != "down":
        return None
    return min((x.start_at for x in going_on if x.scope != "pc"), default=None)


def _last_received(here: LiveOffice | None, pcs: Sequence[Pc]) -> datetime | None:
    """When the newest round of the office was made, if it is silent now."""
    if here is not None and str(here.state) != "unknown":
        return None
    newest = max((x.round.at for x in pcs if x.round), default=None)
    return None if newest is None else utc(newest // 1000)


def _look(connection: sa.Connection, context: Context, code: str, asked: str | None) -> _Read:
    now = context.now()
    found = must_find(connection, code)
    clock = clock_of(context, found)
    months = months_of(connection, one_office(found.code, found.province))
    last = last_state_at(connection, code)
    latest = month_of(last or now)
    month = asked or max(months, default=latest)
    start, end = month_bounds(month)
    strip_days = [x for x in observed_days(connection, code) if clock.is_working_day(x)][
        -STRIP_DAYS:
    ]
    runs = (
        runs_of(
            connection,
            code,
            local_midnight(strip_days[0]),
            local_midnight(strip_days[-1]) + timedelta(days=1),
        )
        if strip_days
        else []
    )
    state = office_books(connection, code, month, clock=clock, policy=policy_of(context), now=now)
    books = [x.counts for x in state.books]
    missing = [
        day
        for question in state.questions
        if question.answer is None or question.answer.what != QuietAnswer.NO_TRANSACTIONS
        for day in working_days(clock, question.run.first, question.run.last + timedelta(days=1))
    ]
    outages = outages_between(connection, start, end, [code])
    longest = sorted(outages, key=lambda x: -x.minutes(now))[:OUTAGES_SHOWN]
    return _Read(
        office=found,
        standing=state.standing,
        clock=clock,
        pcs=pcs_of(connection, code),
        runs=runs,
        strip_days=strip_days,
        month=month,
        months=sorted({*months, month, latest})[-12:],
        outages=outages,
        longest=longest,
        histories=load_histories(connection, [x.id for x in longest if x.revised]),
        going_on=outages_between(connection, start, now, [code], going_on=True),
        books=books if any(x.entries for x in books) else [],
        missing=missing,
        known_until=state.known_until,
    )


def _told(t: Words, history: History) -> list[str]:
    """An outage's changes, the newest first."""
    changes = [t.say(x) for x in history_sentences(history.revisions, history.stands)][::-1]
    if len(changes) <= CHANGES_SHOWN:
        return changes
    more = t("outage.history_more", n=len(changes) - CHANGES_SHOWN, id=history.outage)
    return [*changes[:CHANGES_SHOWN], more]


def _strip_day(
    t: Words, day: date, runs: Sequence[StateRun], clock: WorkClock, now: datetime
) -> StripDay:
    start = local_midnight(day)
    end = min(start + timedelta(days=1), now)
    minutes = dict.fromkeys(("up", "degraded", "down"), 0)
    stretches = [Stretch(start, end, "unknown")]  # what nobody saw; the rest is drawn over it
    for run in runs:
        a, b = max(run.from_at, start), min(run.to_at, end)
        if a >= b:
            continue
        if run.state in minutes:
            stretches.append(Stretch(a, b, run.state, run.inferred))
            minutes[run.state] += clock.working_minutes(int(a.timestamp()), int(b.timestamp()))
    whole = clock.working_minutes(int(start.timestamp()), int(end.timestamp()))
    minutes["unknown"] = max(0, whole - sum(minutes.values()))
    label = t("office.strip_day", day=t.day(day), **minutes)
    return StripDay(day, day_strip(day, stretches, label), minutes)


def _pc_now(pc: Pc, now: datetime) -> PcNow:
    fresh = is_fresh(pc, now)
    if pc.round is None:
        return PcNow(pc, fresh, "unknown", None, ())
    state = str(state_of(pc.round.fault)) if fresh else "unknown"
    checked = datetime.fromtimestamp(pc.round.at / 1000, BANGKOK)
    return PcNow(pc, fresh, state, checked, ladder(pc.round.layers))


def ladder(layers: Sequence[LayerResult]) -> tuple[Rung, ...]:
    """One rung a layer, in the order of the way out; several references make one rung."""
    rungs: list[Rung] = []
    broke = False
    for layer in LAYERS:
        mine = [x for x in layers if x.layer is layer and _shown(x)]
        if not mine:
            continue
        best = min(mine, key=lambda x: _ORDER[x.result])
        here = best.result is Result.FAIL and not broke
        broke = broke or here
        rungs.append(Rung(str(layer), str(best.result), str(best.reason), best.ms, here))
    return tuple(rungs)


_ORDER = {Result.OK: 0, Result.FAIL: 1, Result.SKIPPED: 2}


def _shown(x: LayerResult) -> bool:
    return x.layer is Layer.REFERENCE or x.target in DECIDES


ROUTES = (Route("GET", "/offices/{code}", office, Action.READ_CONNECTIVITY, office_resource),)
