"""Who looks at single PCs leaves a line in the audit: one a person, PC and hour."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.server.reads import Reads
from laaswatch_collector.store.schema import agents, audit
from support import seeded
from support.intake import NOW
from support.pages import serving

PAGE = f"/offices/{seeded.FIRST}"


@pytest.fixture
def site(tmp_path):
    with serving(tmp_path, offices=2, late=1, other_province=1) as found:
        yield found


def looked(database):
    x = audit.c
    query = sa.select(x.who, x.object).where(x.action == "read_pc").order_by(x.id)
    return [tuple(row) for row in database.read(lambda c: c.execute(query).all())]


def read_lines(url):
    """Of a store whose server has ended: everything is written by then."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT who, object FROM audit WHERE action = 'read_pc'")
        ).all()
    engine.dispose()
    return [tuple(x) for x in found]


def pcs(site):
    query = sa.select(agents.c.id).where(agents.c.office_code == seeded.FIRST)
    return {
        f"{seeded.FIRST}/{x}"
        for x in site.database.read(lambda c: c.execute(query).scalars().all())
    }


def test_looking_at_an_offices_pcs_is_written_down_once_an_hour(tmp_path):
    with serving(tmp_path, offices=2, late=1, other_province=1) as site:
        for _ in range(3):
            site.get(PAGE, user="somying")
        site.get(PAGE, user="support")
        expected = {(who, pc) for who in ("somying", "support") for pc in pcs(site)}
        url = str(site.database.engine.url)
    rows = read_lines(url)
    assert len(rows) == len(expected) == 4
    assert set(rows) == expected


def test_programs_and_agents_leave_none(site):
    site.get("/metrics", token=site.token)
    assert looked(site.database) == []


MINUTES = (0, 20, 50, 70)


def test_each_hour_begins_anew(database):
    asyncio.run(_look(database))
    hours = {(NOW + timedelta(minutes=m)).hour for m in MINUTES}
    found = looked(database)
    assert found.count(("somying", "1/a")) == found.count(("somying", "1/b")) == len(hours) > 1
    assert found.count(("malee", "1/a")) == 1


async def _look(database):
    reads = Reads(database)
    for minutes in MINUTES:
        reads.note("somying", ["1/a", "1/b", "1/a"], NOW + timedelta(minutes=minutes))
    reads.note("malee", ["1/a"], NOW + timedelta(minutes=MINUTES[-1]))
    await reads.settle()


def test_measurements_for_programs_name_the_office(tmp_path):
    question = "?from=2026-10-27T00:00:00Z&to=2026-10-28T00:00:00Z"
    with serving(tmp_path, offices=2, late=1, other_province=1) as site:
        site.get(f"/api/v1{PAGE}/measurements{question}", user="support")
        url = str(site.database.engine.url)
    assert read_lines(url) == [("support", f"{seeded.FIRST}/*")]
