"""The whole system under everything at once, played from a seed (D8).

`support.simulation` says what may go wrong. Whatever did, in the calm that follows every round that was
held for durable is at the collector, once, in a whole chain, at its true time; and nobody is called a fork.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from laaswatch_agent.spool import Spool
from laaswatch_collector.evidence.held import Fit, Held
from support.simulation import World, make_template
from support.soak import seed, soak

pytestmark = pytest.mark.crash

SEEDS = int(os.environ.get("LAASWATCH_SEEDS") or soak(500, 50_000))
PARTS = 4
WHOLE_EVERY = 100
"""One world in so many has all the agents; the others have a few, so that many seeds fit into a minute."""
AGENTS, FEW = 50, (2, 4)


@pytest.fixture(scope="module")
def memory():
    """A folder in memory where there is one, with a store to begin from."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        make_template(Path(folder) / "template.db", AGENTS)
        yield Path(folder)


def play(memory, number, agents=None):
    """The outcome of one seed."""
    few = Random(number).randint(*FEW)
    count = agents or (AGENTS if number % WHOLE_EVERY == 0 else few)
    with contextlib.closing(
        World(number, count, memory / "template.db", memory / "world")
    ) as world:
        return world.run()


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_nothing_is_lost(memory, part):
    """Hundreds of worlds; the number of one that goes wrong is all that is needed to see it again."""
    first = seed()
    mishaps, rounds, deliveries, began = Counter(), 0, 0, time.monotonic()
    for number in range(first + part, first + SEEDS, PARTS):
        outcome = play(memory, number)
        assert outcome.wrong == [], f"seed {number}"
        mishaps.update(outcome.mishaps)
        rounds += outcome.rounds
        deliveries += outcome.deliveries
    took = time.monotonic() - began
    print(
        f"{SEEDS // PARTS} worlds in {took:.0f} s, {rounds} rounds, {deliveries} deliveries, {mishaps}"
    )
    assert len(mishaps) == 14 or SEEDS < 100


def test_a_seed_is_played_again_byte_by_byte(memory):
    """Two runs of one seed come to the same digest of every event and every stored row."""
    chosen = seed()
    for number in range(chosen, chosen + 5):
        assert play(memory, number).digest == play(memory, number).digest
    assert play(memory, chosen, 3).digest != play(memory, chosen + 1, 3).digest


def believes(monkeypatch, _template):
    """An agent that takes a round for kept whatever the disk says."""
    add = Spool.add_round
    monkeypatch.setattr(Spool, "add_round", lambda *a: add(*a) or True)


def early(monkeypatch, _template):
    """A collector that acknowledges before it commits."""
    monkeypatch.setattr(World, "died", World.answer)


def forgets(monkeypatch, template):
    """A collector that does not ask what it holds, with a table that has no key."""
    monkeypatch.setattr(Held, "fit", lambda *_: Fit.NEW)
    monkeypatch.setattr(Held, "add", lambda *_: None)
    monkeypatch.setattr(Held, "__contains__", lambda *_: False)
    with contextlib.closing(sqlite3.connect(template)) as connection:
        connection.executescript(
            "CREATE TABLE copy AS SELECT * FROM reports; DROP TABLE reports;"
            "ALTER TABLE copy RENAME TO reports;"
        )


def deletes_first(monkeypatch, _template):
    """An agent that deletes what it has sent before anybody acknowledged it."""
    deliver = World.deliver

    def sends(self, agent, body, headers):
        with contextlib.closing(sqlite3.connect(agent.folder / "spool.sqlite")) as spool, spool:
            spool.execute("DELETE FROM sealed")
        return deliver(self, agent, body, headers)

    monkeypatch.setattr(World, "deliver", sends)


@pytest.mark.parametrize("broken", [believes, early, forgets, deletes_first])
def test_one_broken_promise_is_caught(memory, monkeypatch, broken):
    """The negative controls: within a few worlds each shows."""
    template = memory / "template.db"
    shutil.copy(template, memory / "sound.db")
    try:
        broken(monkeypatch, template)
        found = next((o for n in range(30) if (o := play(memory, n, 4)).wrong), None)
        print(found)
        assert found is not None
    finally:
        shutil.move(memory / "sound.db", template)
