"""What two collectors on one PostgreSQL do at the same moment, each in a transaction of its own."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.config import SiteChecks
from laaswatch_collector.store.agents import CONTROL_OFFICE, ensure_control_office
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.matching_key import matching_key
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.partitions import drop_partitions, following
from laaswatch_collector.store.schema import meta, offices
from laaswatch_collector.store.site_checks import site_checks, switch_site_checks
from support.ledgers import HEAD, OFFICE, read

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PATIENCE = 60.0
WAITING = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


@pytest.fixture
def database(cluster):
    opened = Database.open(cluster.new_store())
    yield opened
    opened.close()


def both_at_once(database, work):
    """What each of two transactions made of it; the second is in the middle while the first ends."""
    found = []

    def second():
        try:
            found.append(database.write(work))
        except Exception as error:  # noqa: BLE001 - judged by whoever asked
            found.append(error)

    other = threading.Thread(target=second)
    first = sa.create_engine(database.engine.url)
    with first.begin() as connection:
        mine = work(connection)
        other.start()
        end = time.monotonic() + PATIENCE
        while not database.read(lambda c: c.execute(WAITING).scalar()):
            assert time.monotonic() < end, "the second never met the first"
            time.sleep(0.01)
    other.join(PATIENCE)
    first.dispose()
    return [mine, *found]


def test_two_that_start_make_one_office_for_control_agents(database):
    assert both_at_once(database, ensure_control_office) == [None, None]
    count = sa.select(sa.func.count()).where(offices.c.code == CONTROL_OFFICE)
    assert database.read(lambda c: c.execute(count).scalar_one()) == 1


def test_two_may_turn_the_switch_for_the_first_time(database):
    def turn(connection):
        switch_site_checks(connection, SiteChecks.OFF, who="a person", now=NOW)

    assert both_at_once(database, turn) == [None, None]
    assert database.read(site_checks) is SiteChecks.OFF


def test_two_that_drop_an_old_month_drop_it_once(database):
    month = following(datetime.now(UTC))
    name = f"reports_{month:%Y_%m}"
    before = following(month) + timedelta(days=1)
    assert both_at_once(database, lambda c: drop_partitions(c, before)) == [[name], []]


def test_two_that_are_in_each_others_way_both_come_through(database):
    """Each holds what the other wants: PostgreSQL ends one, which is simply done again."""
    other = Database.open(database.engine.url.render_as_string(hide_password=False))
    database.write(lambda c: c.execute(meta.insert(), [{"key": k, "value": ""} for k in "ab"]))
    met, tries = threading.Barrier(2), []

    def write(first, second, name):
        def work(connection):
            tries.append(name)
            for key in (first, second):
                row = meta.c.key == key
                connection.execute(meta.update().where(row).values(value=meta.c.value + name))
                if key == first and tries.count(name) == 1:
                    met.wait(PATIENCE)

        return work

    thread = threading.Thread(target=database.write, args=(write("a", "b", "x"),))
    thread.start()
    other.write(write("b", "a", "y"))
    thread.join(PATIENCE)
    other.close()
    assert len(tries) >= 3  # one of them had to begin again, at times more than once
    values = database.read(
        lambda c: c.execute(sa.select(meta.c.value).where(meta.c.key.in_(["a", "b"])))
    )
    assert [sorted(value) for value in values.scalars()] == [["x", "y"]] * 2


def test_two_that_import_one_ledger_import_it_once(database):
    database.write(lambda c: import_offices(c, [Office(OFFICE, "ก", province="57")]))
    file = read(HEAD + "5/10/2569,R-1,,\n6/10/2569,R-2,,\n")

    def take(connection):
        return import_ledger(
            connection,
            file,
            sha256=bytes(32),
            imported_by="officer",
            now=NOW,
            snapshot_at=NOW,
        )

    first, second = both_at_once(database, take)
    assert (first.added, first.same) == (2, 0)
    assert (second.added, second.same) == (0, 2)


def test_two_that_need_the_key_of_ledgers_get_the_same(database):
    first, second = both_at_once(database, matching_key)
    assert first == second
    assert len(first) == 32
