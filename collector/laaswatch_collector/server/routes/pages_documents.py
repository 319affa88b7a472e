"""Letters, memos, summaries and fault sheets: what can be made, its preview, and its files.

A preview stores nothing: its check code is that of its facts, whoever asks. The facts are kept when somebody
takes the file. What people type on the page is printed and forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import (
    OFFICE_ROLES,
    Action,
    Resource,
    Role,
    authorize,
    within,
)
from laaswatch_collector.documents.facts import Facts
from laaswatch_collector.documents.form import Form, read_form
from laaswatch_collector.documents.make import (
    FORM_FIELDS,
    OFFICE_KINDS,
    PROVINCE_ONLY,
    Kind,
    make,
    stamp_of,
)
from laaswatch_collector.documents.model import Document
from laaswatch_collector.documents.typesetting import CONTENT_TYPES, FileKind
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.server import forms
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.press import PRESS
from laaswatch_collector.server.routes.pages_shared import (
    calendar_of,
    month_asked,
    month_of,
    must_find,
    office_resource,
    policy_of,
)
from laaswatch_collector.server.routing import (
    CONTEXT,
    PRINCIPAL,
    Context,
    ResourceOf,
    Route,
)
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.documents import About, documents_made, keep_document, when_made
from laaswatch_collector.store.views.document_facts import Asked
from laaswatch_collector.store.views.documents import facts_of
from laaswatch_collector.store.views.explanations import late_by_office, months_of, verdicts_of
from laaswatch_collector.store.views.offices import OfficeRow, find_office, those_behind
from laaswatch_collector.store.views.outages import outages_by_id
from laaswatch_collector.store.views.scoping import one_office
from laaswatch_collector.web.render import page
from laaswatch_collector.web.words import words_in
from laaswatch_collector.worktime.provinces import PROVINCES

LETTERS = 40
"""Offices whose letters a province's page offers, those furthest behind first."""
PREVIEW_ROWS = 6
"""Rows of a table that a preview shows."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a document is about to be made of. `back`: the page it was asked from."""

    kind: Kind
    facts: Facts
    about: About
    back: str
    first_made: datetime | None = None


# ---------------------------------------------------------------- what can be made


async def of_office(request: web.Request) -> web.StreamResponse:
    """`GET /offices/{code}/documents?month=YYYY-MM`."""
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, asked = request.match_info["code"], month_asked(request)

    def look(connection: sa.Connection) -> dict[str, Any]:
        office = must_find(connection, code)
        months = months_of(connection, one_office(code, office.province))
        month = asked or max(months, default=month_of(context.now()))
        about = About(code, office.province, month)
        return {
            "office": office,
            "month": month,
            "months": sorted({*months, month})[-12:],
            "late": sum(verdicts_of(connection, code, month).values()),
            "books": month in months,
            "made": documents_made(connection, about),
        }

    read = await context.database.read_async(look)
    office: OfficeRow = read["office"]
    resource = Resource(office=office.code, province=office.province)
    kinds = [x for x in OFFICE_KINDS if authorize(principal, _action(x), resource)]
    return page(request, "documents.html", kinds=kinds, **read)


async def of_province(request: web.Request) -> web.StreamResponse:
    """`GET /provinces/{province}/documents?month=YYYY-MM`."""
    context = request.app[CONTEXT]
    province, asked = request.match_info["province"], month_asked(request)
    part = Resource(province=province)

    def look(connection: sa.Connection) -> dict[str, Any]:
        months = months_of(connection, part)
        month = asked or max(months, default=month_of(context.now()))
        offices = those_behind(connection, part, month, 0, LETTERS)
        late = late_by_office(connection, [x.code for x in offices], month)
        return {
            "month": month,
            "months": sorted({*months, month})[-12:],
            "offices": [(x, late[x.code]) for x in offices if x.code in late],
            "made": documents_made(connection, About("", province, month)),
        }

    read = await context.database.read_async(look)
    return page(request, "documents_province.html", province=province, **read)


# ---------------------------------------------------------------- one document


async def preview(request: web.Request) -> web.StreamResponse:
    """`GET …/{kind}`: the document as it would be, and the fields that people may fill."""
    return await _shown(request, await _subject(request), Form())


async def filled(request: web.Request) -> web.StreamResponse:
    """`POST …/{kind}`: the preview with what was typed, or a file (`take` = docx or pdf)."""
    given = await forms.read_form(request)
    check_form(request, given.get("csrf", ""))
    form, subject = read_form(given), await _subject(request)
    take = given.get("take", "")
    if take not in set(FileKind):
        return await _shown(request, subject, form)
    return await _file(request, subject, form, FileKind(take))


async def _shown(request: web.Request, subject: Subject, form: Form) -> web.StreamResponse:
    now, principal = request.app[CONTEXT].now(), request[PRINCIPAL]
    part = within(principal)
    document = _made(request, subject, form, subject.first_made or now)
    return page(
        request,
        "documents_preview.html",
        document=document,
        kind=str(subject.kind),
        back=subject.back,
        fields=FORM_FIELDS[subject.kind],
        form=form,
        action=str(request.rel_url),
        copies=[(x, str(request.rel_url.update_query(copy=x))) for x in LANGUAGES],
        copy=document.language,
        most_rows=PREVIEW_ROWS,
        may_take=subject.kind is not Kind.SHEET or authorize(principal, Action.MAKE_SHEET, part),
    )


