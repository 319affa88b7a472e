"""A ledger file from the officer's hands to the books: send, look at what was understood, confirm once.

    POST …/ledger/uploads            the file; answers with where to look at it
    GET  …/ledger/uploads/{token}    what was understood
    POST …/ledger/uploads/{token}    look again with other columns, import (they are kept), or drop
    GET  …/ledger/uploads/{token}/mend.csv   the rows to mend

Nothing of the file is kept but what the importer keeps; the file itself goes with the import.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action
from laaswatch_collector.ledger.choices import OFFERED, ChoiceError
from laaswatch_collector.ledger.exported import ExportTimeError, export_time
from laaswatch_collector.ledger.model import Book, LedgerFormatError
from laaswatch_collector.ledger.parse import shown_name
from laaswatch_collector.ledger.template import mend_csv
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.ledger_reading import (
    Asked,
    Understood,
    asked_of,
    book_named,
    understand,
)
from laaswatch_collector.server.routes.pages_shared import must_find, office_resource
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.server.uploads import UPLOADS, Upload, check_upload_head, receive
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.ledger_imports import ImportResult, import_ledger
from laaswatch_collector.store.ledger_layouts import (
    confirm_layout,
)
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import every_language

ROWS_SHOWN = 10
ERRORS_SHOWN = 20
MOST_FIELDS = 60
MOST_NAME = 30
"""Letters of a heading in a list to choose from."""


async def upload(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/ledger/uploads`: take the file, and go and look at it."""
    context, principal, uploads = request.app[CONTEXT], request[PRINCIPAL], request.app[UPLOADS]
    office = request.match_info["code"]
    token, path = uploads.new_path()
    try:
        fields, name = await receive(
            request, path, lambda said: check_form(request, said.get("csrf", ""))
        )
        now = context.now()
        exported = _exported(fields.get("exported_at", ""), now)
        digest = hashlib.sha256(await asyncio.to_thread(path.read_bytes)).digest()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    uploads.add(
        Upload(
            token,
            path,
            shown_name(name),
            principal.name,
            office,
            book_named(fields.get("book", "")),
            exported,
            now,
            digest,
        )
    )
    await context.database.write_async(
        lambda c: record(c, now, principal.name, "send_ledger", office, file=shown_name(name))
    )
    return web.Response(
        status=303, headers={"Location": f"/offices/{office}/ledger/uploads/{token}"}
    )


async def preview(request: web.Request) -> web.StreamResponse:
    """`GET /offices/{code}/ledger/uploads/{token}`: what was understood."""
    return await _preview(request, _waiting(request), {})


