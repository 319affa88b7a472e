"""kill -9 of an agent that measures, seals and delivers: nothing it took is lost, nothing arrives twice.

A real process with a real spool delivers over loopback to a receiver that now and then hangs up after it
has stored a delivery (the lost answer), or refuses. The process is killed at random moments. The mutant
that deletes before the acknowledgement must be caught, or this test would prove nothing.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import unpack_delivery, unseal
from laaswatch_agent.report.model import NO_HASH
from support.agents import Counterpart, ack_all, reply

pytestmark = pytest.mark.crash

KILLS = 60
TESTS = Path(__file__).parents[1]
WORKER = TESTS / "support" / "spool_worker.py"


class Receiver:
    """Stores before it answers; some answers never arrive, some deliveries are turned away."""

    def __init__(self, seed):
        self.lines = {}
        self.changed = []
        self.deliveries = 0
        self._dice = random.Random(seed)
        self._guard = threading.Lock()

    def __call__(self, method, path, headers, body):
        with self._guard:
            self.deliveries += 1
            luck = self._dice.random()
            if luck < 0.1:
                return reply(503, {"error": "busy"}, Retry_After="0")
            delivery = unpack_delivery(body)
            for line in delivery.sealed:
                key = delivery.envelope.incarnation, unseal(line).seq
                if self.lines.setdefault(key, line) != line:
                    self.changed.append(key)
            return None if luck < 0.2 else ack_all(body)


class Agent:
    """One life of the worker; `committed` is what it said was durable."""

    def __init__(self, folder, address, first, mode):
        path = os.pathsep.join([str(TESTS), str(TESTS.parent / "agent")])
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), str(folder), address, str(first), mode],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def kill_after(self, lines):
        """SIGKILL once it has said `lines` numbers; everything that it said."""
        said = [int(self.process.stdout.readline()) for _ in range(lines)]
        self.process.send_signal(signal.SIGKILL)
        rest = self.process.stdout.read().split(b"\n")
        self.process.stdout.close()
        assert self.process.wait(10) == -signal.SIGKILL
        return said + [int(n) for n in rest[:-1]]

    def finish(self):
        assert self.process.wait(60) == 0
        self.process.stdout.close()


def torment(folder, seed, mode, kills):
    """Kill so many lives at random moments, then let the last one drain: (said durable, receiver)."""
    dice = random.Random(seed)
    receiver = Receiver(seed)
    committed = []
    with Counterpart(receiver) as server:
        for life in range(kills):
            agent = Agent(folder, server.address, life * 100_000, mode)
            committed += agent.kill_after(dice.randint(1, 40))
        Agent(folder, server.address, 0, "drain").finish()
    return committed, receiver


def test_kills_lose_nothing_and_double_nothing(tmp_path):
    """60 kills under load: every round that was taken arrives, once, in a whole chain."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    committed, receiver = torment(tmp_path, seed, "fill", KILLS)
    arrived = Counter(r.mono for line in receiver.lines.values() for r in unseal(line).rounds)
    print(
        f"{KILLS} kills, {len(committed)} rounds taken, {sum(arrived.values())} arrived in"
        f" {len(receiver.lines)} reports and {receiver.deliveries} deliveries"
    )
    assert len(committed) > 10 * KILLS
    assert set(committed) - set(arrived) == set()
    assert [n for n, times in arrived.items() if times > 1] == []
    assert receiver.changed == []
    # What arrived but was not said: at most the one round that each kill cut short.
    assert len(set(arrived) - set(committed)) <= KILLS
    assert len({life for life, _ in receiver.lines}) == 1
    previous = NO_HASH
    for (_, seq), line in sorted(receiver.lines.items()):
        report = unseal(line)
        assert report.seq == seq
        assert report.previous == previous
        previous = hash_of(line)
    assert [seq for _, seq in sorted(receiver.lines)] == list(range(1, len(receiver.lines) + 1))


def test_deleting_before_the_acknowledgement_is_caught(tmp_path):
    """The negative control: with that mistake, rounds are lost and the test above would say so."""
    committed, receiver = torment(tmp_path, 5, "mutant", 12)
    arrived = {r.mono for line in receiver.lines.values() for r in unseal(line).rounds}
    assert set(committed) - arrived
