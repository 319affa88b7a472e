"""Closures on a page: who may write where, what a letter must have, and what ending one changes."""

import json
from datetime import datetime

import pytest
import sqlalchemy as sa

from laaswatch_collector.access.policy import NATION
from laaswatch_collector.store.closures import list_closures
from laaswatch_collector.store.schema import audit, stale_offices
from laaswatch_collector.worktime.thai import BANGKOK
from support import seeded
from support.pages import serving

LETTER = "ที่ มท ๐๘๐๘.๒/ว ๑๒๓"
FORM = {"from": "2026-11-02T00:00", "to": "2026-11-05T08:00", "source": LETTER}


@pytest.fixture
def site(store_url):
    """The real application with three seeded offices."""
    with serving(store_url, offices=3) as found:
        yield found


def kept(site):
    return site.database.read(lambda c: list_closures(c, NATION))


@pytest.mark.parametrize(
    ("user", "status", "province"),
    [
        ("somying", 303, seeded.PROVINCE),
        ("admin", 303, "94"),
        ("somchai", 404, None),
        ("support", 404, None),
    ],
)
def test_a_province_writes_for_itself_and_an_administrator_for_any(site, user, status, province):
    assert site.post("/closures", user, **FORM, province="94")[0] == status
    assert [x.closure.province for x in kept(site)] == ([] if province is None else [province])


def test_what_was_written_is_shown_and_is_in_the_audit(site):
    site.post("/closures", "somying", **FORM)
    page = site.get("/closures", user="somying").decode()
    assert LETTER in page
    assert "somying" in page
    query = sa.select(audit).where(audit.c.action == "closure_declared")
    (line,) = site.database.read(lambda c: c.execute(query).all())
    assert (line.who, json.loads(line.detail)["source"]) == ("somying", LETTER)


@pytest.mark.parametrize(
    "change",
    [
        {"source": ""},
        {"source": "a letter without its number"},
        {"source": "1" * 301},
        {"to": "2026-11-01T00:00"},
        {"from": ""},
        {"from": "2569-11-02T00:00"},
        {"from": "yesterday"},
        {"catch_up": "2026-11-04T00:00"},
    ],
)
def test_a_mistake_is_said_and_nothing_is_written(site, change):
    status, body = site.post("/closures", "somying", **(FORM | change))
    assert status == 200
    assert 'role="alert"' in body
    assert kept(site) == []


def test_ending_a_closure_judges_what_it_touches_again(site):
    site.post("/closures", "somying", **{"from": "2026-11-02T00:00", "source": LETTER})
    (row,) = kept(site)
    assert row.closure.end is None
    site.database.write(lambda c: c.execute(stale_offices.delete()))
    end = {"to": "2026-11-20T08:00", "catch_up": "2026-11-30T16:30", "source": "ว 124"}
    assert site.post(f"/closures/{row.id}/end", "somchai", **end)[0] == 404
    assert site.post(f"/closures/{row.id}/end", "somying", **end)[0] == 303
    (row,) = kept(site)
    assert row.closure.end == datetime(2026, 11, 20, 8, tzinfo=BANGKOK)
    assert row.closure.catch_up == datetime(2026, 11, 30, 16, 30, tzinfo=BANGKOK)
    assert (row.ended_by, row.end_source) == ("somying", "ว 124")
    stale = site.database.read(lambda c: c.execute(sa.select(stale_offices)).all())
    assert seeded.FIRST in {x.office_code for x in stale}


def test_a_province_may_not_end_the_nation_s_or_another_s(site):
    site.post("/closures", "admin", **FORM, province="")
    site.post("/closures", "admin", **FORM, province="94")
    for row in kept(site):
        status, _ = site.post(
            f"/closures/{row.id}/end", "somying", to="2026-11-06T08:00", source="1"
        )
        assert status == 404
    page = site.get("/closures", user="somying").decode()
    assert "ทั้งประเทศ" in page
    assert "/end" not in page
    assert site.post("/closures/99/end", "admin", to="2026-11-06T08:00", source="1")[0] == 404
