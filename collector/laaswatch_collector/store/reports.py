"""Reports taken in: each stored once, by its key (agent, incarnation, number) and its hash.

    new key                      stored
    known key, same hash         a duplicate: acknowledged again, stored once
    known key, other hash        two histories: nothing of the request counts. The disk of that PC was put
                                 back from a backup, or two copies of it live: a fork (`store.restored`)
    a link to another hash       the same, seen at the seam to the report before or after it

What is held is kept in `chains` for ever, so that a report is known again long after it was packed away or
its time was over. `store_all` is the only way in, for what comes over the network and for what is carried
by hand. The agents' rows are locked first: several collectors may take in one agent's reports.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from statistics import median
from typing import Any

import sqlalchemy as sa

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_collector.evidence.held import MOST_RUNS, Fit, Held
from laaswatch_collector.store.agents import (
    TURNED_AWAY,
    AgentState,
    Heard,
    agent_by_id,
    lock_agents,
    set_state,
    touch_all,
)
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import append, insert_into, raw
from laaswatch_collector.store.chains import Chain, Key, load_chains, save_chains
from laaswatch_collector.store.history import past_hashes, past_offsets
from laaswatch_collector.store.intake import (
    REPORT_COLUMNS,
    STANDING_MS,
    Arrival,
    PlacedReport,
    Prepared,
    PreparedReport,
    RejectedLine,
    Row,
    prepare,
)
from laaswatch_collector.store.office_days import mark_office_days
from laaswatch_collector.store.restored import (
    Conflict,
    continues,
    measured_after,
    measuring_since,
)
from laaswatch_collector.store.schema import gaps, latest_rounds, presence_marks, reports

CHUNK = 400
"""Parameters that one statement may carry on every engine."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A prepared delivery of this agent.

    `token_sha256`: the secret that it came with, if that was looked up a while ago; it must still be good.
    """

    agent: str
    delivery: Prepared
    token_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery; counts once the transaction has been committed.

    `acked`: runs [first, last] of the numbers of this delivery that are held now. `refused` is "" or the
    code of why nothing of it was taken: `agent_suspended`, `fork`, `rollback` if the agent has to go on in a
    new life, or `token` if its secret is another now.
    """

    acked: tuple[tuple[int, int], ...] = ()
    new: int = 0
    duplicates: int = 0
    rejected: tuple[RejectedLine, ...] = ()
    days: frozenset[date] = frozenset()
    refused: str = ""


def accept(
    connection: sa.Connection,
    agent_id: str,
    delivery: Delivery,
    received_at: datetime,
    *,
    live: bool = True,
) -> Accepted:
    """Prepare and store a delivery in one go, in the caller's transaction."""
    prepared = prepare(delivery, received_at, live=live)
    return store_all(connection, [Arrived(agent_id, prepared)])[0]


def store_all(connection: sa.Connection, arrivals: Sequence[Arrived]) -> list[Accepted]:
    """Store deliveries, in their order. Idempotent; a refusal is a value, so that it is kept too."""
    intake = _Intake(connection, arrivals)
    found = [intake.take(arrived) for arrived in arrivals]
    intake.write()
    return found


