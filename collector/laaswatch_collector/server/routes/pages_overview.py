"""Is it the site? Its parts as our probe sees them, and everybody's offices by provider and by province."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import NATION, Action, Resource
from laaswatch_collector.localization.live import LiveView
from laaswatch_collector.server.live import Live, is_fresh, parts_of_site, read_live, utc
from laaswatch_collector.server.routes.pages_shared import (
    calendar_of,
    month_asked,
    month_bounds,
    month_of,
    own_part,
    within,
)
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.offices import OfficeRow, offices_named
from laaswatch_collector.store.views.outages import (
    OutageRow,
    newest_outage_at,
    outages_anywhere,
    outages_between,
)
from laaswatch_collector.store.views.pages_of import late_by_province
from laaswatch_collector.store.views.site_days import SiteDay, lines_of, site_days
from laaswatch_collector.web.charts import Stretch, day_strip
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.tile_map import Tile, province_map
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import local_date

OUTAGES_SHOWN = 10
DAYS = 5
WIDE = ("site", "undecided", "isp", "isp_province", "province")
STATES = ("up", "degraded", "down", "unknown")
_CANNOT_TELL = ("no_evidence", "undetermined", "pending")


@dataclass(frozen=True, slots=True)
class Group:
    """The offices of one provider or one province: how many are in which state now, and their late entries."""

    name: str
    states: Counter[str]
    unexplained: int = 0
    explained: int = 0
    cannot_tell: int = 0

    @property
    def offices(self) -> int:
        """All of them."""
        return self.states.total()

    @property
    def state(self) -> str:
        """What colours its tile: down where most of those heard are, silent where hardly any is heard."""
        heard = self.offices - self.states["unknown"]
        if heard * 3 < self.offices or not heard:
            return "unknown"
        if self.states["down"] * 2 >= heard:
            return "down"
        return "degraded" if self.states["down"] * 5 >= heard else "up"


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found. `lines`: (province, provider) of every office that is shown."""

    month: str
    months: list[str]
    lines: Mapping[str, tuple[str, str]]
    names: dict[str, OfficeRow]
    late: Mapping[str, Mapping[str, int]]
    going_on: list[OutageRow]
    going_on_count: int
    recent: list[OutageRow]
    recent_count: int
    days: list[SiteDay]


async def site(request: web.Request) -> web.StreamResponse:
    """`/site`: for everybody who signed in; each sees the own part counted."""
    context = request.app[CONTEXT]
    now, asked, part = context.now(), month_asked(request), within(request[PRINCIPAL])
    t = words_of(request)

    def look(connection: sa.Connection) -> tuple[Live, _Read]:
        return read_live(context.database, now), _look(connection, context, part, asked)

    live, read = await context.database.read_async(look)
    here = [x for code, x in live.view.offices.items() if code in read.lines]
    states = Counter(str(x.state) for x in here)
    states["unknown"] += len(read.lines) - len(here)
    causes = Counter(
        (str(x.fault), str(x.scope)) for x in here if str(x.state) in ("down", "degraded")
    )
    provinces = _groups(read, live.view, 0, read.late)
    return page(
        request,
        "overview.html",
        read=read,
        part=part,
        nation=part == NATION,
        site_state=site_state(live),
        parts_of_site=parts_of_site(live, now),
        presumed=[
            (x, _one_in(x.chance))
            for x in live.view.presumed
            if "" in (part.province, x.province) or part.province == x.province
        ],
        since_of=utc,
        controls=sum(1 for x in live.controls if is_fresh(x, now)),
        states={state: states.get(state, 0) for state in STATES},
        causes=causes.most_common(8),
        providers=_groups(read, live.view, 1, {}),
        provinces=provinces,
        map=_map(t, provinces) if part == NATION else "",
        strip=[_strip(t, x) for x in read.days],
        all=len(read.lines),
    )


def _look(connection: sa.Connection, context: Context, part: Resource, asked: str | None) -> _Read:
    now = context.now()
    lines = lines_of(connection, part)
    months = months_of(connection, part)
    newest = newest_outage_at(connection)
    month = asked or max(months, default=month_of(newest or now))
    start, end = month_bounds(month)
    codes = frozenset(lines)
    going_on, going_on_count = _newest(connection, part, codes, (start, now), going_on=True)
    recent, recent_count = _newest(connection, part, codes, (start, end), first=WIDE)
    return _Read(
        month=month,
        months=sorted({*months, month})[-12:],
        lines=lines,
        names=offices_named(connection, (x.seen[0] for x in (*going_on, *recent) if x.seen)),
        late=late_by_province(connection, part, month),
        going_on=going_on,
        going_on_count=going_on_count,
        recent=recent,
        recent_count=recent_count,
        days=site_days(connection, _working_days(context, now), now),
    )


def _working_days(context: Context, now: datetime) -> list[date]:
    """Today and the working days before it, oldest first."""
    clock, today = calendar_of(context).work_clock(), local_date(now)
    before = (today - timedelta(days=n) for n in range(30))
    return [day for day in before if day == today or clock.is_working_day(day)][:DAYS][::-1]


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


def _groups(
    read: _Read, view: LiveView, by: int, late: Mapping[str, Mapping[str, int]]
) -> list[Group]:
    """The offices by province (`by` 0) or provider (1), those with most unexplained late entries or offices first."""
    states: dict[str, Counter[str]] = {}
    for code, line in read.lines.items():
        here = view.offices.get(code)
        states.setdefault(line[by], Counter())[str(here.state) if here else "unknown"] += 1
    found = [_group(name, counted, late.get(name, {})) for name, counted in states.items()]
    return sorted(found, key=lambda x: (-x.unexplained, -x.states["down"], -x.offices, x.name))


def _group(name: str, states: Counter[str], late: Mapping[str, int]) -> Group:
    return Group(
        name,
        states,
        unexplained=late.get("not_explained", 0),
        explained=late.get("explained", 0) + late.get("partly", 0),
        cannot_tell=sum(late.get(x, 0) for x in _CANNOT_TELL),
    )


def _map(t: Words, provinces: Sequence[Group]) -> Any:  # noqa: ANN401 - markup
    tiles = {
        x.name: Tile(
            href=f"/provinces/{x.name}",
            text=PROVINCES[x.name].letters if t.language == "th" else x.name,
            number=str(x.states["down"]),
            state=x.state,
            title=t(
                "overview.tile",
                name=t.province(x.name),
                down=x.states["down"],
                heard=x.offices - x.states["unknown"],
            ),
        )
        for x in provinces
        if x.name in PROVINCES
    }
    return province_map(tiles, t("overview.map"))


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day of the site: its picture and the same in minutes."""

    day: date
    picture: Any
    minutes: dict[str, int]


def _strip(t: Words, x: SiteDay) -> DayShown:
    minutes = {"up": x.worked, "down": x.failed, "unknown": x.unseen}
    label = t("overview.strip_day", day=t.day(x.day), **minutes)
    bands = [Stretch(a, b, kind) for a, b, kind in x.stretches]
    return DayShown(x.day, day_strip(x.day, bands, label), minutes)


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


ROUTES = (Route("GET", "/site", site, Action.READ_OVERVIEW, own_part),)
