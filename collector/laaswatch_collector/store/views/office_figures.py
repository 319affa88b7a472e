"""What `/metrics/offices` says of each office from the store."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.schema import office_months, offices
from laaswatch_collector.store.views.explanations import newest_months
from laaswatch_collector.store.views.scoping import seen_by


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """What the store knows of one office. `late`: late entries of `month` by verdict."""

    province: str
    isp: str
    name_th: str
    name_en: str
    late: Mapping[str, int]


def office_figures(
    connection: sa.Connection, within: Resource
) -> tuple[dict[str, OfficeFigures], str]:
    """The offices inside `within` by code, and the newest month that has books ("" = none has)."""
    month = next(iter(newest_months(connection, 1)), "")
    m = office_months.c
    late: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in connection.execute(
        sa.select(m.office_code, m.verdict, sa.func.sum(m.entries).label("n"))
        .join(offices, offices.c.code == m.office_code)
        .where(m.month == month, m.verdict != "", seen_by(within))
        .group_by(m.office_code, m.verdict)
    ):
        late[row.office_code][row.verdict] = row.n
    rows = connection.execute(
        sa.select(
            offices.c.code, offices.c.province, offices.c.isp, offices.c.name_th, offices.c.name_en
        )
        .where(seen_by(within), offices.c.kind != "control")
        .order_by(offices.c.code)
    )
    found = {
        x.code: OfficeFigures(x.province, x.isp, x.name_th, x.name_en, late.get(x.code, {}))
        for x in rows
    }
    return found, month
