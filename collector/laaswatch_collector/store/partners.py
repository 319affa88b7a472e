"""The register of partner offices and agencies, and the visits to them; every change with a line in the audit."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

import sqlalchemy as sa

from laaswatch_collector.advice.partners import Partner, Place
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import offices, partners, visits

AROUND_DEGREES = 0.6
"""Partners of other provinces are looked for so far around: a bit more than `advice.partners.FAR_KM`."""
MOST_READ = 200


class VisitResult(StrEnum):
    """What a visit came to. Words: `partners.visit_…`."""

    PLANNED = "planned"
    POSTED = "posted"
    PARTLY = "partly"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Registered:
    """A partner with what its entry rests on."""

    partner: Partner
    source: str
    agreed_by: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """An office's visit to a partner."""

    id: int
    partner_id: int
    partner_th: str
    partner_en: str
    office: str
    at: datetime
    result: VisitResult


def agree(
    connection: sa.Connection, partner: Partner, *, source: str, who: str, now: datetime
) -> int:
    """List a partner (its `id` is given here). Raises ValueError where its hours make no sense."""
    if partner.opens >= partner.closes:
        raise ValueError("hours")
    made = connection.execute(
        partners.insert().values(
            office_code=partner.office or None,
            name_th=partner.name_th,
            name_en=partner.name_en,
            kind=partner.kind,
            province=partner.place.province,
            district=partner.place.district,
            latitude=partner.place.latitude,
            longitude=partner.place.longitude,
            isp=partner.isp,
            opens=f"{partner.opens:%H:%M}",
            closes=f"{partner.closes:%H:%M}",
            contact=partner.contact,
            desks=partner.desks,
            source=source,
            agreed_by=who,
            agreed_at=now,
        )
    )
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for a partner")
    number = int(made.inserted_primary_key[0])
    record(connection, now, who, "partner_listed", str(number), source=source)
    return number


def withdraw(connection: sa.Connection, number: int, *, who: str, now: datetime) -> bool:
    """Take a partner off the list; visits stay in the log. False if it is not listed."""
    done = connection.execute(
        partners.update()
        .where(partners.c.id == number, partners.c.withdrawn_at.is_(None))
        .values(withdrawn_by=who, withdrawn_at=now)
    )
    if done.rowcount:
        record(connection, now, who, "partner_withdrawn", str(number))
    return bool(done.rowcount)


def listed_in(connection: sa.Connection, province: str) -> list[Registered]:
    """The partners of a province, by name."""
    query = _listed().where(partners.c.province == province).order_by(partners.c.name_th)
    return [_registered(x) for x in connection.execute(query.limit(MOST_READ))]


def find_partner(connection: sa.Connection, number: int) -> Registered | None:
    """A partner that is listed."""
    row = connection.execute(_listed().where(partners.c.id == number)).one_or_none()
    return None if row is None else _registered(row)


def around(connection: sa.Connection, office: str) -> tuple[Place, list[Partner]]:
    """Where an office is, and the partners of its province and just beyond, itself left out."""
    home = place_of(connection, office)
    near = partners.c.province == home.province
    if home.latitude is not None and home.longitude is not None:
        near = sa.or_(
            near,
            sa.and_(
                partners.c.latitude.between(
                    home.latitude - AROUND_DEGREES, home.latitude + AROUND_DEGREES
                ),
                partners.c.longitude.between(
                    home.longitude - AROUND_DEGREES, home.longitude + AROUND_DEGREES
                ),
            ),
        )
    query = _listed().where(near, sa.func.coalesce(partners.c.office_code, "") != office)
    rows = connection.execute(query.order_by(partners.c.id).limit(MOST_READ))
    return home, [_registered(x).partner for x in rows]


def place_of(connection: sa.Connection, office: str) -> Place:
    """Where an office is, as registered."""
    o = offices.c
    query = sa.select(o.province, o.district, o.latitude, o.longitude).where(o.code == office)
    row = connection.execute(query).one()
    return Place(row.province, row.district, row.latitude, row.longitude)


def plan_visit(
    connection: sa.Connection, number: int, office: str, at: datetime, *, who: str, now: datetime
) -> int:
    """Write down that an office means to come."""
    made = connection.execute(
        visits.insert().values(
            partner_id=number, office_code=office, at=at, result=VisitResult.PLANNED,
            written_by=who, written_at=now,
        )
    )  # fmt: skip
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for a visit")
    visit = int(made.inserted_primary_key[0])
    record(connection, now, who, "visit_planned", f"{office}/{visit}", partner=number)
    return visit


def conclude_visit(
    connection: sa.Connection,
    office: str,
    visit: int,
    result: VisitResult,
    *,
    who: str,
    now: datetime,
) -> bool:
    """Write what a visit of this office came to; False if it made no such visit."""
    done = connection.execute(
        visits.update()
        .where(visits.c.id == visit, visits.c.office_code == office)
        .values(result=result, result_at=now)
    )
    if done.rowcount:
        record(connection, now, who, "visit_concluded", f"{office}/{visit}", result=result)
    return bool(done.rowcount)


def visits_of(
    connection: sa.Connection, *, office: str = "", partner: int = 0, most: int = 20
) -> list[Visit]:
    """The newest visits of an office, or to a partner."""
    query = (
        sa.select(visits, partners.c.name_th, partners.c.name_en)
        .join(partners, partners.c.id == visits.c.partner_id)
        .order_by(visits.c.at.desc(), visits.c.id.desc())
        .limit(most)
    )
    if office:
        query = query.where(visits.c.office_code == office)
    if partner:
        query = query.where(visits.c.partner_id == partner)
    return [
        Visit(x.id, x.partner_id, x.name_th, x.name_en, x.office_code, x.at, VisitResult(x.result))
        for x in connection.execute(query)
    ]


def _listed() -> sa.Select[tuple[object, ...]]:
    return sa.select(partners).where(partners.c.withdrawn_at.is_(None))


def _registered(row: sa.Row[tuple[object, ...]]) -> Registered:
    return Registered(
        Partner(
            id=row.id,
            office=row.office_code or "",
            name_th=row.name_th,
            name_en=row.name_en,
            kind=row.kind,
            place=Place(row.province, row.district, row.latitude, row.longitude),
            isp=row.isp,
            opens=time.fromisoformat(row.opens),
            closes=time.fromisoformat(row.closes),
            contact=row.contact,
            desks=row.desks,
        ),
        row.source,
        row.agreed_by,
        row.agreed_at,
    )
