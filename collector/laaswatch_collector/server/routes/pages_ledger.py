"""The books of one office: how they stand, what was handed in, what happened to them, what the office says."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.ledger.model import Book, System
from laaswatch_collector.ledger.template import template_workbook
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.routes.pages_shared import (
    clock_of,
    month_asked,
    month_of,
    must_find,
    office_resource,
    policy_of,
)
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.ledger_events import StoredEvent, newest_events
from laaswatch_collector.store.ledger_layouts import ConfirmedLayout, confirmed_layouts
from laaswatch_collector.store.statements import (
    WITHOUT_BOOK,
    QuietAnswer,
    answer_quiet,
    state_system,
)
from laaswatch_collector.store.views.books import OfficeBooks, office_books
from laaswatch_collector.store.views.books_json import as_json
from laaswatch_collector.store.views.explanations import months_of
from laaswatch_collector.store.views.ledgers import (
    ImportRow,
    Named,
    SubOffice,
    days_between,
    mother_of,
    newest_imports,
    sub_offices_of,
)
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.render import page
from laaswatch_collector.web.words import every_language

STATED = (Standing.CURRENT, Standing.NOT_CURRENT, Standing.NOT_OPERATING)
"""What an office may say of a system; UNKNOWN takes it back."""
QUESTIONS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the store found."""

    office: OfficeRow
    months: list[str]
    books: OfficeBooks
    imports: list[ImportRow]
    events: list[StoredEvent]
    layouts: list[ConfirmedLayout]
    mother: Named | None
    below: list[SubOffice]


async def ledger(request: web.Request) -> web.StreamResponse:
    """`GET /offices/{code}/ledger?month=YYYY-MM`."""
    context = request.app[CONTEXT]
    code, asked = request.match_info["code"], month_asked(request)
    read = await context.database.read_async(lambda c: _look(c, context, code, asked))
    return page(
        request,
        "ledger.html",
        read=read,
        office=read.office,
        resource=Resource(read.office.code, read.office.province),
        resource_of=Resource,
        books=list(Book),
        questions=read.books.questions[:QUESTIONS_SHOWN],
        stated=STATED,
        answers=list(QuietAnswer),
        gaps=days_between(read.imports),
        imported=request.query.get("imported", ""),
    )


async def books_json(request: web.Request) -> web.StreamResponse:
    """`GET /offices/{code}/books.json?month=YYYY-MM`: how the books stand, for programs."""
    context = request.app[CONTEXT]
    code, asked = request.match_info["code"], month_asked(request)
    found = await context.database.read_async(lambda c: _books(c, context, code, asked))
    return web.json_response(as_json(found))


async def state(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/ledger/statements`: what the office says of a system without a book."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, now = request.match_info["code"], context.now()
    month = _month(form.get("month", ""), month_of(now))
    said = {
        system: form[str(system)]
        for system in WITHOUT_BOOK
        if form.get(str(system), "") in {*STATED, Standing.UNKNOWN}
    }
    if not said:
        raise Refused("malformed")

    def keep(connection: sa.Connection) -> None:
        for system, what in said.items():
            state_system(
                connection,
                code,
                month,
                System(system),
                Standing(what),
                who=principal.name,
                now=now,
            )

    await context.database.write_async(keep)
    return _back(code, month)


async def answer(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/ledger/quiet`: whether there were transactions on days without entries."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, now = request.match_info["code"], context.now()
    month = _month(form.get("month", ""), month_of(now))
    if form.get("answer") not in set(QuietAnswer):
        raise Refused("malformed")
    books = await context.database.read_async(lambda c: _books(c, context, code, month))
    asked = (form.get("first", ""), form.get("last", ""))
    found = next(
        (
            x.run
            for x in books.questions
            if (x.run.first.isoformat(), x.run.last.isoformat()) == asked
        ),
        None,
    )
    if found is None:  # entries have come since, or nobody ever asked
        raise Refused("not_found")
    await context.database.write_async(
        lambda c: answer_quiet(
            c,
            code,
            found.first,
            found.last,
            QuietAnswer(form["answer"]),
            who=principal.name,
            now=now,
        )
    )
    return _back(code, month)


async def template(_request: web.Request) -> web.StreamResponse:
    """`GET /ledger-template.xlsx`: the empty template, for offices whose export cannot be read."""
    response = web.Response(
        body=template_workbook(every_language()),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response.headers["Content-Disposition"] = 'attachment; filename="laaswatch-ledger.xlsx"'
    return response


def _look(connection: sa.Connection, context: Context, code: str, asked: str | None) -> _Read:
    books = _books(connection, context, code, asked)
    office = must_find(connection, code)
    months = months_of(connection, one_office(office.code, office.province))
    return _Read(
        office=office,
        months=sorted({*months, books.month, month_of(context.now())})[-12:],
        books=books,
        imports=newest_imports(connection, code),
        events=newest_events(connection, code),
        layouts=list(confirmed_layouts(connection, code).values()),
        mother=mother_of(connection, code),
        below=sub_offices_of(connection, code, books.month),
    )


def _books(
    connection: sa.Connection, context: Context, code: str, asked: str | None
) -> OfficeBooks:
    office = must_find(connection, code)
    month = asked or max(
        months_of(connection, one_office(office.code, office.province)),
        default=month_of(context.now()),
    )
    return office_books(
        connection,
        code,
        month,
        clock=clock_of(context, office),
        policy=policy_of(context),
        now=context.now(),
    )


def _month(text: str, newest: str) -> str:
    """A month (YYYY-MM) that has begun."""
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused("malformed") from None
    if len(text) != len(newest) or text > newest:
        raise Refused("malformed")
    return text


def _back(code: str, month: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/offices/{code}/ledger?month={month}"})


ROUTES = (
    Route("GET", "/offices/{code}/ledger", ledger, Action.READ_LEDGER, office_resource),
    Route("GET", "/offices/{code}/books.json", books_json, Action.READ_LEDGER, office_resource),
    Route("GET", "/ledger-template.xlsx", template, Action.READ_KNOWLEDGE),
    Route(
        "POST", "/offices/{code}/ledger/statements", state, Action.IMPORT_LEDGER, office_resource
    ),
    Route("POST", "/offices/{code}/ledger/quiet", answer, Action.IMPORT_LEDGER, office_resource),
)
