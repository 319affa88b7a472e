"""Offices and the newest round of each of their agents."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result
from laaswatch_collector.access.policy import Resource
from laaswatch_collector.localization.live import LiveAgent
from laaswatch_collector.store.schema import agents, latest_rounds, office_months, offices
from laaswatch_collector.store.views.scoping import seen_by


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An office as lists show it; `simulated` offices are labelled wherever they appear."""

    code: str
    name_th: str
    name_en: str
    kind: str
    province: str
    isp: str
    pcs: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Pc:
    """One agent of an office and its newest round with all layers; `round` is None if it never sent one."""

    agent: str
    label: str
    role: str
    state: str
    version: str
    system: str
    last_contact_at: datetime | None
    received_at: datetime | None
    cadence: float
    round: ProbeRound | None


def _kept(within: Resource) -> sa.ColumnElement[bool]:
    """Offices inside `within` that keep books or have PCs: sites of our control probes are not offices."""
    of_role = sa.select(agents.c.office_code)
    only_ours = sa.and_(
        offices.c.code.in_(of_role.where(agents.c.role == "control")),
        offices.c.code.not_in(of_role.where(agents.c.role != "control")),
    )
    return sa.and_(seen_by(within), ~only_ours)


def office_codes(connection: sa.Connection, within: Resource) -> frozenset[str]:
    """The codes of the offices inside `within`."""
    return frozenset(connection.execute(sa.select(offices.c.code).where(_kept(within))).scalars())


def those_behind(
    connection: sa.Connection, within: Resource, month: str, first: int, most: int
) -> list[OfficeRow]:
    """`most` of the offices inside `within`, from the one at `first` on, those that are furthest behind first.

    By late entries of the month that nothing explains, by late entries, by name: sorted where they lie, so
    that a nation's offices are not carried here for a hundred of them.
    """
    m = office_months.c
    unexplained = sa.func.sum(sa.case((m.verdict == "not_explained", m.entries), else_=0))
    late = (
        sa.select(
            m.office_code, unexplained.label("unexplained"), sa.func.sum(m.entries).label("late")
        )
        .where(m.month == month, m.verdict != "")
        .group_by(m.office_code)
        .subquery()
    )
    name: sa.ColumnElement[str] = sa.case(
        (offices.c.name_th != "", offices.c.name_th), else_=offices.c.name_en
    )
    if connection.dialect.name == "postgresql":
        name = sa.collate(name, "C")
    query = (
        sa.select(*_SHOWN)
        .outerjoin(late, late.c.office_code == offices.c.code)
        .where(_kept(within))
        .order_by(
            sa.func.coalesce(late.c.unexplained, 0).desc(),
            sa.func.coalesce(late.c.late, 0).desc(),
            name,
            offices.c.code,
        )
        .offset(first)
        .limit(most)
    )
    return [_office(row) for row in connection.execute(query)]


def offices_named(connection: sa.Connection, codes: Iterable[str]) -> dict[str, OfficeRow]:
    """These offices, a few, by code."""
    query = sa.select(*_SHOWN).where(offices.c.code.in_(sorted(set(codes))))
    return {row.code: _office(row) for row in connection.execute(query)}


_SHOWN = [
    offices.c[x] for x in ("code", "name_th", "name_en", "kind", "province", "isp", "pcs", "source")
]


def find_office(connection: sa.Connection, code: str) -> OfficeRow | None:
    """One office, or None."""
    row = connection.execute(sa.select(offices).where(offices.c.code == code)).one_or_none()
    return None if row is None else _office(row)


def newest_rounds(
    connection: sa.Connection, isps: Mapping[str, str] = MappingProxyType({})
) -> list[LiveAgent]:
    """The newest round of every agent that counts, of all offices: scope is judged against everyone.

    `isps`: the providers of offices, where they may be others than the registry's.
    """
    x = latest_rounds.c
    # A nation's rows: read as the plain numbers that they are stored as.
    at, received, asked = (
        sa.type_coerce(c, sa.BigInteger) for c in (x.at, x.received_at, x.asked_at)
    )
    query = (
        sa.select(
            x.agent_id,
            agents.c.office_code,
            offices.c.province,
            offices.c.isp,
            agents.c.role,
            at,
            received,
            x.cadence,
            x.fault,
            asked,
        )
        .join(agents, agents.c.id == x.agent_id)
        .join(offices, offices.c.code == agents.c.office_code)
        .where(agents.c.state.in_(("active", "forked")))
    )
    return [
        LiveAgent(
            agent=agent,
            office=office,
            province=province,
            isp=isps.get(office, isp),
            control=role == "control",
            at=at_ms // 1000,
            received=received_ms // 1000,
            cadence=cadence,
            fault=Fault(fault),
            asked=asked_ms is not None,
        )
        for agent, office, province, isp, role, at_ms, received_ms, cadence, fault, asked_ms in (
            connection.execute(query).all()
        )
    ]


def pcs_of(connection: sa.Connection, office_code: str) -> list[Pc]:
    """The PCs of an office with their newest rounds, by label."""
    return _pcs(connection, agents.c.office_code == office_code, agents.c.role != "control")


def controls(connection: sa.Connection) -> list[Pc]:
    """Our own well-connected probes with their newest rounds."""
    return _pcs(connection, agents.c.role == "control", agents.c.state == "active")


def _pcs(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Pc]:
    query = (
        sa.select(
            agents,
            latest_rounds.c.at,
            latest_rounds.c.received_at,
            latest_rounds.c.cadence,
            latest_rounds.c.fault,
            latest_rounds.c.rule,
            latest_rounds.c.layers,
            latest_rounds.c.also,
        )
        .outerjoin(latest_rounds, latest_rounds.c.agent_id == agents.c.id)
        .where(*conditions)
        .order_by(agents.c.label, agents.c.id)
    )
    return [
        Pc(
            agent=row.id,
            label=row.label,
            role=row.role,
            state=row.state,
            version=row.version,
            system=row.system,
            last_contact_at=row.last_contact_at,
            received_at=row.received_at,
            cadence=row.cadence or 30.0,
            round=None if row.at is None else _round(row),
        )
        for row in connection.execute(query)
    ]


def _office(row: Any) -> OfficeRow:  # noqa: ANN401 - a database row
    return OfficeRow(
        code=row.code,
        name_th=row.name_th or row.name_en or row.code,
        name_en=row.name_en or row.name_th or row.code,
        kind=row.kind,
        province=row.province,
        isp=row.isp,
        pcs=row.pcs,
        simulated=row.source == "simulated",
    )


def _round(row: Any) -> ProbeRound:  # noqa: ANN401 - a database row
    return ProbeRound(
        at=round(row.at.timestamp() * 1000),
        mono=0,
        fault=Fault(row.fault),
        rule=row.rule,
        layers=tuple(
            LayerResult(Layer(layer), target, Result(result), Reason(reason), ms, detail)
            for layer, target, result, reason, ms, detail in json.loads(row.layers)
        ),
        also=tuple(Also(x) for x in json.loads(row.also)),
    )
