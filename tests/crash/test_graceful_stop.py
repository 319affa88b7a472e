"""SIGTERM in the middle of work: whatever was taken is answered, and the end comes soon (S13).

Agents deliver as fast as they can over kept connections. A report that is in the store but whose delivery
was never answered would be a broken promise of the stop; so would an answer without a report.
"""

import contextlib
import http.client
import json
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from laaswatch_collector.store.database import Database
from support.collector import free_port, listening
from support.intake import a_round, add_office, enrol
from support.nursery import Nursery
from support.soak import seed, soak

pytestmark = pytest.mark.crash

STOPS = soak(10, 100)
SENDERS = 6
SECONDS = 10


class Load(threading.Thread):
    """One agent that delivers until its collector has gone; `answered` are the acknowledged numbers."""

    def __init__(self, port, sender):
        super().__init__(daemon=True)
        self.answered = set()
        self._port, self._sender = port, sender

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException), closing(connection):
            while True:
                now = round(time.time() * 1000)
                body = self._sender.body(self._sender.seal(a_round(now, now)), sent=now, mono=now)
                headers = {
                    "Authorization": f"Bearer {self._sender.token}",
                    "Content-Type": "application/x-ndjson",
                    "Content-Encoding": "gzip",
                }
                connection.request("POST", "/v1/reports", body, headers)
                answer = connection.getresponse()
                told = json.loads(answer.read())
                if answer.status != 200:
                    return
                for low, high in told["acked"]:
                    self.answered |= set(range(low, high + 1))


def stop_again_and_again(folder, stops, mutant=""):
    """(answered, seconds of the slowest stop, stored but never answered, answered but not stored)."""
    dice = random.Random(seed())
    path = folder / "store.db"
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(SENDERS)]
    database.close()
    answered, slowest = set(), 0.0
    with Nursery(mutant) as nursery:
        for _ in range(stops):
            port = free_port()
            collector = nursery.ask("collector", str(path), port, str(folder / "log"))
            listening(port)
            loads = [Load(port, sender) for sender in senders]
            for load in loads:
                load.start()
            time.sleep(dice.uniform(0.3, 0.8))
            began = time.monotonic()
            assert nursery.ask("end", collector, int(signal.SIGTERM)) == 0
            slowest = max(slowest, time.monotonic() - began)
            for load in loads:
                load.join(60)
                assert not load.is_alive()
                answered |= {(load._sender.agent, n) for n in load.answered}
    with closing(sqlite3.connect(path)) as connection:
        stored = set(connection.execute("SELECT agent_id, seq FROM reports"))
    print(
        f"{stops} stops, {len(answered)} reports answered, {len(stored - answered)} stored without an"
        f" answer, {len(answered - stored)} answered but not stored, the slowest stop {slowest:.1f} s"
    )
    return answered, slowest, stored - answered, answered - stored


def test_a_stop_leaves_no_delivery_unanswered(tmp_path):
    answered, slowest, unanswered, missing = stop_again_and_again(tmp_path, STOPS)
    assert len(answered) > 20 * STOPS
    assert (unanswered, missing) == (set(), set())
    assert slowest < SECONDS


def test_a_hasty_stop_is_caught(tmp_path):
    """The negative control: gone at the signal, whoever is waiting for an answer."""
    _, _, unanswered, _ = stop_again_and_again(tmp_path, 4, "hasty")
    assert unanswered
