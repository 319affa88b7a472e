"""Offices: who there is, how they are now, how they were, what was measured."""

from collections.abc import Sequence

from laaswatch_collector.access.policy import Action
from laaswatch_collector.server.api import asking
from laaswatch_collector.server.api.endpoint import Asked, Endpoint, Look, Page
from laaswatch_collector.server.api.shapes import Delays, Office, StateRun
from laaswatch_collector.server.live import utc
from laaswatch_collector.server.routes.pages_shared import office_resource, own_part
from laaswatch_collector.store.views.offices import OfficeRow, find_office
from laaswatch_collector.store.views.outages import runs_of
from laaswatch_collector.store.views.pages_of import offices_after
from laaswatch_collector.store.views.rollups import Step, steps_after

_FROM = asking.moment("from", "From this time on.", required=True)
_TO = asking.moment("to", "Until before this time.", required=True)


def offices(look: Look, asked: Asked) -> Page:
    """The offices, a page."""
    most = asked["limit"]
    found = offices_after(
        look.connection,
        asked.part,
        asked["after"],
        most + 1,
        province=asked["province"],
        isp=asked["isp"],
        text=asked["q"],
    )
    more = found[most - 1].code if len(found) > most else None
    return Page([_office(look, x) for x in found[:most]], more)


def office(look: Look, asked: Asked) -> Office | None:
    """One office."""
    found = find_office(look.connection, asked.path["code"])
    return None if found is None else _office(look, found)


def states(look: Look, asked: Asked) -> Page:
    """An office's states over time, a page; what is in no run is unknown."""
    start, most = asking.later(asked["from"], asked["after"]), asked["limit"]
    runs = runs_of(look.connection, asked.path["code"], start, asked["to"], most + 1)
    items = [
        StateRun(
            start=x.from_at,
            end=x.to_at,
            state=x.state,  # type: ignore[arg-type]  # one of the four, as stored
            fault=x.fault,
            scope=x.scope,
            inferred=x.inferred,
            pcs=x.witnesses,
        )
        for x in runs[:most]
    ]
    return Page(items, asking.cursor(items[-1].end) if len(runs) > most else None)


def measurements(look: Look, asked: Asked) -> Page:
    """What the PCs of an office measured, in five minutes' steps, a page; days that are over."""
    start, most = asking.later(asked["from"], asked["after"]), asked["limit"]
    found = steps_after(look.connection, asked.path["code"], start, asked["to"], most + 1)
    more = asking.cursor(utc(found[most].start)) if len(found) > most else None
    return Page([_delays(x) for x in found[:most]], more)


def _office(look: Look, row: OfficeRow) -> Office:
    live = look.live.view.offices.get(row.code) if look.live else None
    return Office(
        code=row.code,
        name_th=row.name_th,
        name_en=row.name_en,
        kind=row.kind,
        province=row.province,
        isp=row.isp,
        pcs=row.pcs,
        simulated=row.simulated,
        state_now="unknown" if live is None else live.state.value,
        fault_now="" if live is None else str(live.fault),
        scope_now="" if live is None else str(live.scope),
        last_received=(
            None if live is None or live.last_received is None else utc(live.last_received)
        ),
        page=f"{look.context.config.public_url}/offices/{row.code}",
    )


def _delays(step: Step) -> Delays:
    totals = step.totals
    return Delays(
        start=utc(step.start),
        rounds=totals.rounds,
        link_loss=totals.loss("link"),
        gateway_loss=totals.loss("gateway"),
        reference_loss=totals.loss("reference"),
        dns_loss=totals.loss("dns"),
        tcp_loss=totals.loss("tcp"),
        http_loss=totals.loss("http"),
        connect_p50_ms=totals.delay("connect", 0.5),
        connect_p95_ms=totals.delay("connect", 0.95),
        page_p50_ms=totals.delay("page", 0.5),
        page_p95_ms=totals.delay("page", 0.95),
    )


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint(
        "/api/v1/offices", "offices", "หน่วยงาน · Offices and how they are now", Office, offices,
        Action.READ_OVERVIEW, own_part, many=True, wants_live=True,
        parameters=(
            asking.province(), asking.text("isp", "Of one provider, as the registry names it."),
            asking.text("q", "A piece of a name or code."),
            asking.limit(), asking.after(), asking.shown_as(),
        ),
    ),
    Endpoint(
        "/api/v1/offices/{code}", "office", "หน่วยงานหนึ่ง · One office", Office, office,
        Action.READ_CONNECTIVITY, office_resource, wants_live=True, parameters=(asking.shown_as(),),
    ),
    Endpoint(
        "/api/v1/offices/{code}/states", "office_states",
        "สถานะตามเวลา · An office's states over time", StateRun, states,
        Action.READ_CONNECTIVITY, office_resource, many=True,
        parameters=(_FROM, _TO, asking.limit(), asking.after(), asking.shown_as()),
    ),
    Endpoint(
        "/api/v1/offices/{code}/measurements", "office_measurements",
        "ผลวัดทุกห้านาที · Losses and delays of an office in five minutes' steps", Delays, measurements,
        Action.READ_CONNECTIVITY, office_resource, many=True, shows_pcs=True,
        parameters=(_FROM, _TO, asking.limit(), asking.after(), asking.shown_as()),
    ),
)  # fmt: skip
