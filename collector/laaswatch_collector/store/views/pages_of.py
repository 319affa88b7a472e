"""Long lists a page at a time, for programs: each page begins after the last item of the one before."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.schema import agents, office_months, offices, outages
from laaswatch_collector.store.views.offices import OfficeRow, office_codes, offices_named
from laaswatch_collector.store.views.outages import OutageRow, outages_by_id
from laaswatch_collector.store.views.scoping import seen_by


def offices_after(
    connection: sa.Connection,
    within: Resource,
    after: str,
    most: int,
    *,
    province: str = "",
    isp: str = "",
    text: str = "",
) -> list[OfficeRow]:
    """`most` offices inside `within` by code, those after the code `after`; `text` is looked for in names and codes."""
    only_ours = sa.and_(
        offices.c.code.in_(sa.select(agents.c.office_code).where(agents.c.role == "control")),
        offices.c.code.not_in(sa.select(agents.c.office_code).where(agents.c.role != "control")),
    )
    query = (
        sa.select(offices.c.code)
        .where(seen_by(within), ~only_ours, offices.c.code > after)
        .order_by(offices.c.code)
        .limit(most)
    )
    if connection.dialect.name == "postgresql":
        code = sa.collate(offices.c.code, "C")
        query = query.where(code > after).order_by(None).order_by(code)
    if province:
        query = query.where(offices.c.province == province)
    if isp:
        query = query.where(offices.c.isp == isp)
    if text:
        columns = (offices.c.code, offices.c.name_th, offices.c.name_en)
        query = query.where(sa.or_(*(x.icontains(text, autoescape=True) for x in columns)))
    codes = list(connection.execute(query).scalars())
    found = offices_named(connection, codes)
    return [found[code] for code in codes if code in found]


def outages_after(
    connection: sa.Connection,
    within: Resource,
    span: tuple[datetime, datetime],
    after: str,
    most: int,
    *,
    scope: str = "",
    fault: str = "",
) -> tuple[list[OutageRow], str | None]:
    """`most` outages that touch `span` and hit an office inside `within`, newest first, and the cursor that follows."""
    codes = None if within == Resource() else office_codes(connection, within)
    query = _touching(span, within)
    if scope:
        query = query.where(outages.c.scope == scope)
    if fault:
        query = query.where(outages.c.fault == fault)
    ids: list[str] = []
    cursor = after
    for row in connection.execute(_from(query, cursor)):
        if codes is not None and codes.isdisjoint(_codes(row.office_codes)):
            continue
        if len(ids) == most:
            rows = outages_by_id(connection, ids)
            return [rows[x] for x in ids], cursor
        ids.append(row.id)
        cursor = f"{round(row.start_at.timestamp() * 1000)}|{row.id}"
    rows = outages_by_id(connection, ids)
    return [rows[x] for x in ids], None


def _touching(span: tuple[datetime, datetime], within: Resource) -> sa.Select[Any]:
    start, end = span
    query = (
        sa.select(outages.c.id, outages.c.start_at, outages.c.office_codes)
        .where(outages.c.start_at < end)
        .where(sa.or_(outages.c.end_at.is_(None), outages.c.end_at > start))
        .order_by(outages.c.start_at.desc(), outages.c.id)
    )
    if within.province:
        query = query.where(outages.c.province.in_(("", within.province)))
    return query


def _from(query: sa.Select[Any], cursor: str) -> sa.Select[Any]:
    ms, bar, last = cursor.partition("|")
    if not bar or not ms.isascii() or not ms.isdigit() or len(ms) > 14:
        return query
    at = datetime.fromtimestamp(int(ms) / 1000, UTC)
    start = outages.c.start_at
    return query.where(sa.or_(start < at, sa.and_(start == at, outages.c.id > last)))


def _codes(kept: str) -> list[str]:
    return [x.strip('" ') for x in kept.strip("[]").split(",")]


def late_by_province(
    connection: sa.Connection, within: Resource, month: str
) -> dict[str, dict[str, int]]:
    """Province → verdict → late entries of a month."""
    m = office_months.c
    query = (
        sa.select(offices.c.province, m.verdict, sa.func.sum(m.entries).label("n"))
        .join(offices, offices.c.code == m.office_code)
        .where(m.month == month, m.verdict != "", seen_by(within))
        .group_by(offices.c.province, m.verdict)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.province, {})[row.verdict] = row.n
    return found


def provinces_of(connection: sa.Connection, within: Resource) -> dict[str, list[str]]:
    """Province → the codes of its offices inside `within`."""
    codes = office_codes(connection, within)
    found: dict[str, list[str]] = {}
    query = sa.select(offices.c.province, offices.c.code).where(seen_by(within))
    for row in connection.execute(query):
        if row.code in codes:
            found.setdefault(row.province, []).append(row.code)
    return found