async def decide(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/ledger/uploads/{token}`: look again, import as shown, or drop the file."""
    form = await read_form(request, MOST_FIELDS)
    check_form(request, form.get("csrf", ""))
    found = _waiting(request)
    ledger = f"/offices/{found.office}/ledger"
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    if form.get("do") == "drop":
        request.app[UPLOADS].drop(found.token)
        await context.database.write_async(
            lambda c: record(
                c, context.now(), principal.name, "drop_ledger", found.office, file=found.name
            )
        )
        return web.Response(status=303, headers={"Location": ledger})
    if form.get("do") != "import":
        return await _preview(request, found, form)
    try:
        asked = await asked_of(request, found, form)
    except ChoiceError:
        return await _preview(request, found, form)
    understood = await understand(request, found, asked)
    file = understood.file
    if file is None or not all(x.confirmed for x in understood.layouts):
        return await _show(request, found, asked, understood)
    now = context.now()

    def take(connection: sa.Connection) -> ImportResult:
        books = sorted({row.book for row in file.rows} or ({asked.book} if asked.book else set()))
        for x in understood.layouts:
            for book in books:
                confirm_layout(
                    connection,
                    found.office,
                    book,
                    x.signature,
                    x.columns,
                    who=principal.name,
                    now=now,
                )
        done = import_ledger(
            connection,
            file,
            sha256=found.sha256,
            imported_by=principal.name,
            now=now,
            snapshot_at=found.exported_at or now,
            snapshot_known=found.exported_at is not None,
        )
        record(
            connection,
            now,
            principal.name,
            "import_ledger",
            found.office,
            file=found.name,
            sha256=found.sha256.hex(),
            good=done.good,
            bad=done.bad,
            added=done.added,
            changed=done.changed,
            vanished=done.vanished,
        )
        return done

    try:
        done = await context.database.write_async(take)
    except LedgerFormatError as refusal:
        return await _show(request, found, asked, Understood(None, understood.layouts, refusal))
    request.app[UPLOADS].drop(found.token)
    return web.Response(
        status=303,
        headers={"Location": f"{ledger}?imported={max(done.imports, default=0)}"},
    )


async def mend(request: web.Request) -> web.StreamResponse:
    """`GET …/mend.csv`: the rows that were not understood, to mend and send again."""
    found = _waiting(request)
    understood = await understand(request, found, await asked_of(request, found, request.query))
    if understood.file is None:
        raise Refused("not_found")
    response = web.Response(
        body=mend_csv(understood.file, every_language()).encode("utf-8-sig"),
        content_type="text/csv",
        charset="utf-8",
    )
    response.headers["Content-Disposition"] = 'attachment; filename="rows-to-mend.csv"'
    return response


# ------------------------------------------------------------------ what waits


def _waiting(request: web.Request) -> Upload:
    now = request.app[CONTEXT].now()
    found = request.app[UPLOADS].find(
        request.match_info["token"], request[PRINCIPAL].name, request.match_info["code"], now
    )
    if found is None:
        raise Refused("not_found")
    return found


def _exported(text: str, now: datetime) -> datetime | None:
    try:
        return export_time(text, now)
    except ExportTimeError as error:
        raise Refused("malformed", error.message) from error


# ------------------------------------------------------------------ the page


async def _preview(
    request: web.Request, found: Upload, said: Mapping[str, str]
) -> web.StreamResponse:
    try:
        asked = await asked_of(request, found, said)
    except ChoiceError as wrong:
        unchosen = await asked_of(request, found, {"book": said.get("book", "")})
        understood = await understand(request, found, unchosen)
        return await _show(request, found, unchosen, Understood(None, understood.layouts, wrong))
    return await _show(request, found, asked, await understand(request, found, asked))


async def _show(
    request: web.Request, found: Upload, asked: Asked, understood: Understood
) -> web.StreamResponse:
    office: OfficeRow = await request.app[CONTEXT].database.read_async(
        lambda c: must_find(c, found.office)
    )
    refusal = understood.refusal
    file = understood.file
    return page(
        request,
        "ledger_preview.html",
        office=office,
        upload=found,
        book=asked.book,
        books=list(Book),
        file=file,
        refusal=words_of(request).say(refusal.message) if refusal else "",
        layouts=[(x, asked.sayer_of(x)) for x in understood.layouts],
        offered=OFFERED,
        rows=file.rows[:ROWS_SHOWN] if file else (),
        errors=file.errors[:ERRORS_SHOWN] if file else (),
        warnings=file.warnings[:ERRORS_SHOWN] if file else (),
        query=urlencode(asked.fields),
        most_name=MOST_NAME,
    )


_PATH = "/offices/{code}/ledger/uploads"
ROUTES = (
    Route(
        "POST",
        _PATH,
        upload,
        Action.IMPORT_LEDGER,
        office_resource,
        check_head=check_upload_head,
    ),
    Route("GET", _PATH + "/{token}", preview, Action.IMPORT_LEDGER, office_resource),
    Route("POST", _PATH + "/{token}", decide, Action.IMPORT_LEDGER, office_resource),
    Route("GET", _PATH + "/{token}/mend.csv", mend, Action.IMPORT_LEDGER, office_resource),
)
