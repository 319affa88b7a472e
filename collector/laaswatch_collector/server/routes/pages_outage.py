"""The page of one outage: what broke, whose fault, who says so, what it did to the books, what to do."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from aiohttp import web
from markupsafe import Markup

from laaswatch_agent.knowledge.articles import Articles
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.access.policy import Action, Resource, authorize
from laaswatch_collector.advice.fixes import Fixes, fixes_for_office
from laaswatch_collector.evidence.grades import witnessed_as
from laaswatch_collector.explanation.remarks import flag_remark
from laaswatch_collector.messages import Message, message, word
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.reads import note_pcs
from laaswatch_collector.server.routes.pages_knowledge import articles_of
from laaswatch_collector.server.routes.pages_shared import month_of, within
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Route
from laaswatch_collector.store.views.outage_page import (
    WIDE,
    Group,
    OutageSeen,
    outage_seen,
    outage_within,
)
from laaswatch_collector.store.views.outages import OutageRow
from laaswatch_collector.timeline.conclusions import Scope
from laaswatch_collector.timeline.history import history_sentences
from laaswatch_collector.web.render import page, words_of
from laaswatch_collector.web.share_chart import Bars, share_chart
from laaswatch_collector.web.words import Words

GROUPS_DRAWN = 8
OFFICES_NAMED = 40
OFFICES_WITH_ENTRIES = 20
TRIED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Lane:
    """One group with its picture; the numbers stand beside it."""

    group: Group
    name: str
    picture: Markup


async def outage(request: web.Request) -> web.StreamResponse:
    """`/outages/{outage}`."""
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    part, now, name = within(principal), context.now(), request.match_info["outage"]
    seen = await context.database.read_async(lambda c: outage_seen(c, name, part, now))
    if seen is None:
        raise Refused("not_found")
    note_pcs(request, ((x.office, x.agent) for x in seen.ladders))
    t, row = words_of(request), seen.outage
    lanes = [_lane(t, seen, x, now) for x in seen.groups[:GROUPS_DRAWN]]
    entries = sorted(seen.entries.items(), key=lambda x: (-x[1].total(), x[0]))
    return page(
        request,
        "outage.html",
        seen=seen,
        row=row,
        wide=row.scope in WIDE,
        month=month_of(row.start_at),
        headline=t.say(headline(row)),
        why=[t.say(x) for x in why(row)],
        grade=t(f"outage_page.grade_{row.grade or 'none'}"),
        graded=witnessed_as(row.scope, row.fault, row.grade, seen.flags),
        history=(
            [t.say(x) for x in history_sentences(seen.history.revisions, seen.history.stands)][::-1]
            if seen.history
            else []
        ),
        flags=[t.say(flag_remark(flag, *found)) for flag, found in sorted(seen.flags.items())],
        lanes=lanes,
        lanes_left=max(0, len(seen.groups) - GROUPS_DRAWN),
        offices=seen.own[:OFFICES_NAMED],
        offices_left=max(0, seen.own_count - OFFICES_NAMED),
        entries=entries[:OFFICES_WITH_ENTRIES],
        entries_count=sum(x.total() for _, x in entries),
        names={x.code: x for x in seen.own},
        may_read_ledger=authorize(principal, Action.READ_LEDGER, part),
        fixes=fixes(row, articles_of(context)),
        tried_shown=TRIED_SHOWN,
        resource_of=Resource,
    )


def headline(row: OutageRow) -> Message:
    """What it is, in one sentence: whose, and that it goes on or is over."""
    end = "over" if row.end_at else "on"
    return message(
        f"outage_page.headline_{end}",
        whose=message(f"outage_page.whose_{row.scope or 'none'}", isp=row.key.split("/")[0] or "?"),
        fault=word("fault", row.fault),
    )


def why(row: OutageRow) -> list[Message]:
    """How it was decided whose fault it is, step by step, each with its count."""
    said: list[Message] = []
    counts = {
        "hit": row.offices,
        "observed": row.observed,
        "worked": max(0, row.observed - row.offices),
    }
    if row.scope in WIDE:
        said.append(message("outage_page.why_offices", **counts))
    failed = row.evidence.get("control_failed_minutes", 0)
    worked = row.evidence.get("control_worked_minutes", 0)
    if failed or worked:
        key = "failed" if failed > worked else "worked"
        said.append(message(f"outage_page.why_control_{key}", failed=failed, worked=worked))
    elif row.scope in WIDE:
        said.append(message("outage_page.why_no_control"))
    if row.scope in ("office", "pc") and (pcs := row.evidence.get("pcs", 0)):
        said.append(message(f"outage_page.why_{row.scope}", pcs=pcs))
    if power := row.evidence.get("power_minutes", 0):
        said.append(message("outage_page.why_power", n=power))
    if row.inferred_minutes:
        said.append(message("outage_page.why_inferred", n=row.inferred_minutes))
    said.append(message(f"outage_page.therefore_{row.scope or 'none'}"))
    return said


def fixes(row: OutageRow, articles: Articles) -> Fixes:
    """What to do about it, and who should."""
    return fixes_for_office(Fault(row.fault), Scope(row.scope), articles)


def _lane(t: Words, seen: OutageSeen, group: Group, now: datetime) -> Lane:
    name = t.name(group.office, short=True) if group.office else group.name or t("site.unknown")
    whole = seen.step.total_seconds() * max(1, len(group.down))
    zero, row = seen.start.timestamp(), seen.outage
    since = 100 * (row.start_at.timestamp() - zero) / whole
    until = min(100.0, 100 * ((row.end_at or now).timestamp() - zero) / whole)
    most = max(group.down, default=0)
    label = t(
        "outage_page.lane_label",
        name=name, hit=group.hit, worked=group.worked, unheard=group.unheard, most=most,
    )  # fmt: skip
    return Lane(group, name, share_chart(Bars(group.down, group.heard), label, (since, until)))


async def outage_resource(request: web.Request) -> Resource | None:
    """The asker's own part, if the outage hit an office there; None for any other, and for none."""
    part, name = within(request[PRINCIPAL]), request.match_info["outage"]

    def look(connection: sa.Connection) -> bool:
        return outage_within(connection, name, part) is not None

    return part if await request.app[CONTEXT].database.read_async(look) else None


ROUTES = (Route("GET", "/outages/{outage}", outage, Action.READ_CONNECTIVITY, outage_resource),)
