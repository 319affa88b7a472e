"""A whole system in one process and one thread of time: everything that can go wrong, from one seed.

Agents' bodies (the real spool on real files, the real uplink) and a collector (the real intake on a real
SQLite file) live by clocks that only the simulation moves. Deliveries are dropped, answered in vain, kept
back and delivered later beside newer ones, sent twice, met by a portal; agents and collector are killed,
in the middle of a transaction too; disks are full; wall clocks jump; PCs sleep and start anew. The same
seed gives the same run, byte by byte (`Outcome.digest`).
"""

import contextlib
import hashlib
import heapq
import secrets
import shutil
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import ModuleType, SimpleNamespace

import sqlalchemy as sa
import zstandard

from laaswatch_agent import spool_database, spool_sealing
from laaswatch_agent.collector_client import Answer, NoAnswer
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import MalformedReport, unpack_delivery, unseal
from laaswatch_agent.report.model import NO_HASH, ProbeRound
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Circumstances, Limits, Spool, SpoolFailed
from laaswatch_agent.uplink import Uplink
from laaswatch_collector.server.errors import STATUS, Refused
from laaswatch_collector.server.limits import inflate
from laaswatch_collector.store.agents import AgentState
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.reports import Accepted, accept
from laaswatch_collector.store.schema import agents, reports
from support.agents import START, HandClock, a_round
from support.intake import OFFICE, add_office

CADENCE = 120
PACE = Pace.of(CADENCE, 2 * CADENCE)
HOURS = 0.5
LATEST = 20_000
"""A delivery is under way for so many ms at most; a placed round may be that late, never early."""
JUMPS = (-315_360_000_000, -3_600_000, 3_600_000, 86_400_000, 543 * 31_556_952_000, 0, 0)
"""What a wall clock may be set wrong by, in ms: ten years, an hour, a day, a Buddhist year, not at all."""


class Killed(BaseException):
    """SIGKILL: nothing catches it but the simulation."""


@dataclass
class Outcome:
    """What a run came to. `wrong` is empty where every promise was kept."""

    wrong: list[str] = field(default_factory=list)
    digest: str = ""
    rounds: int = 0
    deliveries: int = 0
    mishaps: dict[str, int] = field(default_factory=dict)


class _Connection(sqlite3.Connection):
    """A spool's connection that may be killed or find the disk full at any statement."""

    owner: "Agent | None" = None

    def execute(self, sql, *rest):
        if self.owner is not None:
            self.owner.before_statement()
        return super().execute(sql, *rest)

    def executemany(self, sql, *rest):
        if self.owner is not None:
            self.owner.before_statement()
        return super().executemany(sql, *rest)


class Agent:
    """One PC: its clocks, its spool, its uplink, and what it was told is kept."""

    def __init__(self, world: "World", number: int, copy_of: "Agent | None" = None) -> None:
        self.world, self.number = world, number
        self.name = f"{number:032x}" if copy_of is None else copy_of.name
        self.disk = None if copy_of is None else copy_of.folder
        self.clock = HandClock()
        self.ahead = 0
        self.booted = world.now - world.dice.randrange(1_000_000_000)
        self.boots = 0
        self.kept: dict[tuple[str, int], int] = {}
        self.unsure: set[tuple[str, int]] = set()
        self.lives = 0
        self.dies_in = self.full_for = 0
        world.agents.append(self)
        self.boot()

    # ------------------------------------------------------------------ its machine
    def boot(self) -> None:
        """The PC starts anew: a new monotonic clock."""
        self.boots += 1
        self.booted = self.world.now - self.world.dice.randrange(100_000)
        self.clock.boot = f"boot-{self.number}-{self.boots}"
        self.start()

    def start(self) -> None:
        """The program starts on what the disk holds, after a kill that nobody saw coming."""
        self.look_at_the_clock()
        self.dies_in = 0
        before = self.folder
        self.lives += 1
        if self.disk is not None or self.lives > 1:
            copy_disk(self.disk or before, self.folder)
        if (
            self.lives > 1
        ):  # what the dead process had open is another file: it writes nothing any more
            self.spool.close()
            shutil.rmtree(before)
        self.disk = None
        self.spool = Spool(self.folder, Limits(ballast=0))
        self.uplink = Uplink(
            self.spool, self.name, self, self.clock, PACE, Random(self.world.dice.getrandbits(32))
        )

    @property
    def folder(self) -> Path:
        return self.world.folder / f"agent-{self.number}-{self.lives}"

    def look_at_the_clock(self) -> None:
        self.clock.wall = self.world.now + self.ahead
        self.clock.mono = self.world.now - self.booted

    def before_statement(self) -> None:
        """Called before each statement on the spool."""
        if self.dies_in:
            self.dies_in -= 1
            if not self.dies_in:
                self.world.mishap("killed in the spool")
                raise Killed
        if self.full_for:
            self.full_for -= 1
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    # ------------------------------------------------------------------ its work
    def measure(self) -> None:
        """One round; what it was told is kept, it must find at the collector."""
        self.look_at_the_clock()
        key = (self.clock.boot, self.clock.mono)
        made = replace(a_round(self.number), at=self.clock.wall, mono=self.clock.mono)
        self.unsure.add(key)
        now = Circumstances(self.clock.boot, float(CADENCE), "rules-1")
        if self.spool.add_round(made, now):
            self.kept[key] = self.world.now

    def send(self) -> float:
        """Seal what waits and make a step; seconds until the next."""
        self.look_at_the_clock()
        try:
            while self.spool.seal(self.clock.wall) is not None:
                self.uplink.fresh()
        except SpoolFailed:
            pass
        try:
            return self.uplink.step()
        except SpoolFailed:
            return 30.0

    # ------------------------------------------------------------------ its line (a `Poster`)
    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        return self.world.deliver(self, body, headers)

    def get(self, path: str) -> Answer:
        raise NoAnswer("reset", path)


