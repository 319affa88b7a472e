"""kill -9 of the collector under load: nothing acknowledged is lost, nothing is stored twice.

Senders speak the real protocol and delete a report only once it was acknowledged, so what the collector
acknowledged and then lost is nowhere any more. Two collectors with a broken promise show that the test
would notice.
"""

import http.client
import json
import os
import random
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from laaswatch_collector.store.database import Database
from support.collector import Collector
from support.intake import Sender, a_round, add_office, enrol

KILLS = int(os.environ.get("LAASWATCH_KILLS", "50"))
SENDERS = 4
MUTANTS = Path(__file__).parents[1] / "support" / "mutants.py"
AT_MOST_IN_THE_SPOOL = 200
IN_ONE_DELIVERY = 10

pytestmark = pytest.mark.crash


class Load(threading.Thread):
    """One agent: seals, sends, keeps what was not acknowledged, counts what was."""

    def __init__(self, collector: Collector, sender: Sender, seed: int) -> None:
        super().__init__(daemon=True)  # a test that fails must not wait for it
        self.collector, self.sender = collector, sender
        self.spool: dict[int, bytes] = {}
        self.acked: set[int] = set()
        self.requests = self.duplicates = self.broken = 0
        self.sealing = True
        self._rng = random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Until nothing is sealed any more and everything has been acknowledged."""
        while self.sealing or self.spool:
            if self.sealing and len(self.spool) < AT_MOST_IN_THE_SPOOL:
                for _ in range(self._rng.randint(1, 4)):
                    now = round(time.time() * 1000)
                    line = self.sender.seal(a_round(now, now), a_round(now + 1, now + 1))
                    self.spool[len(self.sender.lines)] = line
            try:
                self._send()
            except (OSError, http.client.HTTPException, ValueError):
                self.broken += 1
                self._hang_up()
                time.sleep(self._rng.uniform(0.01, 0.05))
        self._hang_up()

    def _send(self) -> None:
        first = sorted(self.spool)[:IN_ONE_DELIVERY]
        now = round(time.time() * 1000)
        body = self.sender.body(*(self.spool[n] for n in first), sent=now, mono=now)
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.collector.port, timeout=10
            )
        headers = {
            "Authorization": f"Bearer {self.sender.token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        self._connection.request("POST", "/v1/reports", body, headers)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise ValueError(told)
        self.requests += 1
        self.duplicates += told["duplicates"]
        for low, high in told["acked"]:
            for n in range(low, high + 1):
                self.acked.add(n)
                self.spool.pop(n, None)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Outcome:
    """What the store holds after all the kills, against what the senders were told."""

    def __init__(self, path: Path, loads: list[Load], kills: int) -> None:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT agent_id, seq, body FROM reports").fetchall()
            self.sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
        unpack = zstandard.ZstdDecompressor().decompress
        held: dict[tuple[str, int], list[bytes]] = {}
        for agent, seq, body in rows:
            held.setdefault((agent, seq), []).append(unpack(body))
        self.kills = kills
        self.acked = sum(len(x.acked) for x in loads)
        self.stored = len(rows)
        self.duplicates = sum(x.duplicates for x in loads)
        self.broken = sum(x.broken for x in loads)
        self.lost = self.altered = 0
        for load in loads:
            for n in load.acked:
                found = held.get((load.sender.agent, n), [])
                self.lost += not found
                self.altered += any(x != load.sender.lines[n - 1] for x in found)
        self.doubled = sum(len(x) - 1 for x in held.values())

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {self.acked} acknowledged, {self.stored} stored, {self.lost} lost, "
            f"{self.doubled} doubled, {self.altered} altered; {self.broken} requests cut, "
            f"{self.duplicates} reports sent again and recognised"
        )


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
        loads = [Load(collector, sender, n) for n, sender in enumerate(senders)]
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
    return Outcome(path, loads, done)


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
