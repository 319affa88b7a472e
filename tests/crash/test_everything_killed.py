"""kill -9 of agents and collector alike, over a line that is cut: the whole promise at once (D1).

Real agents' bodies with real spools deliver through a relay that hangs up in the middle of questions and
answers to a real collector; all of them are killed at random moments, and begin again. At the end every
round that an agent held for durable is in the collector's store, once, as it was made. Three programs
with one promise broken each show that the test would notice.
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
import zstandard

from laaswatch_agent.report.codec import unseal
from laaswatch_collector.store.database import Database
from support.collector import free_port, listening
from support.cutting import CuttingLine
from support.intake import add_office, enrol
from support.nursery import A_LIFE, Nursery, numbered
from support.postgresql import Cluster, why_not
from support.soak import seed, soak

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("LAASWATCH_KILLS") or soak(200, 10_000))
KILLS_ON_POSTGRESQL = soak(60, 1_000)
AGENTS = 4
SHARE_OF_COLLECTOR = 0.2


@dataclass
class Outcome:
    """What is wrong after so many kills, and how much was tried."""

    kills: Counter = field(default_factory=Counter)
    cuts: int = 0
    kept: int = 0
    lost: int = 0
    doubled: int = 0
    altered: int = 0
    sound: str = "ok"

    @property
    def right(self) -> bool:
        return (self.lost, self.doubled, self.altered, self.sound) == (0, 0, 0, "ok")


class Stage:
    """Agents, line and collector, each living again and again."""

    def __init__(self, url, folder, nursery, line, agent_mode):
        self.url, self.nursery, self.line, self.folder = url, nursery, line, folder
        self.agent_mode = agent_mode
        database = Database.open(url)
        add_office(database)
        self.senders = [enrol(database, f"pc {n}") for n in range(AGENTS)]
        database.close()
        self.lives = Counter()
        self.agents = {}
        self.port = line.to = free_port()
        self.collector = 0

    def start_collector(self):
        output = str(self.folder / "collector.log")
        self.collector = self.nursery.ask("collector", self.url, self.port, output)

    def start_agent(self, number, mode=""):
        sender, life = self.senders[number], self.lives[number]
        self.lives[number] += 1
        self.agents[number] = self.nursery.ask(
            "agent",
            str(self.folder / f"agent-{number}"),
            f"http://127.0.0.1:{self.line.port}",
            sender.agent,
            sender.token,
            1 + life * A_LIFE,
            mode or self.agent_mode,
        )

    def torment(self, kills, dice, until=lambda: False):
        """Kill somebody again and again; returns how often whom."""
        done = Counter()
        self.start_collector()
        for number in range(AGENTS):
            self.start_agent(number)
        while done.total() < kills and not until():
            time.sleep(dice.uniform(0.002, 0.12))
            if dice.random() < SHARE_OF_COLLECTOR:
                assert self.nursery.kill(self.collector) == -signal.SIGKILL
                done["collector"] += 1
                self.start_collector()
                if dice.random() < 0.7:  # else the next kill may meet it while it starts
                    listening(self.port)
            else:
                number = dice.randrange(AGENTS)
                assert self.nursery.kill(self.agents[number]) == -signal.SIGKILL
                done["agent"] += 1
                self.start_agent(number)
        return done

    def settle(self):
        """Let everything that waits arrive, over a line that holds."""
        self.line.honest = True
        listening(self.port)
        for number in range(AGENTS):
            self.nursery.kill(self.agents[number])
            self.start_agent(number, "drain")
        for number in range(AGENTS):
            assert self.nursery.wait(self.agents[number]) == 0
        assert self.nursery.ask("end", self.collector, int(signal.SIGTERM)) == 0

    def judge(self, outcome: Outcome) -> Outcome:
        """Compare what agents held for durable with what the store holds."""
        with looking(self.url) as connection:
            if connection.dialect.name == "sqlite":
                outcome.sound = connection.scalar(sa.text("PRAGMA integrity_check"))
            rows = connection.execute(sa.text("SELECT agent_id, body FROM reports")).all()
        unpack = zstandard.ZstdDecompressor().decompress
        arrived = {sender.agent: Counter() for sender in self.senders}
        for agent, body in rows:
            for made in unseal(unpack(bytes(body))).rounds:
                arrived[agent][made.mono] += 1
                outcome.altered += made != numbered(made.mono)
        for number, sender in enumerate(self.senders):
            said = (self.folder / f"agent-{number}" / "said").read_bytes().split(b"\n")[:-1]
            kept = {int(x) for x in said}
            outcome.kept += len(kept)
            outcome.lost += len(kept - set(arrived[sender.agent]))
            outcome.doubled += sum(n - 1 for n in arrived[sender.agent].values())
        return outcome


def torture(url, folder, kills, *, mutant="", agent_mode="fill", until=lambda: False):
    """A whole run; `until()` may end it early."""
    dice = random.Random(seed())
    outcome = Outcome()
    with Nursery(mutant) as nursery, CuttingLine(dice.getrandbits(32)) as line:
        stage = Stage(url, folder, nursery, line, agent_mode)
        if mutant == "no_key":
            drop_key(url)
        outcome.kills = stage.torment(kills, dice, until)
        stage.settle()
        outcome.cuts = line.cuts
        return stage.judge(outcome)


@contextmanager
def looking(url):
    """A connection beside the collector's own."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def drop_key(url):
    """The table of reports without its unique key."""
    with looking(url) as connection:
        connection.execute(sa.text("CREATE TABLE copy AS SELECT * FROM reports"))
        connection.execute(sa.text("DROP TABLE reports"))
        connection.execute(sa.text("ALTER TABLE copy RENAME TO reports"))


@pytest.fixture
def url(tmp_path):
    """A new SQLite file."""
    return f"sqlite:///{tmp_path}/store.db"


def check(outcome, kills):
    print(outcome)
    assert outcome.right
    assert outcome.kills.total() == kills
    assert min(outcome.kills["agent"], outcome.kills["collector"]) > kills // 10
    assert outcome.kept > kills
    assert outcome.cuts > 0


def test_killing_everything_loses_nothing_and_doubles_nothing(url, tmp_path):
    check(torture(url, tmp_path, KILLS), KILLS)


@pytest.mark.skipif(why_not() != "", reason=why_not())
def test_killing_everything_over_postgresql_loses_nothing(tmp_path):
    with Cluster() as cluster:
        outcome = torture(cluster.new_database(), tmp_path, KILLS_ON_POSTGRESQL)
    check(outcome, KILLS_ON_POSTGRESQL)


@pytest.mark.parametrize("broken", ["early_ack", "no_key", "deletes_first"])
def test_one_broken_promise_is_caught(url, tmp_path, broken):
    """The negative controls: acknowledged before commit, no unique key, deleted before the acknowledgement."""

    def doubled():
        query = "SELECT count(*) - count(DISTINCT agent_id || incarnation || seq) FROM reports"
        with looking(url) as connection:
            return connection.scalar(sa.text(query)) > 0

    if broken == "deletes_first":
        outcome = torture(url, tmp_path, 60, agent_mode=broken)
    elif broken == "no_key":
        outcome = torture(url, tmp_path, 60, mutant=broken, until=doubled)
    else:
        outcome = torture(url, tmp_path, 60, mutant=broken)
    print(outcome)
    assert (outcome.doubled if broken == "no_key" else outcome.lost) > 0