class _Intake:
    """Some deliveries decided one after the other, then written in a few statements."""

    def __init__(self, connection: sa.Connection, arrivals: Sequence[Arrived]) -> None:
        self._connection = connection
        self._agents = lock_agents(connection, {x.agent for x in arrivals})
        self._chains = load_chains(
            connection, {(x.agent, x.delivery.envelope.incarnation) for x in arrivals}
        )
        self._changed: dict[Key, Chain] = {}
        self._new: dict[tuple[Key, int], bytes] = {}
        self._rows = _Rows()

    def take(self, arrived: Arrived) -> Accepted:
        """Decide one delivery."""
        if refused := self._refusal(arrived):
            return Accepted(refused=refused)
        delivery = arrived.delivery
        key = (arrived.agent, delivery.envelope.incarnation)
        chain = self._chains[key]
        held = Held(chain.held.runs)
        new = self._sort_out(key, held, delivery.reports)
        if isinstance(new, Conflict):
            return self._end_life(arrived, key, new)
        if chain.ended and (late := measured_after(delivery, new, chain.ended)):
            if not continues(chain.held, new, late):
                return Accepted(refused="rollback")
            self._turn_away(arrived, AgentState.FORKED, "fork", seq=late[0].report.seq)
            return Accepted(refused="fork")
        if len(held.runs) > MOST_RUNS:
            self._turn_away(arrived, AgentState.SUSPENDED, "too_many_holes")
            return Accepted(refused="agent_suspended")
        placed = self._place(key, delivery, new)
        if new:
            self._changed[key] = self._chains[key] = replace(chain, held=held)
        for report, place in zip(new, placed, strict=True):
            self._new[key, report.report.seq] = report.sha256
            self._rows.add(arrived.agent, self._agents[arrived.agent].office, place)
        self._rows.add_latest(arrived.agent, placed)
        version = delivery.reports[-1].report.agent_version if delivery.reports else ""
        self._rows.heard.append(Heard(arrived.agent, delivery.received, version))
        return Accepted(
            acked=ranges(report.report.seq for report in delivery.reports),
            new=len(new),
            duplicates=len(delivery.reports) - len(new),
            rejected=delivery.rejected,
            days=frozenset().union(*(place.days for place in placed)),
        )

    def write(self) -> None:
        """Everything that was taken. The days come last: their rows are those that others may wait for."""
        self._rows.write(self._connection)
        save_chains(self._connection, self._changed)
        touch_all(self._connection, self._rows.heard)
        if self._rows.heard:
            newest = max(heard.at for heard in self._rows.heard)
            mark_office_days(self._connection, self._rows.days, newest)

    def _refusal(self, arrived: Arrived) -> str:
        agent = self._agents.get(arrived.agent)
        if agent is None or agent.state in TURNED_AWAY:
            return "agent_suspended"
        if arrived.token_sha256 not in (None, agent.token_sha256):
            return "token"
        return "fork" if agent.state is AgentState.FORKED else ""

    def _end_life(self, arrived: Arrived, key: Key, conflict: Conflict) -> Accepted:
        """Another history began: after this one had ended, or beside it."""
        append(self._connection, reports, ("agent_id", *REPORT_COLUMNS), self._rows.reports)
        self._rows.reports.clear()  # one that came a moment ago may be the one that it contradicts
        seq = conflict.report.report.seq
        since = measuring_since(self._connection, key, arrived.delivery, conflict)
        if since is None:
            self._turn_away(arrived, AgentState.FORKED, "fork", seq=seq)
            return Accepted(refused="fork")
        chain, ended = self._chains[key], datetime.fromtimestamp(since / 1000, UTC)
        if chain.ended is None:
            self._write_down(arrived, "rollback", seq=seq)
        self._changed[key] = self._chains[key] = replace(chain, ended=ended)
        return Accepted(refused="rollback")

    def _sort_out(
        self, key: Key, held: Held, delivered: Sequence[PreparedReport]
    ) -> list[PreparedReport] | Conflict:
        """The reports that are new, added to `held`; or the first that contradicts what is held."""
        numbers = [x.report.seq for x in delivered if x.report.seq in held]
        known = self._hashes(key, numbers) if numbers else {}
        new: list[PreparedReport] = []
        for x in delivered:
            seq, sha256 = x.report.seq, x.sha256.hex()
            fit = held.fit(seq, sha256, x.report.previous)
            # What is held but can be looked up no more was compared when it could be.
            if fit is Fit.FORK or (fit is Fit.KNOWN and known.get(seq, x.sha256) != x.sha256):
                first, last = held.against(seq, x.report.previous)
                return Conflict(x, first, last, any(n.report.seq == first for n in new))
            if fit is Fit.NEW:
                held.add(seq, sha256, x.report.previous)
                known[seq] = x.sha256
                new.append(x)
        return new

    def _hashes(self, key: Key, numbers: Sequence[int]) -> dict[int, bytes]:
        """By number, the hash of what is held of these."""
        found = {n: self._new[key, n] for n in numbers if (key, n) in self._new}
        wanted = sorted(set(numbers) - found.keys())
        for i in range(0, len(wanted), CHUNK):
            what = {"agent": key[0], "incarnation": key[1], "numbers": wanted[i : i + CHUNK]}
            rows = self._connection.execute(_HASHES, what)
            found.update((row.seq, bytes(row.sha256)) for row in rows)
        if packed := set(numbers) - found.keys():
            found |= past_hashes(self._connection, *key, packed)
        return found

    def _place(
        self, key: Key, delivery: Prepared, new: Sequence[PreparedReport]
    ) -> list[PlacedReport]:
        """Put the new reports on our clock, by what this delivery and those before tell of the PC's."""
        chain, envelope, received_ms = self._chains[key], delivery.envelope, delivery.received_ms
        if delivery.live and delivery.reports:
            own = [x.report.seq for x in delivery.reports if x.report.boot == envelope.boot]
            chain.boots.learn(
                envelope.boot,
                min(own) if own else max(x.report.seq for x in delivery.reports) + 1,
                sent_ms=envelope.sent,
                sent_mono_ms=envelope.mono,
                received_ms=received_ms,
            )
            self._changed[key] = chain
        arrival = Arrival(envelope, received_ms)
        return [x.placed or arrival.place(x, chain.boots) for x in new]

    def _turn_away(self, arrived: Arrived, state: AgentState, why: str, **detail: int) -> None:
        now, agent = arrived.delivery.received, arrived.agent
        set_state(self._connection, agent, state, who="collector", now=now)
        self._agents[agent] = replace(self._agents[agent], state=state)
        self._write_down(arrived, why, **detail)

    def _write_down(self, arrived: Arrived, why: str, **detail: int) -> None:
        now, agent = arrived.delivery.received, arrived.agent
        life = arrived.delivery.envelope.incarnation
        record(self._connection, now, agent, "send_reports", agent, why, incarnation=life, **detail)


