"""What several pages need: who may see what, the chosen month, the working calendar."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.access.policy import within as within  # noqa: PLC0414 - for the pages
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context
from laaswatch_collector.site_rules import (
    Signature,
    calendar_signature,
    load_calendar,
    load_expected,
    load_policy,
    policy_signature,
)
from laaswatch_collector.store.views.offices import OfficeRow, find_office
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.load import LoadWindow
from laaswatch_collector.worktime.thai import local_date, local_midnight


async def own_part(request: web.Request) -> Resource:
    """The resource of a page that shows whatever the asker may see."""
    return within(request[PRINCIPAL])


async def office_resource(request: web.Request) -> Resource | None:
    """The resource of a page about one office; None if there is no such office."""
    office = await request.app[CONTEXT].database.read_async(
        lambda c: find_office(c, request.match_info["code"])
    )
    return None if office is None else Resource(office=office.code, province=office.province)


def must_find(connection: sa.Connection, code: str) -> OfficeRow:
    """The office, which `office_resource` has seen a moment ago."""
    office = find_office(connection, code)
    if office is None:
        raise Refused("not_found")
    return office


def month_asked(request: web.Request) -> str | None:
    """`?month=YYYY-MM`, None if not given; anything else is refused."""
    month = request.query.get("month")
    if month is None or month == "":
        return None
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", month):
        raise Refused("not_found")
    return month


def page_asked(request: web.Request) -> int:
    """`?page=N` from 1; whatever is not a number is the first page."""
    text = request.query.get("page", "")
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,4}", text) else 1


def month_of(moment: datetime) -> str:
    """YYYY-MM of a moment in Bangkok."""
    return local_date(moment).strftime("%Y-%m")


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The local month [first day 00:00, next month's first day 00:00) in UTC."""
    first, after = month_days(month)
    return local_midnight(first), local_midnight(after)


def month_days(month: str) -> tuple[date, date]:
    """The first day of a month, and of the month after it."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1)


def clock_of(context: Context, office: OfficeRow) -> WorkClock:
    """The working clock of an office, by the calendar that the configuration names."""
    return calendar_of(context).work_clock(office.province, office.code)


def calendar_of(context: Context) -> Calendar:
    """The calendar that the configuration names, as its files are now."""
    folder = context.config.calendar_dir
    return _calendar(folder, calendar_signature(Path(folder) if folder else None))


@lru_cache(maxsize=4)
def _calendar(folder: str, _signature: Signature) -> Calendar:
    return load_calendar(Path(folder) if folder else None)


def load_of(context: Context) -> tuple[LoadWindow, ...]:
    """When the site is expected to be slow, as the files say now."""
    folder = context.config.calendar_dir
    return _load(folder, calendar_signature(Path(folder) if folder else None))


@lru_cache(maxsize=4)
def _load(folder: str, _signature: Signature) -> tuple[LoadWindow, ...]:
    return load_expected(Path(folder) if folder else None)


def working_days(clock: WorkClock, first: date, after: date) -> list[date]:
    """The working days in [first, after)."""
    days = (first + timedelta(days=n) for n in range((after - first).days))
    return [day for day in days if clock.is_working_day(day)]


def policy_of(context: Context) -> Policy:
    """The lateness policy that the configuration names."""
    file = context.config.lateness_file
    return _policy(file, policy_signature(Path(file) if file else None))


@lru_cache(maxsize=1)
def _policy(file: str, _signature: Signature) -> Policy:
    return load_policy(Path(file) if file else None)
