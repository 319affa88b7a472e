"""Several collectors on one database come to the conclusions that one alone comes to."""

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.simulate.province import simulate
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import (
    explanations,
    outage_revisions,
    outages,
    stale_days,
    state_runs,
)
from laaswatch_collector.store.work import LEASE, mark_stale, take_days, work_count
from support.anew import conclude_anew
from support.province import NOW, load

WORKERS = 3
TABLES = (state_runs, outages, outage_revisions, explanations)


@pytest.fixture(scope="module")
def truth():
    return simulate(3, 6, (2026, 10), holidays=(date(2026, 10, 13), date(2026, 10, 23)))


def conclusions(database):
    """Every stored conclusion, whenever it was computed."""

    def read(connection):
        found = {}
        for table in TABLES:
            columns = [c for c in table.columns if c.name not in ("computed_at", "changed_at")]
            rows = connection.execute(sa.select(*columns).order_by(*columns)).all()
            found[table.name] = [tuple(row) for row in rows]
        return found

    return database.read(read)


def a_recomputer(database):
    return Recomputer(database, load_calendar(), load_policy(), lambda: NOW)


def work_together(url, days=()):
    """Several workers, each with its own connections, until nothing waits; days are touched meanwhile."""
    databases = [Database.open(url) for _ in range(WORKERS)]
    failed = []

    def work(database):
        try:
            assert a_recomputer(database).catch_up(seconds=300)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(x,)) for x in databases]
    for thread in threads:
        thread.start()
    for day in days:
        databases[0].write(lambda c, d=day: mark_stale(c, [d], NOW))
    for thread in threads:
        thread.join()
    for database in databases:
        database.close()
    assert failed == []


def test_several_workers_conclude_what_one_concludes(cluster, truth, tmp_path):
    url = cluster.new_database()
    database = Database.open(url)
    load(database, truth, tmp_path)
    days = database.read(lambda c: c.execute(sa.select(stale_days.c.day)).scalars().all())
    assert len(days) > 20
    assert a_recomputer(database).catch_up(seconds=300)
    expected = conclusions(database)
    assert all(expected[name] for name in ("state_runs", "outages", "explanations"))

    def forget(connection):
        for table in TABLES:
            connection.execute(table.delete())
        conclude_anew(connection, days, NOW)

    database.write(forget)
    # One took a part of the work in hand, and was killed before it could do any of it.
    killed = database.write(lambda c: take_days(c, "killed", NOW - LEASE, 10))
    assert len(killed) == 10
    work_together(url, [x.day for x in killed])
    assert database.read(work_count) == 0
    assert conclusions(database) == expected
    database.close()