def copy_disk(folder: Path, to: Path) -> None:
    """What a kill, a backup or a copier leaves of a spool in use."""
    to.mkdir()
    for suffix in ("", "-wal"):
        if (folder / f"spool.sqlite{suffix}").exists():
            shutil.copy(folder / f"spool.sqlite{suffix}", to)


class World:
    """So many agents and a collector. `template` is a store with at least so many agents in it."""

    def __init__(self, seed: int, count: int, template: Path, folder: Path) -> None:
        self.dice = Random(seed)
        self.now = START
        self.folder = folder
        self.path = folder / "store.db"
        folder.mkdir()
        shutil.copy(template, self.path)
        self.database = Database.open(f"sqlite:///{self.path}")
        sa.event.listen(self.database.engine, "connect", self._may_be_full)
        self.full = self.calm = False
        self.outcome = Outcome()
        self._trace = hashlib.sha256()
        self._events: list[tuple[int, int, str, int, bytes]] = []
        self._count = 0
        self.agents: list[Agent] = []
        self._spools()
        for n in range(count):
            Agent(self, n)

    def _spools(self) -> None:
        """Let every spool that is opened from now on know whose it is."""
        connect, names = sqlite3.connect, Random(self.dice.getrandbits(32))

        def connecting(path, *rest, **named):
            if path == ":memory:":  # the one that stands for none
                return connect(path, *rest, **named)
            connection = connect(path, *rest, **{**named, "factory": _Connection})
            connection.owner = self.agents[int(Path(path).parent.name.split("-")[1])]
            return connection

        module = ModuleType("sqlite3")
        module.__dict__.update(sqlite3.__dict__, connect=connecting)
        spool_database.sqlite3 = module
        spool_sealing.secrets = SimpleNamespace(token_hex=lambda n: names.randbytes(n).hex())

    def close(self) -> None:
        """Everything as it was before, and nothing left on the disk."""
        spool_database.sqlite3, spool_sealing.secrets = sqlite3, secrets
        for agent in self.agents:
            agent.spool.close()
        self.database.close()
        shutil.rmtree(self.folder)

    def mishap(self, what: str) -> None:
        self.outcome.mishaps[what] = self.outcome.mishaps.get(what, 0) + 1
        self.trace(what)

    def trace(self, *what: object) -> None:
        self._trace.update(repr((self.now, *what)).encode())

    def at(self, seconds: float, what: str, agent: int, body: bytes = b"") -> None:
        """Something happens so many seconds from now."""
        self._count += 1
        event = (self.now + round(seconds * 1000), self._count, what, agent, body)
        heapq.heappush(self._events, event)

    # ------------------------------------------------------------------ the collector
    def serve(self, agent: Agent, body: bytes, packed: bool) -> Answer:
        """What the route does with a delivery: `server.routes.reports` without the socket."""
        self.outcome.deliveries += 1
        received = datetime.fromtimestamp(self.now / 1000, UTC)
        try:
            delivery = unpack_delivery(inflate(body) if packed else body)
        except MalformedReport:
            return _refusal("malformed")
        except Refused as refused:
            return _refusal(refused.code)
        dies = not self.calm and self.dice.random() < 0.02
        found: list[Accepted] = []

        def work(connection: sa.Connection) -> None:
            found.append(accept(connection, agent.name, delivery, received))
            if dies:
                raise Killed

        try:
            self.database.write(work)
        except Killed:
            self.mishap("collector killed before commit")
            return self.died(found[0])
        except StoreUnavailable:
            self.mishap("collector's disk full")
            return _refusal("unavailable", 15.0)
        return self.answer(found[0])

    def died(self, found: Accepted) -> Answer:
        """The collector was killed between its decision and the commit."""
        raise NoAnswer("reset", f"killed, knew {found.new}")

    def answer(self, found: Accepted) -> Answer:
        """What an agent is told."""
        if found.refused:
            return _refusal(found.refused)
        rejected = [{"seq": None, "line": x.line, "reason": x.reason} for x in found.rejected]
        acked = [list(run) for run in found.acked]
        return Answer(200, {"acked": acked, "duplicates": found.duplicates, "rejected": rejected})

    def _may_be_full(self, connection: sqlite3.Connection, _record: object) -> None:
        """A disk that is full: SQLite itself then finds no page."""
        if self.full:
            connection.execute("PRAGMA max_page_count = 1").close()

    def fill_disk(self, full: bool) -> None:
        """From now on the collector's disk is full, or is no more."""
        self.full = full
        self.database.engine.dispose()

    # ------------------------------------------------------------------ the line
    def deliver(self, agent: Agent, body: bytes, headers: dict[str, str]) -> Answer:
        """One request over a line that does what it likes."""
        packed = headers.get("Content-Encoding") == "gzip"
        luck = 1.0 if self.calm else self.dice.random()
        self.trace("post", agent.number, hash_of(body), round(luck, 6))
        self.now += self.dice.randrange(5, 400)
        try:
            if luck < 0.10:
                self.mishap("dropped")
                raise NoAnswer("timeout", "nothing came")
            if luck < 0.20:
                self.mishap("answered in vain")
                self.serve(agent, body, packed)
                raise NoAnswer("reset", "the answer was lost")
            if luck < 0.28:
                self.mishap("kept back")
                kind = "late packed" if packed else "late"
                self.at(self.dice.uniform(0, 12), kind, agent.number, body)
                raise NoAnswer("timeout", "under way")
            if luck < 0.32:
                self.mishap("portal")
                return Answer(self.dice.choice((200, 302, 403, 511)))
            if luck < 0.35:
                self.mishap("killed while sending")
                self.serve(agent, body, packed)
                raise Killed
            if luck < 0.42:
                self.mishap("sent twice")
                self.serve(agent, body, packed)
            answer = self.serve(agent, body, packed)
            self.trace("answer", answer.status, answer.body)
            return answer
        finally:
            agent.look_at_the_clock()

    # ------------------------------------------------------------------ running
    def run(self) -> Outcome:
        """A while of everything going wrong, then a calm in which everything must arrive."""
        end = self.now + round(HOURS * 3_600_000)
        for agent in self.agents:
            self.at(self.dice.uniform(0, CADENCE), "measure", agent.number)
            self.at(self.dice.uniform(0, 300), "send", agent.number)
            self.at(self.dice.expovariate(1 / 1500), "trouble", agent.number)
        self.at(self.dice.expovariate(1 / 2000), "full", -1)
        while self._events and self._events[0][0] < end:
            at, _, what, number, body = heapq.heappop(self._events)
            self.now = max(self.now, at)
            agent = self.agents[number]
            try:
                self._happen(what, agent, body)
            except Killed:
                agent.start()
                if what in ("measure", "send"):
                    self.at(self.dice.uniform(1, 60), what, agent.number)
        self._settle()
        self._judge()
        return self.outcome

    def _happen(self, what: str, agent: Agent, body: bytes) -> None:
        self.trace(what, agent.number)
        if what == "measure":
            agent.measure()
            self.at(CADENCE, "measure", agent.number)
        elif what == "send":
            wait = agent.send()
            self.at(max(1.0, min(wait, 2.0 * CADENCE)), "send", agent.number)
        elif what.startswith("late"):
            with contextlib.suppress(NoAnswer):
                self.serve(agent, body, what == "late packed")
        elif what == "trouble":
            self.at(self.dice.expovariate(1 / 900), "trouble", agent.number)
            self._trouble(agent)
        elif what == "full":
            self.fill_disk(not self.full)
            self.at(self.dice.uniform(30, 600) if self.full else 1500.0, "full", -1)

    def _trouble(self, agent: Agent) -> None:
        match self.dice.randrange(6):
            case 0:
                self.mishap("killed")
                agent.start()
            case 1:
                agent.dies_in = self.dice.randrange(1, 40)
            case 2:
                self.mishap("restarted PC")
                agent.boot()
            case 3:
                self.mishap("disk full")
                agent.full_for = self.dice.randrange(1, 60)
            case 4:
                self.mishap("clock set")
                agent.ahead = self.dice.choice(JUMPS)
            case 5:
                self.mishap("sleep")
                later = [
                    e for e in self._events if e[3] == agent.number and e[2] in ("measure", "send")
                ]
                nap = self.dice.randrange(60_000, 1_800_000)
                for event in later:
                    self._events.remove(event)
                    self._events.append((event[0] + nap, *event[1:]))
                heapq.heapify(self._events)

    def _settle(self) -> None:
        self.calm = True
        if self.full:
            self.fill_disk(False)
        for agent in self.agents:
            agent.dies_in = agent.full_for = 0
            for _ in range(200):
                self.now += round(1000 * max(0.1, min(agent.send(), 900.0)))
                held = agent.spool.counts()
                if not held.reports and not held.rounds:
                    break
            else:
                self.outcome.wrong.append(f"agent {agent.number} cannot be emptied: {held}")

    # ------------------------------------------------------------------ judging
    def _judge(self) -> None:
        wrong = self.outcome.wrong
        query = sa.select(reports).order_by(
            reports.c.agent_id, reports.c.incarnation, reports.c.seq
        )
        rows = self.database.read(lambda c: c.execute(query).all())
        states = self.database.read(
            lambda c: dict(c.execute(sa.select(agents.c.id, agents.c.state)).all())
        )
        unpack = zstandard.ZstdDecompressor().decompress
        for agent in self.agents:
            name = f"agent {agent.number}"
            if states[agent.name] != AgentState.ACTIVE:
                wrong.append(f"{name} is {states[agent.name]}")
            seen: dict[tuple[str, int], int] = {}
            breaks: list[int] = []
            previous = NO_HASH
            own = (x for x in rows if x.agent_id == agent.name)
            for seq, row in enumerate(own, 1):
                line = unpack(row.body)
                report = unseal(line)
                self.trace(
                    row.incarnation, row.seq, row.sha256, row.received_at, row.first_at, row.last_at
                )
                if (report.seq, report.previous) != (seq, previous):
                    breaks.append(row.seq)
                previous = hash_of(line)
                for made in report.rounds:
                    key = (report.boot, made.mono)
                    seen[key] = seen.get(key, 0) + 1
                self._judge_place(agent, row, report.rounds)
            if breaks:
                wrong.append(f"{name}: the chain breaks at {breaks[0]}")
            if lost := [k for k in agent.kept if k not in seen]:
                wrong.append(f"{name}: {len(lost)} rounds lost")
            if twice := [k for k, n in seen.items() if n > 1]:
                wrong.append(f"{name}: {len(twice)} rounds twice")
            if strange := [k for k in seen if k not in agent.unsure]:
                wrong.append(f"{name}: {len(strange)} rounds from nowhere")
            self.outcome.rounds += len(agent.kept)
        self.outcome.digest = self._trace.hexdigest()

    def _judge_place(self, agent: Agent, row: sa.Row, rounds: tuple[ProbeRound, ...]) -> None:
        """A round of the boot that sent it lies where it was made, whatever the wall clock says."""
        if row.boot != row.sent_boot or not rounds:
            return
        true = agent.kept.get((row.boot, rounds[0].mono))
        if true is None:
            return
        off = row.first_at.timestamp() * 1000 - true
        if not -2 <= off <= LATEST:
            self.outcome.wrong.append(f"agent {agent.number}: a round is {off / 1000:.0f} s off")


def _refusal(code: str, retry_after: float | None = None) -> Answer:
    return Answer(STATUS[code], {"error": code}, retry_after)


def make_template(path: Path, count: int) -> None:
    """A store with one office and agents 0 … count - 1, the same in every process."""
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    at = datetime.fromtimestamp(START / 1000 - 86_400, UTC)
    rows = [
        {
            "id": f"{n:032x}", "office_code": OFFICE, "token_sha256": n.to_bytes(32), "token_at": at,
            "enrol_nonce": n.to_bytes(32), "created_at": at,
        }
        for n in range(count)
    ]  # fmt: skip
    database.write(lambda c: c.execute(agents.insert(), rows))
    database.close()
