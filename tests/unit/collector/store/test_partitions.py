"""Reports by month on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store.database import Database
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.partitions import (
    OTHER,
    drop_partitions,
    following,
    make_partitions,
    month_of,
)
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import reports
from laaswatch_collector.worktime.thai import BANGKOK
from support.intake import a_round, add_office, enrol


@pytest.fixture
def database(cluster):
    opened = Database.open(cluster.new_database())
    add_office(opened)
    yield opened
    opened.close()


def where(database):
    """In which table each report lies."""
    query = sa.text("SELECT tableoid::regclass::text FROM reports ORDER BY id")
    return database.read(lambda c: c.execute(query).scalars().all())


def deliver(database, sender, now):
    at = round(now.timestamp() * 1000)
    sender.seal(a_round(at - 1000, 999_000))
    delivery = sender.delivery(sender.lines[-1], sent=at)
    assert database.write(lambda c: accept(c, sender.agent, delivery, now)).new == 1


def test_months_begin_at_midnight_in_bangkok():
    last = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert month_of(last) == datetime(2026, 12, 1, tzinfo=BANGKOK)
    assert following(last) == datetime(2027, 1, 1, tzinfo=BANGKOK)
    assert month_of(last + timedelta(seconds=1)) == following(last)


def test_each_report_lies_in_the_month_of_its_receipt(database):
    """Made in advance; what nobody foresaw goes to the last resort, and is found all the same."""
    sender = enrol(database)
    now = datetime.now(UTC)
    later = [following(now), following(following(now)), now + timedelta(days=400)]
    for moment in [now, *later]:
        deliver(database, sender, moment)
    names = [f"reports_{x:%Y_%m}" for x in later[:2]]
    assert where(database) == ["reports_before", *names, OTHER]
    found = database.read(lambda c: load_facts(c, later[2] - timedelta(hours=1), later[2]))
    assert [len(agent.t) for agent in found.agents] == [1]


def test_partitions_are_made_once(database):
    now = datetime.now(UTC)
    assert database.write(lambda c: make_partitions(c, now)) == []
    year_on = month_of(now + timedelta(days=366))
    made = database.write(lambda c: make_partitions(c, year_on))
    assert made[0] == f"reports_{year_on:%Y_%m}"
    assert len(made) == 4
    assert database.write(lambda c: make_partitions(c, year_on)) == []


def test_a_month_goes_when_it_is_over_and_empty(database):
    sender = enrol(database)
    month = following(datetime.now(UTC))
    deliver(database, sender, month)
    name = f"reports_{month:%Y_%m}"
    after = following(following(month))
    assert name not in database.write(lambda c: drop_partitions(c, after))
    database.write(lambda c: c.execute(reports.delete()))
    assert database.write(lambda c: drop_partitions(c, month + timedelta(days=20))) == []
    assert name in database.write(lambda c: drop_partitions(c, after))


def test_a_day_is_read_from_the_months_that_can_hold_it(database):
    """The planner leaves out every month before the day itself."""
    month = following(following(datetime.now(UTC)))
    query = (
        sa.select(reports.c.id)
        .where(reports.c.last_at >= month, reports.c.first_at < month + timedelta(days=1))
        .where(reports.c.received_at >= month)
    )
    text = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
    plan = database.read(lambda c: c.execute(sa.text(f"EXPLAIN {text}")).scalars().all())
    assert "reports_before" not in "\n".join(plan)
    assert f"reports_{month:%Y_%m}" in "\n".join(plan)