async def _file(
    request: web.Request, subject: Subject, form: Form, file: FileKind
) -> web.StreamResponse:
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    now, path = context.now(), request.path[:200]

    def write(connection: sa.Connection) -> datetime:
        made_at = keep_document(
            connection, subject.kind, subject.facts, subject.about, now, principal.name
        )
        action = str(Action.MAKE_DOCUMENT)
        record(connection, now, principal.name, action, path, file=str(file))
        return made_at

    made_at = await context.database.write_async(write)
    document = _made(request, subject, form, made_at)
    body = await request.app[PRESS].file(document, file, context.config.documents)
    response = web.Response(body=body, content_type=CONTENT_TYPES[file])
    name = _file_name(subject)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{file}"'
    return response


def _made(request: web.Request, subject: Subject, form: Form, made_at: datetime) -> Document:
    """The document. It is Thai unless a reading copy was asked for, whatever the page's language."""
    copy = request.query.get("copy", LANGUAGES[0])
    t = words_in(copy if copy in LANGUAGES else LANGUAGES[0])
    stamp = stamp_of(subject.kind, subject.facts, int(made_at.timestamp()), check_url(request))
    return make(subject.kind, t, subject.facts, form, stamp)


def check_url(request: web.Request) -> str:
    """The address that a check code is put behind."""
    public = request.app[CONTEXT].config.public_url.rstrip("/")
    return f"{public or request.url.origin()}/check/"


def _file_name(subject: Subject) -> str:
    about = subject.about
    parts = (subject.kind, about.office or about.province, about.month or about.outage)
    return "-".join(
        "".join(c for c in x if c.isascii() and (c.isalnum() or c == "-")) for x in parts
    )


async def _subject(request: web.Request) -> Subject:
    """The facts of the document that the path names, of this moment."""
    context = request.app[CONTEXT]
    read = await context.database.read_async(partial(_gather, context, request))
    if read is None:
        raise Refused("not_found")
    return read


def _gather(context: Context, request: web.Request, connection: sa.Connection) -> Subject | None:
    matched, principal = request.match_info, request[PRINCIPAL]
    if "code" in matched:
        kind = Kind(request.path.rsplit("/", 1)[-1])
        office = must_find(connection, matched["code"])
        month = month_asked(request) or max(
            months_of(connection, one_office(office.code, office.province)),
            default=month_of(context.now()),
        )
        about = About(office.code, office.province, month)
        back = f"/offices/{office.code}/documents?month={month}"
    elif "province" in matched:
        kind, province = Kind.SUMMARY, matched["province"]
        month = month_asked(request) or max(
            months_of(connection, Resource(province=province)), default=month_of(context.now())
        )
        about = About("", province, month)
        back = f"/provinces/{province}/documents?month={month}"
    else:
        kind, outage = Kind.SHEET, matched["outage"]
        office_code = principal.office if principal.role in OFFICE_ROLES else ""
        province = principal.province or _province_of(connection, outage)
        about = About(office_code, province, outage=outage)
        back = f"/outages/{outage}"
    facts = facts_of(connection, asked_of(context), kind, about)
    if facts is None:
        return None
    code = stamp_of(kind, facts, 0, "").code
    return Subject(kind, facts, about, back, when_made(connection, code))


def asked_of(context: Context) -> Asked:
    """What gathering facts needs beside the store."""
    return Asked(calendar_of(context), policy_of(context), context.now())


def _province_of(connection: sa.Connection, outage: str) -> str:
    """The province of an outage's first office."""
    row = outages_by_id(connection, [outage]).get(outage)
    office = find_office(connection, row.seen[0]) if row is not None and row.seen else None
    return "" if office is None else office.province


# ---------------------------------------------------------------- who may


async def province_resource(request: web.Request) -> Resource | None:
    """The resource of a page about one province; None if there is no such province."""
    province = request.match_info["province"]
    return Resource(province=province) if province in PROVINCES else None


async def outage_resource(request: web.Request) -> Resource | None:
    """The asker's own part of what an outage hit; None if it hit none of it, or does not exist."""
    principal, outage = request[PRINCIPAL], request.match_info["outage"]

    def look(connection: sa.Connection) -> Resource | None:
        row = outages_by_id(connection, [outage]).get(outage)
        if row is None:
            return None
        if principal.role in OFFICE_ROLES:
            own = principal.office if principal.office in row.seen else ""
            return Resource(office=own, province=principal.province) if own else None
        if principal.role is Role.PROVINCE:
            hit = (find_office(connection, code) for code in row.seen)
            ours = any(x is not None and x.province == principal.province for x in hit)
            return Resource(province=principal.province) if ours else None
        return Resource(province=_province_of(connection, outage))

    return await request.app[CONTEXT].database.read_async(look)


def _action(kind: Kind) -> Action:
    return Action.MAKE_PROVINCE_DOCUMENT if kind in PROVINCE_ONLY else Action.MAKE_DOCUMENT


def _both(
    path: str, action: Action, resource: ResourceOf, *, look: Action | None = None
) -> list[Route]:
    """The preview and the form of a document; looking at it may need less (`look`) than taking it."""
    return [
        Route("GET", path, preview, look or action, resource),
        Route("POST", path, filled, action, resource),
    ]


ROUTES = (
    Route("GET", "/offices/{code}/documents", of_office, Action.MAKE_DOCUMENT, office_resource),
    *(
        route
        for kind in OFFICE_KINDS
        for route in _both(f"/offices/{{code}}/documents/{kind}", _action(kind), office_resource)
    ),
    Route(
        "GET",
        "/provinces/{province}/documents",
        of_province,
        Action.MAKE_PROVINCE_DOCUMENT,
        province_resource,
    ),
    *_both(
        "/provinces/{province}/documents/summary",
        Action.MAKE_PROVINCE_DOCUMENT,
        province_resource,
    ),
    *_both(
        "/outages/{outage}/sheet",
        Action.MAKE_SHEET,
        outage_resource,
        look=Action.READ_CONNECTIVITY,
    ),
)
