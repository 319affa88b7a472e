"""Following reports by a cursor, and reading them again by time: the same rounds at the same moments."""

from datetime import timedelta

import numpy as np

from laaswatch_collector.store.views.new_reports import new_reports, newest_id
from laaswatch_collector.store.views.rounds_in_time import by_role, placed, places, rounds_between
from laaswatch_collector.timeline.packed import ROUND
from support import seeded
from support.reports_in_store import put_report

LATER = seeded.NOW + timedelta(minutes=1)


def _put(database, agent, minutes_ago):
    made = np.zeros(1, ROUND)
    made["at"] = round((seeded.NOW - timedelta(minutes=minutes_ago)).timestamp() * 1000)
    put_report(database, agent, made)


def test_the_cursor_gives_each_report_once_in_the_order_of_arrival(database):
    seeded.seed(database, offices=2, late=0, other_province=0)
    for minutes_ago in (5, 90, 1):
        _put(database, "a00000", minutes_ago)
    first = database.read(lambda c: new_reports(c, 0, 2, LATER))
    rest = database.read(lambda c: new_reports(c, first[-1].id, 2, LATER))
    assert [len(first), len(rest)] == [2, 1]
    assert rest[-1].id == database.read(newest_id)
    now = round(seeded.NOW.timestamp() * 1000)
    assert [(now - placed(x).at[0]) // 60_000 for x in (*first, *rest)] == [5, 90, 1]
    assert database.read(lambda c: new_reports(c, rest[-1].id, 2, LATER)) == []


def test_with_several_collectors_the_newest_reports_wait(database):
    """A lower number may still be on its way into the database (PostgreSQL; SQLite has one writer)."""
    seeded.seed(database, offices=2, late=0, other_province=0)
    _put(database, "a00000", 0)
    soon = database.read(lambda c: new_reports(c, 0, 9, seeded.NOW + timedelta(seconds=5)))
    assert len(soon) == (0 if database.engine.dialect.name == "postgresql" else 1)


def test_by_time_the_same_rounds_are_found(database):
    """Only those inside the period, of these offices, of agents that count."""
    seeded.seed(database, offices=2, late=0, other_province=0)
    for minutes_ago in (5, 90):
        _put(database, "a00000", minutes_ago)
    _put(database, "a00010", 5)
    found = database.read(
        lambda c: list(
            rounds_between(c, [seeded.FIRST], seeded.NOW - timedelta(hours=1), seeded.NOW)
        )
    )
    (followed, *_) = database.read(lambda c: new_reports(c, 0, 1, LATER))
    assert [(x.office, x.at.tolist()) for x in found] == [
        (seeded.FIRST, placed(followed).at.tolist())
    ]


def test_offices_and_controls_are_told_apart(database):
    seeded.seed(database, offices=2, late=0, other_province=1)
    controls, others = database.read(by_role)
    assert (controls, len(others)) == (["CONTROL"], 3)
    assert database.read(places)[seeded.FIRST] == ("86", "NT")
