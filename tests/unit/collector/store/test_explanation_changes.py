"""A verdict that becomes another one leaves a line behind: what it was, since when, and why it changed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store import schema
from laaswatch_collector.store.explanations import replace_explanations
from support import seeded


@pytest.fixture(autouse=True)
def _seeded(database):
    seeded.seed(database, offices=1)


@pytest.fixture
def row(database):
    """A late entry's row as it is stored, of later than the seed's."""
    with database.reading() as c:
        query = sa.select(schema.explanations).where(schema.explanations.c.verdict == "explained")
        found = dict(c.execute(query.limit(1)).mappings().one())
    return found | {"computed_at": found["computed_at"] + timedelta(hours=1)}


def put(database, row):
    database.write(lambda c: replace_explanations(c, row["office_code"], [row]))
    with database.reading() as c:
        changes = c.execute(sa.select(schema.explanation_changes)).mappings().all()
        table = schema.explanations
        kept = c.execute(sa.select(table).where(table.c.entry_id == row["entry_id"])).mappings()
        return kept.one(), changes


def test_the_same_conclusion_stays_with_the_time_since_when_it_has_held(database, row):
    kept, changes = put(database, row)
    assert changes == []
    assert kept["computed_at"] == row["computed_at"] - timedelta(hours=1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rule_version": "next"}, "rules"),
        ({"tardiness_minutes": 7}, "ledger"),
        ({"outage_revisions": "[4]"}, "outages"),
        ({}, "states"),
    ],
)
def test_a_verdict_that_changes_is_written_down_with_its_reason(database, row, change, reason):
    kept, (was,) = put(database, row | {"verdict": "partly"} | change)
    assert kept["verdict"] == "partly"
    assert (was["verdict"], was["reason"], was["rule_version"]) == ("explained", reason, "test")
    assert was["changed_at"] == row["computed_at"]
    assert was["computed_at"] == row["computed_at"] - timedelta(hours=1)


def test_what_was_waited_for_has_come(database, row):
    put(database, row | {"verdict": "pending"})
    later = {"computed_at": row["computed_at"] + timedelta(hours=1)}
    _, changes = put(database, row | later)
    assert [(x["verdict"], x["reason"]) for x in changes] == [
        ("explained", "states"),
        ("pending", "settled"),
    ]


def test_new_figures_of_the_same_verdict_are_no_change_of_it(database, row):
    kept, changes = put(database, row | {"down_minutes": 1})
    assert (kept["down_minutes"], changes) == (1, [])
