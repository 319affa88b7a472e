"""The check page: the facts behind a document's code, what has changed since, and whether the paper agrees."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import Action, Resource, authorize
from laaswatch_collector.documents.changes import (
    GONE,
    NEW,
    Change,
    Compared,
    changes,
    compare,
)
from laaswatch_collector.documents.check_code import read_code
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.make import Kind, make, stamp_of
from laaswatch_collector.documents.model import Document
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.routes.pages_documents import (
    PREVIEW_ROWS,
    asked_of,
    check_url,
)
from laaswatch_collector.server.routes.pages_shared import own_part
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.documents import Kept, about_document, find_document
from laaswatch_collector.store.views.documents import facts_of
from laaswatch_collector.store.views.offices import offices_named
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.words import Words, words_in

MOST_CHANGES = 60


@dataclass(frozen=True, slots=True)
class _Read:
    kept: Kept
    changed: list[Change]
    names: dict[str, Any]


async def ask(request: web.Request) -> web.StreamResponse:
    """`GET /check?code=…`: the place to type a code; one that exists opens its document."""
    typed = request.query.get("code", "")
    if not typed:
        return page(request, "check.html", typed="", wrong="")
    code = read_code(typed)
    if code is None:
        return page(request, "check.html", typed=typed[:40], wrong="documents.check.wrong")
    resource = await _resource(request, code)
    if resource is None or not authorize(request[PRINCIPAL], Action.CHECK_DOCUMENT, resource):
        return page(request, "check.html", typed=code, wrong="documents.check.not_found")
    raise web.HTTPSeeOther(f"/check/{code}")


async def show(request: web.Request) -> web.StreamResponse:
    """`GET /check/{code}`: what is kept, what it is now, and (with figures in the query) the paper beside it."""
    context, t = request.app[CONTEXT], words_of(request)
    code = _code(request)

    def look(connection: sa.Connection) -> _Read | None:
        kept = find_document(connection, code)
        if kept is None:
            return None
        if kept.facts is None:
            return _Read(kept, [], {})
        now = facts_of(connection, asked_of(context), kept.kind, kept.about)
        changed = [Change("facts", "", GONE)] if now is None else changes(kept.facts, now)
        codes = [x.name for x in changed if x.of == "office"]
        return _Read(kept, changed, dict(offices_named(connection, codes[:MOST_CHANGES])))

    read = await context.database.read_async(look)
    if read is None:
        raise Refused("not_found")
    facts = read.kept.facts
    figures: list[Compared] = [] if facts is None else compare(facts, dict(request.query))
    return page(
        request,
        "check_code.html",
        kept=read.kept,
        kind=str(read.kept.kind),
        document=_document(request, read.kept),
        figures=figures,
        compared=any(x.agrees is not None for x in figures),
        changed=[_told(t, x, read.names) for x in read.changed[:MOST_CHANGES]],
        changes=len(read.changed),
        most_rows=PREVIEW_ROWS,
        again=_again(read.kept),
    )


def _document(request: web.Request, kept: Kept) -> Document | None:
    """The document as it was printed, without what people added by hand."""
    if kept.facts is None:
        return None
    stamp = stamp_of(kept.kind, kept.facts, int(kept.made_at.timestamp()), check_url(request))
    return make(kept.kind, words_in("th"), kept.facts, Form(), stamp)


def _again(kept: Kept) -> str:
    """Where such a document is made."""
    about = kept.about
    if kept.kind is Kind.SHEET:
        return f"/outages/{about.outage}/sheet"
    if kept.kind is Kind.SUMMARY:
        return f"/provinces/{about.province}/documents/summary?month={about.month}"
    return f"/offices/{about.office}/documents/{kept.kind}?month={about.month}"


_WHAT = {
    "verdict": "changed.verdict", "between": "changed.verdict", "estimated": "changed.verdict",
    "due": "changed.due", "posted_from": "changed.posted", "posted_to": "changed.posted",
    "posted_precision": "changed.posted", "event": "changed.event", "start": "from", "end": "until",
    "settled": "changed.settled", "scope": "whose", "key": "whose", "fault": "whose",
    "grade": "evidence", "revision": "changed.revision", "window": "changed.window",
    "usable": "changed.usable", "unknown": "figure.unknown", "up": "figure.up",
    "slow": "minutes_of_slow", "down": "minutes_of_down", "backlog": "changed.backlog",
    "tardiness": "changed.tardiness", "working": "figure.working", "working_minutes": "working",
    "inferred_minutes": "changed.inferred", "entries": "band_entries", "late": "band_late",
    "same_day": "band_same_day", "next_day": "band_next_day", "undetermined": "band_undetermined",
    "not_posted": "band_not_posted", "verdicts": "changed.verdict", "offices": "figure.hit",
    "observed": "changed.observed", "hit": "figure.hit", "not_hit": "figure.not_hit",
    "unseen": "changed.unseen", "standing": "changed.standing", "known_until": "changed.known_until",
    "explained": "changed.explained", "share": "changed.share", "flags": "changed.flags",
    "counterfactual": "changed.counterfactual", "outages": "figure.outages", "rules": "changed.rules",
    "tried": "tried_title", "estimated_days": "changed.estimated_days", "loss": "changed.loss",
    "delay": "changed.delay", "delay_high": "changed.delay",
}  # fmt: skip
"""Field of the facts → what people call it; whatever is not here is "other data"."""
_TIMES = frozenset({"due", "posted_from", "posted_to", "start", "end", "event", "counterfactual"})
_WORDS = {
    "verdict": "verdict", "scope": "scope", "grade": "grade", "fault": "fault",
    "standing": "standing_short",
}  # fmt: skip
_COUNTED = {"verdicts": "verdict", "down": "scope"}
"""Fields that count by the members of a closed list."""


def _told(t: Words, x: Change, names: dict[str, Any]) -> tuple[str, str, str]:
    """A change in words: which fact, what it was, what it is."""
    name = x.name
    if x.of == "office" and name in names:
        name = t.name(names[name], short=True)
    elif x.of == "book":
        name = t.word("book", name)
    elif x.of == "layer":
        name = t.word("layer", name)
    elif x.of == "entry":
        number, _, book = name.rpartition(" ")
        name = f"{number} ({t.word('book', book)})"
    elif x.of == "step":
        name = t.moment(datetime.fromtimestamp(int(name), UTC))
    which = t.word("documents.change", x.of).format(name=name)
    if x.what in (GONE, NEW):
        return which, "–", t(f"documents.check.{x.what}")
    what = t(f"documents.{_WHAT.get(x.what, 'changed.other')}")
    return f"{which}: {what}", _value(t, x.what, x.then), _value(t, x.what, x.now)


def _value(t: Words, field: str, value: Any) -> str:  # noqa: ANN401 - a field of facts
    if value is None or value is False or value == "":
        return "–"
    if field in _TIMES and isinstance(value, int):
        return t.moment(datetime.fromtimestamp(value, UTC))
    if field in _WORDS and isinstance(value, str):
        return t.word(_WORDS[field], value)
    if field in _COUNTED and isinstance(value, dict):
        return ", ".join(f"{t.word(_COUNTED[field], k)} {n:,}" for k, n in value.items()) or "0"
    if value is True:
        return "✓"
    return f"{value:,}" if isinstance(value, int) else (value if isinstance(value, str) else "…")


async def kept_resource(request: web.Request) -> Resource | None:
    """The office or province that a document speaks of; None if there is no such document."""
    code = read_code(request.match_info["code"])
    return None if code is None else await _resource(request, code)


async def _resource(request: web.Request, code: str) -> Resource | None:
    about = await request.app[CONTEXT].database.read_async(lambda c: about_document(c, code))
    return None if about is None else Resource(office=about.office, province=about.province)


def _code(request: web.Request) -> str:
    code = read_code(request.match_info["code"])
    if code is None:
        raise Refused("not_found")
    return code


ROUTES = (
    Route("GET", "/check", ask, Action.CHECK_DOCUMENT, own_part),
    Route("GET", "/check/{code}", show, Action.CHECK_DOCUMENT, kept_resource),
)
