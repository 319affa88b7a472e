"""The finance head's page: are our books complete and current, day by day, and what is still to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_days,
    month_of,
    must_find,
    office_resource,
    policy_of,
)
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.store.statements import QuietAnswer
from laaswatch_collector.store.views.book_days import (
    DayCounts,
    OpenEntry,
    book_days,
    in_all,
    open_entries,
)
from laaswatch_collector.store.views.books import OfficeBooks, office_books
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.render import page
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import local_date

OPEN_SHOWN = 15
NOTHING = DayCounts()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month: what each book has; `asked` where no book has anything and nobody has said why."""

    day: date
    books: tuple[DayCounts, ...]
    known: tuple[bool, ...]
    """Per book: an export speaks of this day, so that nothing means nothing."""
    asked: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class _Read:
    office: OfficeRow
    months: list[str]
    books: OfficeBooks
    days: list[Day]
    sums: list[tuple[Book, DayCounts]]
    open: list[OpenEntry]
    open_count: int


async def books(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/books?month=YYYY-MM`."""
    context, code = request.app[CONTEXT], request.match_info["code"]
    asked = month_asked(request)
    read = await context.database.read_async(lambda c: _look(c, context, code, asked))
    return page(
        request,
        "office_books.html",
        read=read,
        office=read.office,
        month=read.books.month,
        resource=Resource(read.office.code, read.office.province),
        all_books=list(Book),
    )


def _look(connection: sa.Connection, context: Context, code: str, asked: str | None) -> _Read:
    now = context.now()
    office = must_find(connection, code)
    clock = clock_of(context, office)
    months = months_of(connection, one_office(office.code, office.province))
    month = asked or max(months, default=month_of(now))
    stand = office_books(connection, code, month, clock=clock, policy=policy_of(context), now=now)
    counted = book_days(connection, code, month)
    open_ones, open_count = open_entries(connection, code, month, OPEN_SHOWN)
    return _Read(
        office=office,
        months=sorted({*months, month})[-12:],
        books=stand,
        days=days_of(stand, counted, clock, local_date(now)),
        sums=[(book, in_all(counted, str(book))) for book in Book],
        open=open_ones,
        open_count=open_count,
    )


def days_of(
    stand: OfficeBooks,
    counted: Mapping[tuple[str, date], DayCounts],
    clock: WorkClock,
    today: date,
) -> list[Day]:
    """The month's working days before `today`, and any other day that has entries, in order."""
    first, after = month_days(stand.month)
    quiet = {
        x.run.first + timedelta(days=n): x.answer
        for x in stand.questions
        for n in range((x.run.last - x.run.first).days + 1)
    }
    until = [x.known_until for x in stand.books]
    found = []
    for n in range((min(after, today) - first).days):
        day = first + timedelta(days=n)
        mine = tuple(counted.get((str(book), day), NOTHING) for book in Book)
        if not clock.is_working_day(day) and not any(x.entries for x in mine):
            continue
        answer = quiet.get(day)
        told = answer is not None and answer.what == QuietAnswer.NO_TRANSACTIONS
        found.append(
            Day(
                day,
                mine,
                tuple(last is not None and day <= last for last in until),
                asked=day in quiet and not told,
                answered=told,
            )
        )
    return found


ROUTES = (Route("GET", "/offices/{code}/books", books, Action.READ_LEDGER, office_resource),)
