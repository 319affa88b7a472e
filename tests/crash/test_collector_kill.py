"""kill -9 of the collector under load: nothing acknowledged is lost, nothing is stored twice.

Senders speak the real protocol and delete a report only once it was acknowledged, so what the collector
acknowledged and then lost is nowhere any more. Two collectors with a broken promise show that the test
would notice.
"""

import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from laaswatch_collector.store.database import Database
from support.collector import Collector
from support.intake import add_office, enrol
from support.torture import Load, Outcome

KILLS = int(os.environ.get("LAASWATCH_KILLS", "50"))
SENDERS = 4
MUTANTS = Path(__file__).parents[1] / "support" / "mutants.py"

pytestmark = pytest.mark.crash


def torture(path: Path, kills: int, *, mutant: str = "", until=lambda: False) -> Outcome:
    """Kill the collector `kills` times under load (fewer once `until` says so), then let it drain."""
    rng = random.Random(20261123)
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(SENDERS)]
    database.close()
    if mutant == "no_key":
        drop_key(path)
    program = (str(MUTANTS), mutant) if mutant else ("-m", "laaswatch_collector.cli.main")
    done = 0
    with Collector(path, program=program) as collector:
        collector.start()
        loads = [Load([collector], sender, n) for n, sender in enumerate(senders)]
        for load in loads:
            load.start()
        try:
            while done < kills and not until():
                time.sleep(rng.uniform(0.05, 0.6))
                collector.kill()
                done += 1
                collector.start()
        finally:
            for load in loads:
                load.sealing = False
        for load in loads:
            load.join(60)
            assert not load.is_alive()
        assert collector.stop() == 0
    return Outcome(f"sqlite:///{path}", loads, done)


def drop_key(path: Path) -> None:
    """The table of reports without its unique key."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE copy AS SELECT * FROM reports; DROP TABLE reports;"
            "ALTER TABLE copy RENAME TO reports;"
        )


def test_nothing_acknowledged_is_lost_and_nothing_doubled(tmp_path):
    outcome = torture(tmp_path / "store.db", KILLS)
    print(f"\ncollector: {outcome}")
    assert outcome.kills == KILLS
    assert outcome.acked > 10 * KILLS
    assert outcome.broken > 0  # the kills did hit requests in the air
    assert (outcome.lost, outcome.doubled, outcome.altered, outcome.sound) == (0, 0, 0, "ok")


def test_a_collector_that_acknowledges_too_early_is_caught(tmp_path):
    outcome = torture(tmp_path / "store.db", 6, mutant="early_ack")
    print(f"\nmutant that acknowledges before commit: {outcome}")
    assert outcome.lost > 0


def test_a_collector_without_a_key_is_caught(tmp_path):
    def doubled():
        with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
            query = "SELECT count(*) - count(DISTINCT agent_id || '/' || seq) FROM reports"
            return connection.execute(query).fetchone()[0] > 0

    outcome = torture(tmp_path / "store.db", 40, mutant="no_key", until=doubled)
    print(f"\nmutant without a unique key: {outcome}")
    assert outcome.doubled > 0
