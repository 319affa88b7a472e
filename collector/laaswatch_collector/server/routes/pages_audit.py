"""The audit: who did what to what, when, and how it went. It can be read and taken along, never changed.

Taking it along needs a reason, which is itself written down.
"""

import csv
import io
from datetime import date, timedelta

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.audited import ACTIONS
from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.explanations_csv import guard
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.server.second_step import own_form
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.views.audit import Asked, Line, audit_lines
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.thai import local_midnight

MOST = 60
"""Lines on one page."""
MOST_TAKEN = 50_000
"""Lines of one file; a longer time is taken in parts."""
LEAST_REASON = 10
FIELDS = ("who", "action", "subject", "from", "to")


async def audit(request: web.Request) -> web.StreamResponse:
    """`/audit?who=&action=&subject=&from=&to=&before=`: newest first."""
    return await _page(request, dict(request.query), wrong="")


async def export(request: web.Request) -> web.StreamResponse:
    """`POST /audit/export`: the lines that were looked for, as CSV, with a reason."""
    form = await own_form(request)
    reason = " ".join(form.get("reason", "").split())[:500]
    if len(reason) < LEAST_REASON:
        return await _page(request, form, wrong="audit.needs_reason")
    context, who = request.app[CONTEXT], request[PRINCIPAL].name
    now, asked = context.now(), _asked(form)
    lines = await context.database.read_async(lambda c: list(audit_lines(c, asked, MOST_TAKEN)))

    def write(connection: sa.Connection) -> None:
        looked_for = {f"asked_{x}": form[x] for x in FIELDS if form.get(x)}
        record(
            connection, now, who, str(Action.EXPORT_AUDIT), "audit",
            reason=reason, lines=len(lines), **looked_for,
        )  # fmt: skip

    await context.database.write_async(write)  # first: nothing leaves unseen
    response = web.Response(body=_csv(lines), content_type="text/csv", charset="utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{now:%Y%m%d}.csv"'
    return response


async def _page(request: web.Request, given: dict[str, str], *, wrong: str) -> web.StreamResponse:
    asked, before = _asked(given), given.get("before", "")
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines = await request.app[CONTEXT].database.read_async(
        lambda c: list(audit_lines(c, asked, MOST + 1, last))
    )
    t = words_of(request)
    return page(
        request,
        "audit.html",
        status=400 if wrong else 200,
        lines=lines[:MOST],
        before=lines[MOST - 1].id if len(lines) > MOST else None,
        asked={x: given.get(x, "")[:100] for x in FIELDS},
        actions=ACTIONS,
        named=lambda action: named(t, action),
        wrong=wrong,
        least=LEAST_REASON,
    )


def named(t: Words, action: str) -> str:
    """What was done, in words; by its own name if an older or newer version wrote it down."""
    try:
        return t.word("audited", action)
    except KeyError:
        return action


def _asked(given: dict[str, str]) -> Asked:
    """The filter; whatever is no day and no known action is refused."""
    action = given.get("action", "")
    if action and action not in ACTIONS:
        raise Refused("not_found")
    since, until = _day(given.get("from", "")), _day(given.get("to", ""))
    return Asked(
        who=given.get("who", "")[:100],
        action=action,
        subject=given.get("subject", "")[:100],
        since=local_midnight(since) if since else None,
        until=local_midnight(until + timedelta(days=1)) if until else None,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Refused("not_found") from error
    if not 2000 <= found.year <= 2200:
        raise Refused("not_found")
    return found


def _csv(lines: list[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("id", "at", "who", "action", "object", "result", "detail"))
    for x in lines:
        detail = "; ".join(f"{name}={value}" for name, value in sorted(x.detail.items()))
        row = (x.id, x.at.isoformat(), x.who, x.action, x.subject, x.result, detail)
        writer.writerow([guard(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


ROUTES = (
    Route("GET", "/audit", audit, Action.READ_AUDIT),
    Route("POST", "/audit/export", export, Action.EXPORT_AUDIT),
)
