"""`laaswatch-collector outage`: what it is, and how it came to be so."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_collector.cli import outage
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import outage_revisions, outages
from support.intake import OFFICE, add_office

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
ID = f"office-{OFFICE}-1"


@pytest.fixture
def database(store_url):
    """A store with one outage that changed once."""
    opened = Database.open(store_url)
    add_office(opened)
    opened.write(_fill)
    yield opened
    opened.close()


def _fill(connection):
    connection.execute(
        outages.insert().values(
            id=ID,
            revision=2,
            day=AT.date(),
            scope="office",
            key=OFFICE,
            fault="uplink",
            grade="measured",
            start_at=AT,
            end_at=AT.replace(minute=30),
            settled=False,
            offices=1,
            observed=1,
            inferred_minutes=0,
            office_codes=json.dumps([OFFICE]),
            computed_at=AT,
        )
    )
    before = {"end_at": AT.replace(minute=20).isoformat(), "reports": 4, "from_offices": 1}
    connection.execute(
        outage_revisions.insert().values(
            outage_id=ID, revision=2, changed_at=AT.replace(hour=4), change=json.dumps(before)
        )
    )


@pytest.fixture
def run(store_url, database):
    """The command on that store."""
    return lambda *words: CliRunner().invoke(outage.command, [*words, "--database", store_url])


def test_an_outage_and_its_history_in_both_languages(run):
    english = run(ID, "--english").output
    assert "after 4 late reports from 1 office: end 10:20 → 10:30" in english
    assert "10:00–10:30" in english
    assert "รายงานที่มาช้า 4 ฉบับจาก 1 แห่ง: สิ้นสุด 10:20 → 10:30 น." in run(ID).output


def test_for_programs(run):
    found = json.loads(run(ID, "--json").output)
    assert found["revisions"][0]["change"]["reports"] == 4
    assert found["stands"]["end_at"].startswith("2026-11-23T03:30")
    assert len(found["th"]) == len(found["en"]) == 1


def test_one_that_was_withdrawn_is_still_told(run, database):
    def withdraw(connection):
        connection.execute(outages.delete())
        connection.execute(
            sa.insert(outage_revisions).values(
                outage_id=ID, revision=3, changed_at=AT, change='{"withdrawn": true}'
            )
        )

    database.write(withdraw)
    assert "withdrawn" in run(ID, "--english").output


def test_what_is_not_there_is_named(run):
    answer = run("site-1")
    assert (answer.exit_code, "there is no outage site-1" in answer.output) == (1, True)
