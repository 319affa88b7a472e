"""A real collector among strangers: bombs in its deliveries, thousands who take their time (S4, S5).

Meanwhile an honest agent delivers, and every one of its deliveries is taken. Two collectors with a
broken promise show that the tests would notice.
"""

import resource
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from laaswatch_collector.store.database import Database
from support.collector import Collector
from support.hostile import MIB, Honest, Idlers, bombs, connections, cpu_seconds, memory, post
from support.intake import add_office, enrol
from support.soak import soak

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]

MUTANTS = Path(__file__).parents[1] / "support" / "mutants.py"
AT_ONCE = 64
GROWTH = 64 * MIB
SOCKETS = soak(5_000, 15_000)
SECONDS = 20
PATIENCE = 3 * SECONDS
"""The machine may be busy: what counts is far from the 75 s that the framework would wait."""


@pytest.fixture
def stage(tmp_path):
    """A way to start a collector (or a mutant of it), with two agents enrolled."""
    path = tmp_path / "store.db"
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(2)]
    database.close()
    started = []

    def start(mutant=""):
        program = (str(MUTANTS), mutant) if mutant else ("-m", "laaswatch_collector.cli.main")
        collector = Collector(path, program=program)
        started.append(collector)
        collector.start()
        return collector, *senders

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the collector inherits it
    yield start
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for collector in started:
        collector.__exit__()


def throw(collector, sender, names, count):
    """Each of these bombs `count` times, in parallel: (statuses by name, bytes that the memory grew by)."""
    post(collector.port, sender.token, sender.body(sender.seal()), "gzip")  # warm
    before = memory(collector.pid)
    found: dict[str, Counter] = {}
    chosen = {name: bomb for name, bomb in bombs().items() if name in names}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, (body, encoding, _) in chosen.items():
            used, began = cpu_seconds(collector.pid), time.monotonic()
            sent = [
                pool.submit(post, collector.port, sender.token, body, encoding)
                for _ in range(count)
            ]
            found[name] = Counter(x.result() for x in sent)
            took = time.monotonic() - began
            used = (cpu_seconds(collector.pid) - used) / count * 1000
            print(f"{name}: {dict(found[name])}, {took:.2f} s, {used:.1f} ms of CPU each")
    grown = memory(collector.pid, "VmHWM") - before
    print(f"memory grew by {grown / MIB:.0f} MiB at most")
    return found, grown


def test_bombs_cost_little_and_keep_nobody_waiting(stage):
    """64 in parallel of every kind, from an agent that is enrolled: refused, within bounds."""
    collector, bomber, agent = stage()
    honest = Honest(collector, agent)
    honest.start()
    found, grown = throw(collector, bomber, bombs(), AT_ONCE)
    honest.stop()
    print(f"honest: {dict(honest.answers)}, the slowest {honest.slowest:.2f} s")
    for name, (_, _, right) in bombs().items():
        assert set(found[name]) <= right | {0}, name
        assert found[name].total() == AT_ONCE
    assert grown <= GROWTH
    assert set(honest.answers) == {200}
    assert collector.stop() == 0
    said = "".join(collector.output)
    assert "Traceback" not in said
    assert len(collector.output) < 100


def test_inflating_before_looking_is_caught(stage):
    """The negative control: one bomb is enough."""
    collector, bomber, _ = stage("inflates_all")
    _, grown = throw(collector, bomber, ["0.2 MB to 200 MB"], 1)
    assert grown > GROWTH


def besiege(collector, bomber, agent, sockets, seconds):
    """So many who take their time: (how many are left when it is over, seconds, bytes for each, honest)."""
    honest = Honest(collector, agent)
    honest.start()
    before, calm = memory(collector.pid), connections(collector.pid)
    idlers = Idlers(collector.port, bomber.token, sockets)
    began, left, most, size = time.monotonic(), sockets, 0, 0
    while time.monotonic() - began < seconds and left > 0:
        time.sleep(0.5)
        idlers.drip()
        left = max(0, connections(collector.pid) - calm - 2)  # the honest one's come and go
        if left > most:
            most, size = left, memory(collector.pid) - before
    took = time.monotonic() - began
    honest.stop()
    idlers.hang_up()
    print(
        f"{sockets} connections, {most} seen open at once with {size / max(most, 1) / 1024:.1f} KiB"
        f" each; {left} left after {took:.1f} s; honest: {dict(honest.answers)},"
        f" the slowest {honest.slowest:.2f} s"
    )
    return left, size / max(most, 1), honest


def test_who_takes_his_time_is_shown_out(stage):
    """Idle, dripping heads, dripping bodies, never reading, half closed: all gone soon, at a small price."""
    collector, bomber, agent = stage()
    possible = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1_000
    assert possible >= 2_000, "the limit on open files is too low for this test"
    left, size, honest = besiege(collector, bomber, agent, min(SOCKETS, possible), PATIENCE)
    assert left == 0
    assert size < 64 * 1024
    assert set(honest.answers) == {200}
    assert honest.answers[200] > 20
    assert collector.stop() == 0
    assert "Traceback" not in "".join(collector.output)


def test_endless_patience_is_caught(stage):
    """The negative control: they stay."""
    collector, bomber, agent = stage("patient")
    left, _, _ = besiege(collector, bomber, agent, 200, SECONDS)
    assert left > 100
