"""Outages: the list, one, and what became of it since it was found."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.evidence.grades import witnessed_as
from laaswatch_collector.server.api import asking
from laaswatch_collector.server.api.endpoint import Asked, Endpoint, Look, Page
from laaswatch_collector.server.api.shapes import Outage
from laaswatch_collector.server.routes.pages_shared import own_part, within
from laaswatch_collector.server.routing import PRINCIPAL
from laaswatch_collector.store.views.offices import office_codes
from laaswatch_collector.store.views.outages import OutageRow, flags_on, outages_by_id
from laaswatch_collector.store.views.pages_of import outages_after
from laaswatch_collector.timeline.conclusions import Scope


class Annotation(msgspec.Struct, frozen=True):
    """An outage as Grafana draws annotations: times in milliseconds since 1970."""

    time: int
    timeEnd: int  # noqa: N815 - Grafana's name
    title: str
    text: str
    tags: tuple[str, ...]


def outages(look: Look, asked: Asked) -> Page:
    """Outages that touch a time, a page."""
    found, after = outages_after(
        look.connection,
        asked.part,
        (asked["from"], asked["to"]),
        asked["after"],
        asked["limit"],
        scope=asked["scope"],
        fault=asked["fault"],
    )
    flags = flags_on(look.connection, found)
    return Page([_outage(look, x, flags.get(x.id, ())) for x in found], after)


def outage(look: Look, asked: Asked) -> Outage | None:
    """One outage, if it hit an office that one may see."""
    found = outages_by_id(look.connection, [asked.path["id"]]).get(asked.path["id"])
    if found is None:
        return None
    if asked.part != Resource() and office_codes(look.connection, asked.part).isdisjoint(
        found.seen
    ):
        return None
    flags = flags_on(look.connection, [found])
    return _outage(look, found, flags.get(found.id, ()))


def annotations(look: Look, asked: Asked) -> Page:
    """The same as Grafana's annotations."""
    found, after = outages_after(
        look.connection,
        asked.part,
        (asked["from"], asked["to"]),
        "",
        asked["limit"],
        scope=asked["scope"],
    )
    return Page([_annotation(look, x) for x in found], after)


def _outage(look: Look, row: OutageRow, flags: Iterable[str]) -> Outage:
    graded = witnessed_as(row.scope, row.fault, row.grade, flags)
    return Outage(
        id=row.id,
        scope=row.scope,
        key=row.key,
        fault=row.fault,
        start=row.start_at,
        end=row.end_at,
        minutes=row.minutes(look.now),
        settled=row.settled,
        offices=row.offices,
        observed=row.observed,
        inferred_minutes=row.inferred_minutes,
        grade=row.grade,
        strength=str(graded.strength) if graded else "",
        cause=str(graded.cause) if graded else "",
        revised=row.revised,
        page=f"{look.context.config.public_url}/outages/{row.id}",
    )


def _annotation(look: Look, row: OutageRow) -> Annotation:
    whose = f"{row.scope} {row.key}".strip()
    return Annotation(
        time=_ms(row.start_at),
        timeEnd=_ms(row.end_at or look.now),
        title=f"{whose}: {row.fault}",
        text=f"{row.offices}/{row.observed} {look.context.config.public_url}/outages/{row.id}",
        tags=("outage", row.scope, row.fault, row.grade),
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


async def own_outages(request: web.Request) -> Resource | None:
    """An outage is asked for within what one may see; the endpoint itself says whether it is there."""
    return within(request[PRINCIPAL])


_LIST: tuple[Any, ...] = (
    asking.moment("from", "Outages that end after this time.", required=True),
    asking.moment("to", "Outages that begin before this time.", required=True),
    asking.word("scope", "Of one scope.", Scope),
)

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint(
        "/api/v1/outages", "outages", "เหตุขัดข้อง · Outages, newest first", Outage, outages,
        Action.READ_OVERVIEW, own_part, many=True,
        parameters=(*_LIST, asking.word("fault", "Of one fault.", Fault), asking.limit(), asking.after(),
                    asking.shown_as()),
    ),
    Endpoint(
        "/api/v1/outages/{id}", "outage", "เหตุขัดข้องหนึ่งเหตุ · One outage", Outage, outage,
        Action.READ_OVERVIEW, own_outages, parameters=(asking.shown_as(),),
    ),
    Endpoint(
        "/api/v1/annotations", "annotations", "สำหรับกราฟของ Grafana · Outages as Grafana's annotations",
        Annotation, annotations, Action.READ_OVERVIEW, own_part, many=True,
        parameters=(*_LIST, asking.limit(), asking.shown_as()),
    ),
)  # fmt: skip
