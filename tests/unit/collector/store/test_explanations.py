"""Explanations replaced, and the counts of an office's month kept with them."""

import pytest
import sqlalchemy as sa

from laaswatch_collector.access.policy import NATION
from laaswatch_collector.store import schema
from laaswatch_collector.store.explanations import replace_explanations
from laaswatch_collector.store.views import explanations
from support import seeded


@pytest.fixture(autouse=True)
def _seeded(database):
    seeded.seed(database, offices=2)


def test_a_month_is_counted_anew_when_its_explanations_change(database):
    """The counts that pages show are those of the rows, whatever was replaced by what."""
    table = schema.explanations

    def counted(connection, source, count):
        columns = [source.c[x] for x in ("office_code", "month", "book", "band", "verdict")]
        query = sa.select(*columns, count).group_by(*columns).order_by(*columns)
        return connection.execute(query).all()

    def change(connection):
        some = sa.select(table).where(table.c.verdict != "").order_by(table.c.entry_id).limit(3)
        rows = [dict(x) for x in connection.execute(some).mappings()]
        office = rows[0]["office_code"]
        again = [x | {"verdict": "partly"} for x in rows if x["office_code"] == office]
        replace_explanations(connection, office, again)

    for work in (lambda _: None, change, change):
        database.write(work)
        with database.reading() as c:
            kept = counted(c, schema.office_months, sa.func.sum(schema.office_months.c.entries))
            assert kept == counted(c, table, sa.func.count())
            assert kept


def test_the_newest_months_anywhere_come_first(database):
    def add(connection):
        one = connection.execute(sa.select(schema.office_months).limit(1)).mappings().one()
        older = [dict(one) | {"month": f"2025-{n:02d}"} for n in range(1, 13)]
        connection.execute(schema.office_months.insert(), older)

    database.write(add)
    with database.reading() as c:
        assert explanations.newest_months(c, 2)[1] == "2025-12"
        assert len(explanations.months_of(c, NATION)) == explanations.MONTHS
