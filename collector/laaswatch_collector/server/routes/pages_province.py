"""A province's list: about a hundred rows, unexplained lateness first, and what many offices have in common."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.advice.province import (
    WIDE,
    Colour,
    Next,
    Standpoint,
    colour_of,
    next_of,
)
from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.localization.live import LiveOffice
from laaswatch_collector.server.api.answering import safe_cell
from laaswatch_collector.server.live import Live, read_live, utc
from laaswatch_collector.server.routes.pages_shared import (
    month_asked,
    month_of,
    page_asked,
)
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.server.standings import standings_of
from laaswatch_collector.store.tried import overdue
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.outages import OutageRow, outages_between
from laaswatch_collector.store.views.province_list import Books, ListedOffice, listed_offices
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.tile_map import Tile, office_map
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import local_date

ROWS_A_PAGE = 110
TILES_WIDE = 11
"""Offices of a district in one row of the map: it fits a phone."""
MOST_CAUSES = 5
ISPS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One office of the list, as it is now."""

    listed: ListedOffice
    state: str
    fault: str
    scope: str
    heard: datetime | None
    books: Books
    colour: Colour
    because: str
    next: Next
    unexplained: int
    explained: int
    cannot_tell: int
    overdue: int
    """Answers that others owe the office since yesterday or before."""

    @property
    def code(self) -> str:
        """The office's code."""
        return self.listed.office.code


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    month: str
    months: list[str]
    rows: list[Row]
    going_on: list[OutageRow]


_STATES = ("down", "degraded", "unknown", "up")
_STANDINGS = (
    Standing.NOT_OPERATING,
    Standing.NOT_CURRENT,
    Standing.UNKNOWN,
    Standing.CURRENT,
)


def _name(x: Row) -> tuple[str, str]:
    return (x.listed.office.name_th, x.code)


SORTS: dict[str, Callable[[Row], Any]] = {
    "late": lambda x: (
        -x.unexplained,
        x.because != "not_operating",
        -x.cannot_tell,
        -x.explained,
        _name(x),
    ),
    "name": _name,
    "now": lambda x: (_STATES.index(x.state), -x.unexplained, _name(x)),
    "isp": lambda x: (x.listed.office.isp, -x.unexplained, _name(x)),
    "books": lambda x: (_STANDINGS.index(x.books.standing), -x.unexplained, _name(x)),
}


async def province(request: web.Request) -> web.StreamResponse:
    """`/provinces/{province}?month=&sort=&colour=&isp=&q=&page=`."""
    code, read = request.match_info["province"], await _read(request)
    shown = _shown(request, read.rows)
    pages = max(1, ceil(len(shown) / ROWS_A_PAGE))
    number = min(page_asked(request), pages)
    wide = [x for x in read.going_on if x.scope in WIDE]
    return page(
        request,
        "province.html",
        province=PROVINCES[code],
        month=read.month,
        months=read.months,
        rows=shown[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE],
        matching=len(shown),
        every=len(read.rows),
        page_number=number,
        page_count=pages,
        common=[(x, _hit_here(x, read.rows)) for x in wide[:MOST_CAUSES]],
        colours=Counter(str(x.colour) for x in read.rows),
        states=Counter(x.state for x in read.rows),
        asked={k: request.query.get(k, "") for k in ("sort", "colour", "isp", "q")},
        isps=[x for x, _ in Counter(r.listed.office.isp for r in read.rows).most_common(ISPS) if x],
        sorts=list(SORTS),
        colour_list=[str(x) for x in Colour],
        address=lambda **changes: _address(request, changes),
        resource_of=Resource,
    )


async def of_map(request: web.Request) -> web.StreamResponse:
    """`/provinces/{province}/map`: the same offices as tiles by district, and in words."""
    t, code, read = words_of(request), request.match_info["province"], await _read(request)
    by_state = [
        (s, [t.name(x.listed.office, short=True) for x in read.rows if x.state == s])
        for s in _STATES
        if s != "up"
    ]
    return page(
        request,
        "province_map.html",
        province=PROVINCES[code],
        map=_map(t, read.rows),
        states=Counter(x.state for x in read.rows),
        by_state=by_state,
    )