@dataclass(slots=True)
class _Rows:
    """What is to be written of the deliveries taken so far."""

    reports: list[tuple[Any, ...]] = field(default_factory=list)
    marks: list[Row] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)
    latest: list[Row] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    days: set[tuple[date, str]] = field(default_factory=set)

    def add(self, agent: str, office: str, placed: PlacedReport) -> None:
        self.reports.append((agent, *placed.row))
        self.marks += [mark | {"agent_id": agent} for mark in placed.marks]
        self.gaps += [gap | {"agent_id": agent} for gap in placed.gaps]
        self.days |= {(day, office) for day in placed.days}

    def add_latest(self, agent: str, found: Sequence[PlacedReport]) -> None:
        """The two newest, the older first: the newest may leave standing what the one before found."""
        timed = [(x.newest, n) for n, x in enumerate(found) if x.newest is not None]
        self.latest += [found[n].latest() | {"agent_id": agent} for _, n in sorted(timed)[-2:]]

    def write(self, connection: sa.Connection) -> None:
        dialect = connection.dialect.name
        append(connection, reports, ("agent_id", *REPORT_COLUMNS), self.reports)
        if self.marks:
            # A mark may be told again by the next report; the journal keeps it once.
            connection.execute(_keep_marks(dialect), self.marks)
        if self.gaps:
            connection.execute(_KEEP_GAPS, self.gaps)
        if self.latest:
            connection.execute(_renew_latest(dialect), self.latest)


def ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Whole numbers as the fewest (first, last) runs, ascending."""
    runs: list[tuple[int, int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return tuple(runs)


def moment_of_export(
    connection: sa.Connection, agent_id: str, envelope: Envelope, now: datetime
) -> datetime:
    """When a delivery carried by hand was written, on our clock: its rounds are placed from there.

    The PC's clock says it, less what that clock was off in its last reports; never later than now. A
    clock that says a time before the agent was enrolled is not believed.
    """
    rows = connection.execute(
        sa.select(reports.c.sent_ms, reports.c.received_at)
        .where(reports.c.agent_id == agent_id)
        .order_by(reports.c.id.desc())
        .limit(20)
    )
    offsets = [row.sent_ms - row.received_at.timestamp() * 1000 for row in rows]
    offsets += past_offsets(connection, agent_id, 20 - len(offsets)) if len(offsets) < 20 else []
    ahead = median(offsets) if len(offsets) >= 3 and abs(median(offsets)) > 5_000 else 0
    written_ms = envelope.sent - ahead
    if not 0 <= written_ms <= now.timestamp() * 1000:
        return now
    written = datetime.fromtimestamp(written_ms / 1000, UTC)
    agent = agent_by_id(connection, agent_id)
    return now if agent is None or written < agent.created else written


# Building a statement costs more than running it, so those of the hot path are built once.
_HASHES = (
    sa.select(reports.c.seq, reports.c.sha256)
    .where(reports.c.agent_id == sa.bindparam("agent"))
    .where(reports.c.incarnation == sa.bindparam("incarnation"))
    .where(reports.c.seq.in_(sa.bindparam("numbers", expanding=True)))
)
_KEEP_GAPS = gaps.insert().values({k: v for k, v in raw(gaps).items() if k != "id"})


@cache
def _keep_marks(dialect: str) -> sa.Insert:
    return insert_into(presence_marks, dialect).values(raw(presence_marks)).on_conflict_do_nothing()


@cache
def _renew_latest(dialect: str) -> sa.Insert:
    """The newest round by time, not by arrival; one that spared the site keeps what was found before it."""
    statement = insert_into(latest_rounds, dialect).values(raw(latest_rounds))
    new, held = statement.excluded, latest_rounds.c
    stands = sa.and_(new.asked_at.is_(None), _ms(held.asked_at) >= _ms(new.at) - STANDING_MS)
    return statement.on_conflict_do_update(
        index_elements=["agent_id"],
        set_={name: new[name] for name in ("at", "received_at", "cadence")}
        | {
            name: sa.case((stands, held[name]), else_=new[name])
            for name in ("fault", "rule", "layers", "also", "asked_at")
        },
        where=latest_rounds.c.at <= statement.excluded.at,
    )


def _ms(time: "sa.ColumnElement[datetime | None]") -> sa.ColumnElement[int]:
    """A time as the whole milliseconds that it is stored as, to reckon with."""
    return sa.type_coerce(time, sa.BigInteger)
