"""The overview: is it the site or us, which offices, which outages, who is behind and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import NATION, Action, Resource, Role
from laaswatch_collector.localization.live import LiveOffice, LiveView
from laaswatch_collector.server.live import Live, is_fresh, parts_of_site, read_live, utc
from laaswatch_collector.server.routes.pages_shared import (
    month_asked,
    month_bounds,
    month_of,
    own_part,
    page_asked,
    within,
)
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.views.explanations import late_by_office, months_of
from laaswatch_collector.store.views.offices import (
    OfficeRow,
    office_codes,
    offices_named,
    those_behind,
)
from laaswatch_collector.store.views.outages import (
    OutageRow,
    newest_outage_at,
    outages_anywhere,
    outages_between,
)
from laaswatch_collector.web.render import page

OFFICES_A_PAGE = 110
"""A province has about a hundred offices: they fit one page of less than 60 kB."""
OUTAGES_SHOWN = 10
WIDE = ("site", "undecided", "isp", "isp_province", "province")
VERDICTS = ("not_explained", "no_evidence", "undetermined", "partly", "explained")


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list of offices."""

    office: OfficeRow
    state: str
    fault: str
    last_at: datetime | None
    late: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    month: str
    months: list[str]
    codes: frozenset[str]
    offices: list[OfficeRow]
    names: dict[str, OfficeRow]
    page_number: int
    page_count: int
    late: dict[str, dict[str, int]]
    going_on: list[OutageRow]
    going_on_count: int
    recent: list[OutageRow]
    recent_count: int


async def overview(request: web.Request) -> web.StreamResponse:
    """`/`: an officer goes straight to the own office."""
    principal = request[PRINCIPAL]
    if principal.role is Role.OFFICER and principal.office:
        return web.Response(status=303, headers={"Location": f"/offices/{principal.office}"})
    context = request.app[CONTEXT]
    now, asked, part = context.now(), month_asked(request), within(principal)
    number = page_asked(request)

    def look(connection: sa.Connection) -> _Read:
        return _look(connection, part, asked, number, now)

    live, read = await context.database.read_async(
        lambda c: (read_live(context.database, now), look(c))
    )
    here = [x for code, x in live.view.offices.items() if code in read.codes]
    states = Counter(str(x.state) for x in here)
    states["unknown"] += len(read.codes) - len(here)
    causes = Counter(
        (str(x.fault), str(x.scope)) for x in here if str(x.state) in ("down", "degraded")
    )
    return page(
        request,
        "overview.html",
        read=read,
        site_state=site_state(live),
        parts_of_site=parts_of_site(live, now),
        presumed=[
            (x, _one_in(x.chance))
            for x in live.view.presumed
            if "" in (part.province, x.province) or part.province == x.province
        ],
        since_of=utc,
        shown_verdicts=VERDICTS,
        controls=sum(1 for x in live.controls if is_fresh(x, now)),
        states={state: states.get(state, 0) for state in ("up", "degraded", "down", "unknown")},
        causes=causes.most_common(8),
        rows=[_listed(x, live.view, read.late.get(x.code, {})) for x in read.offices],
        all=len(read.codes),
    )


def _look(
    connection: sa.Connection, part: Resource, asked: str | None, number: int, now: datetime
) -> _Read:
    codes = office_codes(connection, part)
    months = months_of(connection, part)
    newest = newest_outage_at(connection)
    month = asked or _latest_month(months, newest, now)
    start, end = month_bounds(month)
    going_on, going_on_count = _newest(connection, part, codes, (start, now), going_on=True)
    recent, recent_count = _newest(connection, part, codes, (start, end), first=WIDE)
    page_count = max(1, ceil(len(codes) / OFFICES_A_PAGE))
    number = min(page_count, number)
    first = (number - 1) * OFFICES_A_PAGE
    offices = those_behind(connection, part, month, first, OFFICES_A_PAGE)
    return _Read(
        month=month,
        months=sorted({*months, month})[-12:],
        codes=codes,
        offices=offices,
        names=offices_named(connection, (x.seen[0] for x in (*going_on, *recent) if x.seen)),
        page_number=number,
        page_count=page_count,
        late=late_by_office(connection, [x.code for x in offices], month),
        going_on=going_on,
        going_on_count=going_on_count,
        recent=recent,
        recent_count=recent_count,
    )


def _newest(
    connection: sa.Connection,
    part: Resource,
    codes: frozenset[str],
    span: tuple[datetime, datetime],
    *,
    first: tuple[str, ...] = (),
    going_on: bool = False,
) -> tuple[list[OutageRow], int]:
    """The outages to show, those of the scopes `first` before others, and how many there are."""
    if part == NATION:
        return outages_anywhere(connection, *span, OUTAGES_SHOWN, first=first, going_on=going_on)
    found = outages_between(connection, *span, codes, going_on=going_on)
    found.sort(key=lambda x: x.scope not in first)
    return found[:OUTAGES_SHOWN], len(found)


def _latest_month(months: list[str], newest: datetime | None, now: datetime) -> str:
    """The newest month that has something to show, so that nobody opens an empty page."""
    return max(months, default=month_of(newest or now))


def _listed(office: OfficeRow, view: LiveView, late: dict[str, int]) -> Listed:
    live: LiveOffice | None = view.offices.get(office.code)
    if live is None:
        return Listed(office, "unknown", "", None, late)
    last = None if live.last_received is None else utc(live.last_received)
    fault = str(live.fault) if live.state in ("down", "degraded") else ""
    return Listed(office, str(live.state), fault, last, late)


def _one_in(chance: float | None) -> int | None:
    """By chance once in so many times, in round figures and a million at most; None if nobody knows."""
    if chance is None:
        return None
    return int(float(f"{min(1e6, 1 / max(chance, 1e-6)):.2g}"))


def site_state(live: Live) -> str:
    """The word for the site: its state, or `undecided` where site and provider cannot be told apart."""
    if str(live.view.site_scope) == "undecided":
        return "undecided"
    return str(live.view.site_state)


ROUTES = (Route("GET", "/", overview, Action.READ_OVERVIEW, own_part),)
