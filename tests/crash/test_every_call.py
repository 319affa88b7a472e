"""Every call to the disk and the line may fail, each in its turn: nothing is lost, nothing hangs, nothing crashes.

One full cycle of an agent's body — open, measure, seal, send, be acknowledged, write a page, close — is
played once to count its calls, then again for each of them with that call failing, alone or with the
thirty after it. Whatever was said to be kept must arrive afterwards, once.
"""

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from laaswatch_agent import identity
from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.report.codec import MalformedReport, unpack_delivery, unseal
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Limits, Spool, SpoolFailed
from laaswatch_agent.uplink import Uplink
from support.agents import CIRCUMSTANCES, START, Counterpart, HandClock, a_round, ack_all
from support.soak import soak
from support.unlucky import unlucky

pytestmark = pytest.mark.crash

PACE = Pace(30.0, 60.0, 0.0, 600.0, 0.0, 0.0, 0.0, 0.01, 0.01)
BURSTS = soak((1, 30), (1, 2, 3, 10, 30, 100))


class Receiver:
    """Keeps what arrives, before it answers."""

    def __init__(self):
        self.lines = {}
        self.changed = []

    def __call__(self, method, path, headers, body):
        try:
            delivery = unpack_delivery(body)
        except MalformedReport:  # cut while sending
            return None
        for line in delivery.sealed:
            key = delivery.envelope.incarnation, unseal(line).seq
            if self.lines.setdefault(key, line) != line:
                self.changed.append(key)
        return ack_all(body)


class Life:
    """An agent's body as the service puts it together, with the service's own patience for failures."""

    def __init__(self, folder, address):
        self.folder = folder
        self.spool = Spool(folder, Limits(ballast=8192))
        self.client = CollectorClient(address, timeout=5)
        self.uplink = Uplink(self.spool, "agent-1", self.client, HandClock(), PACE, Random(1))
        self.uplink._compress = False

    def measure(self, numbers):
        """So many rounds; the numbers of those that it was told are kept."""
        kept = []
        for number in numbers:
            if self.spool.add_round(replace(a_round(number), mono=number), CIRCUMSTANCES):
                kept.append(number)
            with contextlib.suppress(OSError):
                write_atomically(self.folder / "status.html", b"page", durable=False)
            if number % 2:
                self.send()
        return kept

    def send(self):
        with contextlib.suppress(SpoolFailed):
            while self.spool.seal(START) is not None:
                self.uplink.fresh()
        with contextlib.suppress(SpoolFailed):
            self.uplink.step()

    def settle(self):
        for _ in range(50):
            self.send()
            held = self.spool.counts()
            if not held.reports and not held.rounds:
                return
        raise AssertionError("the queue did not drain")

    def close(self):
        self.client.close()
        self.spool.close()


def one_try(monkeypatch, folder, server, bad, life=Life):
    """A life, one in which the calls of `bad` fail, and a lucky one: (kept, luck)."""
    first = life(folder, server.address)
    kept = first.measure(range(2))
    first.close()
    asked = identity.prepare(folder, server.address, "", "CODE")
    identity.adopt(folder, asked.accepted({"agent": "agent-1"}))
    with unlucky(monkeypatch, folder) as luck:
        luck.bad, luck.on = bad, True
        with contextlib.suppress(identity.IdentityUnreadable):  # the service measures on without it
            identity.load(folder)
        try:
            second = life(folder, server.address)
        except OSError:
            second = None  # the folder cannot be used at all: the command says so and ends
        if second is not None:
            kept += second.measure(range(10, 20))
            second.close()
    third = life(folder, server.address)
    kept += third.measure(range(30, 32))
    third.settle()
    third.close()
    assert identity.load(folder).agent == "agent-1"
    return kept, luck


def troubles(kept, receiver):
    """What is wrong with what arrived; empty where every promise was kept."""
    arrived = Counter(r.mono for line in receiver.lines.values() for r in unseal(line).rounds)
    gaps = sum(g.rounds for line in receiver.lines.values() for g in unseal(line).gaps)
    found = []
    if lost := set(kept) - set(arrived):
        found.append(f"lost {sorted(lost)}")
    if twice := [n for n, times in arrived.items() if times > 1]:
        found.append(f"twice {twice}")
    if receiver.changed:
        found.append(f"changed {receiver.changed}")
    if gaps > 14 - len(kept):
        found.append(f"{gaps} rounds told as lost, {14 - len(kept)} were")
    return found


def every_call(monkeypatch, folder, bursts, life=Life):
    """Each call in turn: (calls of a cycle, lives tried, troubles by call and burst)."""
    tried, found, calls = 0, {}, 0
    receiver = Receiver()
    with Counterpart(receiver) as server:
        for burst in (0, *bursts):
            for first in range(1, calls + 1, 1 if burst == 1 else 7) if burst else (1,):
                receiver.__init__()
                agent = folder / f"agent-{tried}"
                kept, luck = one_try(monkeypatch, agent, server, range(first, first + burst), life)
                shutil.rmtree(agent)
                tried += 1
                calls = calls or luck.calls
                if bad := troubles(kept, receiver):
                    found[first, burst] = (bad, luck.failed[:3])
    return calls, tried, found


@pytest.fixture
def memory():
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(
        dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    ) as place:
        yield Path(place)


def test_each_call_of_a_cycle_may_fail(monkeypatch, memory):
    """Each call in turn, alone and in bursts: all that was kept arrives, once, unchanged."""
    calls, tried, found = every_call(monkeypatch, memory, BURSTS)
    print(f"{calls} calls in a cycle, {tried} lives with failing calls, {len(found)} with trouble")
    assert calls > 200
    assert found == {}


def test_a_commit_that_is_believed_too_early_is_caught(monkeypatch, memory):
    """The negative control: an agent that says "kept" whatever the disk says loses rounds."""

    class Hopeful(Life):
        def measure(self, numbers):
            super().measure(numbers)
            return list(numbers)

    _, _, found = every_call(monkeypatch, memory, (30,), Hopeful)
    assert found
