"""A PC's disk was copied: two copies that live at once are found, one put back from a backup is no fork (S3).

Real spools, uplinks and intake, in an order that the dice choose. What nobody can tell apart at first is a
copy that starts in a pause of the other one: it looks like a disk put back, until the other one speaks
again. From then on nothing more of either is taken.
"""

import contextlib
import os
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
import zstandard

from laaswatch_agent.report.codec import unseal
from laaswatch_collector.store.schema import agents, audit, reports
from support.simulation import Agent, World, copy_disk, make_template
from support.soak import seed, soak

pytestmark = pytest.mark.crash

RUNS = int(os.environ.get("LAASWATCH_SEEDS") or soak(250, 10_000))
PARTS = 2


@pytest.fixture(scope="module")
def memory():
    """A folder in memory where there is one, with a store to begin from."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        make_template(Path(folder) / "template.db", 1)
        yield Path(folder)


@contextlib.contextmanager
def calm(memory, number):
    """A world of one agent in which only the disk is meddled with."""
    world = World(number, 1, memory / "template.db", memory / f"world-{os.getpid()}")
    world.calm = True
    with contextlib.closing(world):
        yield world, world.agents[0], Random(number)


def work(world, agent, dice, most):
    """Some rounds, some of them sent."""
    for _ in range(dice.randint(1, most)):
        world.now += 30_000
        agent.measure()
        if dice.random() < 0.5:
            agent.send()


def state(world):
    return world.database.read(lambda c: c.execute(sa.select(agents.c.state)).scalar())


def said(world):
    return world.database.read(lambda c: list(c.execute(sa.select(audit.c.result)).scalars()))


def arrived(world):
    """How often each round is in the store, by boot and monotonic clock."""
    bodies = world.database.read(lambda c: list(c.execute(sa.select(reports.c.body)).scalars()))
    made = [unseal(zstandard.ZstdDecompressor().decompress(body)) for body in bodies]
    return Counter((report.boot, one.mono) for report in made for one in report.rounds)


# ---------------------------------------------------------------------- two at once
def clone(memory, number):
    """Two copies of one disk at work in any order: when the collector saw it."""
    with calm(memory, number) as (world, one, dice):
        work(world, one, dice, 12)
        other = Agent(world, 1, copy_of=one)
        if dice.random() < 0.5:  # the copier waits for a while before it starts the copy
            world.now += dice.randrange(600_000)
            other.boot()
        turns = [0, 0]
        for turn in range(1, 60):
            who = dice.randrange(2)
            agent = (one, other)[who]
            world.now += dice.randrange(1_000, 40_000)
            agent.measure()
            if dice.random() < 0.6:
                agent.send()
                turns[who] += 1
            if state(world) == "forked":
                return turn, turns, said(world).count("rollback")
        return None, turns, said(world).count("rollback")


@pytest.mark.parametrize("part", range(PARTS))
def test_two_copies_of_one_disk_are_found(memory, part):
    """In every order; most at the first report of the second copy, the others at the next one of the first."""
    first = seed()
    found, at_once, latest = 0, 0, 0
    for number in range(first + part, first + RUNS, PARTS):
        turn, turns, rollbacks = clone(memory, number)
        assert turn is not None, f"seed {number}"
        # At most one new life was begun before the two were seen to live at once.
        assert rollbacks <= 1, f"seed {number}"
        found += 1
        at_once += rollbacks == 0
        latest = max(latest, min(turns))
    print(
        f"{found} found, {at_once} at the first contradiction; {latest} sendings of the quieter copy at most"
    )
    assert found == RUNS // PARTS
    assert at_once > 0


# ---------------------------------------------------------------------- put back
def put_back(memory, number):
    """An agent whose disk is put back from a backup, perhaps twice: (state, lost, too often, rollbacks)."""
    with calm(memory, number) as (world, agent, dice):
        lost = set()
        for time in range(dice.randint(1, 2)):
            work(world, agent, dice, 10)
            backup = world.folder / f"backup-{time}"
            copy_disk(agent.folder, backup)
            in_backup = set(agent.kept)
            work(world, agent, dice, 15)
            # What had not arrived when the disk was overwritten has gone with it.
            lost |= set(agent.kept) - in_backup - set(arrived(world))
            world.now += dice.randrange(60_000, 86_400_000)
            agent.disk = backup
            if dice.random() < 0.5:
                agent.boot()
            else:  # the files were put back under a program that was only stopped
                agent.start()
        work(world, agent, dice, 10)
        for _ in range(60):
            world.now += round(1000 * max(1.0, min(agent.send(), 900.0)))
        seen = arrived(world)
        missing = set(agent.kept) - set(seen) - lost
        return state(world), missing, max(seen.values()), said(world)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_disk_put_back_from_a_backup_is_no_fork(memory, part):
    """No false alarm; nothing that the disk still holds is lost; at most a new life for each time."""
    first = seed()
    rollbacks = 0
    for number in range(first + part, first + RUNS, PARTS):
        found, missing, most, words = put_back(memory, number)
        assert (found, missing) == ("active", set()), f"seed {number}"
        assert "fork" not in words, f"seed {number}"
        # A round that waited in the backup may have been sent from both histories.
        assert most <= 3, f"seed {number}"
        rollbacks += words.count("rollback") > 0
    print(
        f"{RUNS // PARTS} put back, {rollbacks} of them told to begin a new life, none called a fork"
    )
    assert rollbacks > RUNS // PARTS // 3


# ---------------------------------------------------------------------- negative controls
def test_a_collector_that_believes_every_backup_is_caught(memory, monkeypatch):
    """It takes both copies for one disk put back again and again."""
    path = "laaswatch_collector.store.reports."
    monkeypatch.setattr(path + "measuring_since", lambda _c, _k, delivery, _x: delivery.received_ms)
    monkeypatch.setattr(path + "measured_after", lambda *_: [])
    assert any(clone(memory, number)[0] is None for number in range(20))


def test_a_collector_that_believes_no_backup_is_caught(memory, monkeypatch):
    """It calls an honest PC a fork."""
    monkeypatch.setattr("laaswatch_collector.store.reports.measuring_since", lambda *_: None)
    assert any(put_back(memory, number)[0] == "forked" for number in range(20))
