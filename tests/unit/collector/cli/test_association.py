"""The association across offices from what is stored: office-days with their late entries and down minutes."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_collector.cli.association import command
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.office_days import load_office_days
from laaswatch_collector.worktime.thai import local_date
from support import seeded


@pytest.fixture
def url(tmp_path):
    found = f"sqlite:///{tmp_path}/store.db"
    database = Database.open(found)
    seeded.seed(database, offices=3)
    database.close()
    return found


def test_every_judged_entry_is_in_one_office_day(url):
    database = Database.open(url)
    start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    with database.reading() as c:
        loaded = load_office_days(c, start, end, load_calendar(None))
        x, e = schema.explanations.c, schema.entries.c
        rows = c.execute(
            sa.select(x.office_code, e.event_at, x.verdict).join(schema.entries, e.id == x.entry_id)
        ).all()
    database.close()
    assert loaded.days.entries.sum() == len(rows) > 0
    assert loaded.days.late.sum() == sum(row.verdict != "" for row in rows)
    assert len(loaded.days.day) == len({(r.office_code, local_date(r.event_at)) for r in rows})
    assert set(loaded.of_office()) <= set(loaded.codes)
    assert (loaded.days.exposed == (loaded.minutes >= 30)).all()


def test_the_command_says_what_it_found_or_that_it_is_too_little(url):
    asked = ["--from", "2026-09", "--to", "2026-11", "--database", url]
    told = CliRunner().invoke(command, asked)
    assert told.exit_code == 0, told.output
    assert "facts for consideration" in told.output
    document = json.loads(CliRunner().invoke(command, [*asked, "--json"]).stdout)
    assert [x["least"] for x in document["doses"]] == [0, 1, 30, 120, 240]
    assert all(x["chance"] is None and not x["found"] for x in document["offices"])


def test_months_in_the_wrong_order_are_refused(url):
    asked = ["--from", "2026-11", "--to", "2026-10", "--database", url]
    assert CliRunner().invoke(command, asked).exit_code == 2