async def as_csv(request: web.Request) -> web.StreamResponse:
    """`/provinces/{province}/list.csv`: the same rows for a spreadsheet."""
    t, read = words_of(request), await _read(request)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ("code", "office", "district", "isp", "now", "fault", "books", "unexplained", "explained",
             "cannot_tell", "entries", "cause", "colour", "next")  # fmt: skip
    writer.writerow(t(f"province.column_{x}") for x in heads)
    for x in _shown(request, read.rows):
        writer.writerow(safe_cell(value) for value in _csv_row(t, x))
    name = f"laaswatch-{request.match_info['province']}-{read.month}.csv"
    return web.Response(
        # The mark lets a spreadsheet know that it is UTF-8.
        body=b"\xef\xbb\xbf" + out.getvalue().encode("utf-8"),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_row(t: Words, x: Row) -> Sequence[object]:
    office, cause = x.listed.office, x.listed.cause
    return (
        office.code,
        t.name(office),
        x.listed.district,
        office.isp,
        t.word("state", x.state),
        t.word("fault", x.fault) if x.fault else "",
        t.word("standing_short", x.books.standing),
        x.unexplained,
        x.explained,
        x.cannot_tell,
        x.listed.entries,
        t.word("scope", cause.scope) if cause else "",
        t(f"province.because_{x.because}"),
        t(f"province.next_{x.next}"),
    )


async def _read(request: web.Request) -> _Read:
    context, code = request.app[CONTEXT], request.match_info["province"]
    asked = month_asked(request)

    def look(connection: sa.Connection) -> _Read:
        return _look(connection, context, code, asked)

    return await context.database.read_async(look)


def _look(connection: sa.Connection, context: Context, code: str, asked: str | None) -> _Read:
    now, part = context.now(), Resource(province=code)
    months = months_of(connection, part)
    month = asked or max(months, default=month_of(now))
    listed = listed_offices(connection, code, month)
    books = standings_of(connection, context, code, month, listed)
    live = read_live(context.database, now)
    codes = [x.office.code for x in listed]
    going_on = outages_between(connection, now, now, codes, going_on=True) if codes else []
    late_answers = overdue(connection, codes, local_date(now))
    rows = [_row(x, books[x.office.code], live, late_answers.get(x.office.code, 0)) for x in listed]
    return _Read(month, sorted({*months, month})[-12:], rows, going_on)


def _row(listed: ListedOffice, books: Books, live: Live, late_answers: int) -> Row:
    here: LiveOffice | None = live.view.offices.get(listed.office.code)
    state = str(here.state) if here else "unknown"
    bad = here is not None and state in ("down", "degraded")
    found = Standpoint(state, str(here.scope) if here else "", books.standing, listed.late)
    colour, because = colour_of(found)
    heard = None if here is None or here.last_received is None else utc(here.last_received)
    return Row(
        listed=listed,
        state=state,
        fault=str(here.fault) if here and bad else "",
        scope=str(here.scope) if here and bad else "",
        heard=heard,
        books=books,
        colour=colour,
        because=because,
        next=next_of(found),
        unexplained=found.unexplained,
        explained=found.explained,
        cannot_tell=found.cannot_tell,
        overdue=late_answers,
    )


def _shown(request: web.Request, rows: Sequence[Row]) -> list[Row]:
    """The rows that were asked for, in the order that was asked for; what is not understood changes nothing."""
    asked = {k: request.query.get(k, "") for k in ("sort", "colour", "isp", "q")}
    words = asked["q"].strip().casefold()
    found = [
        x
        for x in rows
        if (not asked["colour"] or str(x.colour) == asked["colour"])
        and (not asked["isp"] or x.listed.office.isp == asked["isp"])
        and (not words or any(words in text.casefold() for text in _texts(x)))
    ]
    return sorted(found, key=SORTS.get(asked["sort"], SORTS["late"]))


def _texts(x: Row) -> tuple[str, ...]:
    office = x.listed.office
    return (office.name_th, office.name_en, office.code, x.listed.district)


def _address(request: web.Request, changes: dict[str, str]) -> str:
    """This page with something else asked for; the first of its pages."""
    query = {k: v for k, v in request.query.items() if k not in ("page", "lang")} | changes
    query = {k: v for k, v in query.items() if v}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _hit_here(outage: OutageRow, rows: Sequence[Row]) -> int:
    return len({x.code for x in rows}.intersection(outage.seen))


def _map(t: Words, rows: Sequence[Row]) -> Any:  # noqa: ANN401 - markup
    groups: dict[str, list[Tile]] = {}
    for x in sorted(rows, key=_name):
        name = t.name(x.listed.office, short=True)
        state = t.word("state", x.state)
        tile = Tile(f"/offices/{x.code}", "", "", x.state, f"{name}: {state}")
        groups.setdefault(x.listed.district, []).append(tile)
    return office_map(sorted(groups.items()), t("province.map"), TILES_WIDE)


async def province_resource(request: web.Request) -> Resource | None:
    """The resource of a page about one province; None if there is no such province."""
    code = request.match_info["province"]
    return Resource(province=code) if code in PROVINCES else None


ROUTES = (
    Route("GET", "/provinces/{province}", province, Action.READ_PROVINCE, province_resource),
    Route("GET", "/provinces/{province}/map", of_map, Action.READ_PROVINCE, province_resource),
    Route("GET", "/provinces/{province}/list.csv", as_csv, Action.READ_PROVINCE, province_resource),
)
