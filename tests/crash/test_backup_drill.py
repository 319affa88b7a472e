"""The drill: backups under load, the collector killed, its database lost, the last backup put back.

Nothing that was in the backup is lost, agents deliver again what they still hold, nothing is doubled, and the
reports that came between the backup and the loss are named as missing and accuse nobody.
"""

import json
import os
import time

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.backup import command as backup
from laaswatch_collector.cli.restore import command as restore
from laaswatch_collector.cli.verify import command as verify
from laaswatch_collector.store.database import Database
from support.collector import Collector
from support.intake import add_office, enrol
from support.torture import Load, Outcome

ROUNDS = int(os.environ.get("LAASWATCH_DRILLS", "3"))
SENDERS = 3

pytestmark = pytest.mark.crash


def test_a_backup_under_load_brings_everything_back(tmp_path):
    path, file = tmp_path / "store.db", tmp_path / "copy.db"
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(SENDERS)]
    database.close()
    with Collector(path) as collector:
        collector.start()
        loads = [Load([collector], sender, n) for n, sender in enumerate(senders)]
        for load in loads:
            load.start()
        try:
            for _ in range(ROUNDS):
                acked = sum(len(load.acked) for load in loads)
                wait_for(lambda x=acked: sum(len(load.acked) for load in loads) > x + 60)
                in_backup = [set(load.acked) for load in loads]
                done = CliRunner().invoke(backup, [str(file), "--database", str(path), "--replace"])
                assert done.exit_code == 0, done.output
                acked = sum(len(load.acked) for load in loads)
                wait_for(lambda x=acked: sum(len(load.acked) for load in loads) > x + 60)
                collector.kill()
                path.write_bytes(b"the disk is gone")
                done = CliRunner().invoke(restore, [str(file), "--database", str(path)])
                assert done.exit_code == 0, done.output
                for load, before in zip(loads, in_backup, strict=True):
                    # Only what was acknowledged before the backup is promised; the rest was not in it.
                    load.acked = before | (load.acked & held(path, load))
                collector.start()
        finally:
            for load in loads:
                load.sealing = False
        for load in loads:
            load.join(60)
            assert not load.is_alive()
        assert collector.stop() == 0
    outcome = Outcome(f"sqlite:///{path}", loads, ROUNDS)
    print(f"\nbackup drill: {outcome}")
    assert outcome.acked > 60 * ROUNDS
    assert (outcome.lost, outcome.doubled, outcome.altered) == (0, 0, 0)
    assert outcome.sound == "ok"
    done = CliRunner().invoke(verify, ["--database", str(path), "--json"])
    found = {x["finding"] for run in json.loads(done.output)["runs"] for x in run["findings"]}
    assert done.exit_code == 0, done.output[:2000]
    assert found <= {"missing"}


def held(path, load):
    """The numbers of one sender that the restored database holds."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT seq FROM reports WHERE agent_id = ?", (load.sender.agent,)
        ).fetchall()
    return {seq for (seq,) in rows}


def wait_for(what):
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)
