"""A province's offices as its list shows them: how they are now, how their books stand, what explains lateness."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.store.schema import explanations, office_months, offices
from laaswatch_collector.store.views.books import many_books
from laaswatch_collector.store.views.explanations import late_by_office
from laaswatch_collector.store.views.offices import OfficeRow, office_codes, offices_named
from laaswatch_collector.worktime.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose fault explains most of an office's late entries, and of how many."""

    scope: str
    fault: str
    entries: int


@dataclass(frozen=True, slots=True)
class Books:
    """How an office's books stand in a month, as `office_books` has it."""

    standing: Standing
    known_until: date | None


@dataclass(frozen=True, slots=True)
class ListedOffice:
    """One office of the list, without what it is doing this minute."""

    office: OfficeRow
    district: str
    entries: int
    late: Mapping[str, int]
    cause: Cause | None


def listed_offices(connection: sa.Connection, province: str, month: str) -> list[ListedOffice]:
    """The offices of a province with their late entries of a month, by code."""
    codes = sorted(office_codes(connection, Resource(province=province)))
    named = offices_named(connection, codes)
    districts = _districts(connection, province)
    late = late_by_office(connection, codes, month)
    counted = _entries(connection, codes, month)
    causes = _causes(connection, codes, month)
    return [
        ListedOffice(
            office=named[code],
            district=districts.get(code, ""),
            entries=counted.get(code, 0),
            late=late.get(code, {}),
            cause=causes.get(code),
        )
        for code in codes
        if code in named
    ]


def standings(
    connection: sa.Connection,
    listed: Collection[ListedOffice],
    month: str,
    calendar: Calendar,
    policy: Policy,
    now: datetime,
) -> dict[str, Books]:
    """How the books of each office stand, as its own page says."""
    clocks = {x.office.code: calendar.work_clock(x.office.province, x.office.code) for x in listed}
    found = many_books(connection, clocks, month, policy=policy, now=now)
    return {code: Books(x.standing, x.known_until) for code, x in found.items()}


def _districts(connection: sa.Connection, province: str) -> dict[str, str]:
    query = sa.select(offices.c.code, offices.c.district).where(offices.c.province == province)
    return {row.code: row.district for row in connection.execute(query)}


def _entries(connection: sa.Connection, codes: Collection[str], month: str) -> dict[str, int]:
    m = office_months.c
    query = (
        sa.select(m.office_code, sa.func.sum(m.entries).label("n"))
        .where(m.office_code.in_(codes), m.month == month)
        .group_by(m.office_code)
    )
    return {row.office_code: row.n for row in connection.execute(query)}


def _causes(connection: sa.Connection, codes: Collection[str], month: str) -> dict[str, Cause]:
    """Of what is explained, whose fault it was most often."""
    x = explanations.c
    query = (
        sa.select(x.office_code, x.scope, x.fault, sa.func.count().label("n"))
        .where(x.office_code.in_(codes), x.month == month)
        .where(x.verdict.in_(("explained", "partly")), x.scope != "")
        .group_by(x.office_code, x.scope, x.fault)
    )
    counted: dict[str, Counter[tuple[str, str]]] = {}
    for row in connection.execute(query):
        counted.setdefault(row.office_code, Counter())[row.scope, row.fault] += row.n
    found = {}
    for code, causes in counted.items():
        ((scope, fault), n) = min(causes.items(), key=lambda item: (-item[1], item[0]))
        found[code] = Cause(scope, fault, n)
    return found
