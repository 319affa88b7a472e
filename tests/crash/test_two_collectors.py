"""Two collectors on one PostgreSQL, agents at both, now one and now the other killed: nothing lost, nothing
doubled, the other goes on, and the conclusions are those of one collector that was left in peace.
"""

import os
import random
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import state_runs
from laaswatch_collector.store.work import LEASE, work_count
from support.anew import conclude_anew
from support.collector import Collector
from support.intake import add_office, enrol
from support.torture import Load, Outcome

KILLS = int(os.environ.get("LAASWATCH_KILLS", "50")) // 5
SENDERS = 4

pytestmark = pytest.mark.crash


def states(database):
    columns = [c for c in state_runs.columns if c.name != "office_code"]
    return database.read(lambda c: c.execute(sa.select(*columns).order_by(*columns)).all())


def test_one_collector_is_killed_and_the_other_goes_on(cluster):
    url = cluster.new_database()
    database = Database.open(url)
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(SENDERS)]
    rng = random.Random(20261123)
    with Collector(url) as first, Collector(url) as second:
        pair = [first, second]
        for collector in pair:
            collector.start()
        loads = [Load(pair, sender, n) for n, sender in enumerate(senders)]
        for load in loads:
            load.start()
        longest = 0.0
        try:
            for _ in range(KILLS):
                time.sleep(rng.uniform(0.05, 0.6))
                dying = rng.choice(pair)
                dying.kill()
                killed = time.monotonic()
                before = sum(load.requests for load in loads)
                while sum(load.requests for load in loads) == before:  # the other one answers
                    time.sleep(0.005)
                    assert time.monotonic() < killed + 60
                longest = max(longest, time.monotonic() - killed)
                dying.start()
        finally:
            for load in loads:
                load.sealing = False
        for load in loads:
            load.join(60)
            assert not load.is_alive()
        assert [collector.stop() for collector in pair] == [0, 0]
    outcome = Outcome(url, loads, KILLS)
    print(f"\ntwo collectors: {outcome}; longest until the next answer {longest:.2f} s")
    assert outcome.acked > 10 * KILLS
    assert (outcome.lost, outcome.doubled, outcome.altered) == (0, 0, 0)

    # What they had in hand when they were killed is taken up once their leases are over.
    now = datetime.now(UTC) + LEASE
    recomputer = Recomputer(database, load_calendar(), load_policy(), lambda: now)
    assert recomputer.catch_up()
    shared = states(database)
    assert "up" in {row.state for row in shared}
    database.write(lambda c: conclude_anew(c, {row.day for row in shared}, now))
    assert recomputer.catch_up()
    assert states(database) == shared
    assert database.read(work_count) == 0
    database.close()
