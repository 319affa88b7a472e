"""Sealing: rounds that wait become numbered, chained reports. Runs inside its caller's transaction."""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from laaswatch_agent import __version__
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import (
    MAX_GAPS,
    MAX_MARKS,
    MalformedReport,
    seal,
    unpack_round,
    unseal,
)
from laaswatch_agent.report.model import NO_HASH, Gap, PresenceMark, ProbeRound, Report
from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_agent.spool_rows import add_gap, remember, set_aside
from laaswatch_agent.spool_tables import (
    RESTORABLE,
    Unreadable,
    checksum,
    compress,
    recall,
    restore,
)

T = TypeVar("T")

ROUNDS_A_REPORT = 100
BYTES_A_REPORT = 150 * 1024


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for every round of one report: rounds of different circumstances are sealed apart."""

    boot: str
    cadence: float
    rules: str
    decides: str = "login"


@dataclass(frozen=True, slots=True)
class Chain:
    """The head of the chain: the number of the next report, and the hash of the last one."""

    incarnation: str
    seq: int
    previous: str

    @classmethod
    def fresh(cls) -> "Chain":
        """The beginning of a new life."""
        return cls(secrets.token_hex(8), 1, NO_HASH)

    def text(self) -> str:
        """As kept in the spool, with a check sum: a wrong number here would fork the chain."""
        plain = f"{self.incarnation} {self.seq} {self.previous}"
        return f"{plain} {hash_of(plain.encode())}"


def chain_of(c: sqlite3.Connection) -> Chain:
    """The head of the chain; a new incarnation where there is none, or none that can be believed."""
    parts = (recall(c, "chain") or "").split(" ")
    if len(parts) == 4 and hash_of(" ".join(parts[:3]).encode()) == parts[3]:
        return Chain(parts[0], int(parts[1]), parts[2])
    chain = Chain.fresh()
    remember(c, {"chain": chain.text()})
    return chain


def seal_waiting(c: sqlite3.Connection, made: int, *, beacon: str, marks_alone: bool) -> int | None:
    """Make one report of what waits; its number, or None (see `Spool.seal`)."""
    ids, rounds, stamp = _take_rounds(c)
    mark_ids, marks = _taken(c, "marks", "kind, at, boot, until", MAX_MARKS, _mark)
    if stamp is None and marks_alone and marks:
        stamp = recall(c, "circumstances")
    if stamp is None:
        return None
    gap_ids, gaps = _taken(c, "gaps", "rounds, first_at, last_at, why", MAX_GAPS, _gap)
    chain = chain_of(c)
    now = Circumstances(**json.loads(stamp))
    report = replace(report_of(chain, now, made, rounds, marks), gaps=gaps, beacon=beacon)
    # Each part was sound when it came in; where a bit fell over on the disk, rounds go first.
    for tried in (report, replace(report, presence=(), gaps=())):
        with contextlib.suppress(MalformedReport):
            append(c, tried, chain)
            break
    else:
        if rounds:
            add_gap(c, Gap(len(rounds), rounds[0].at, rounds[-1].at, "unreadable"))
    for table, taken in (("rounds", ids), ("marks", mark_ids), ("gaps", gap_ids)):
        c.executemany(f"DELETE FROM {table} WHERE id = ?", [(x,) for x in taken])  # noqa: S608 - constants
    return chain.seq


def _take_rounds(c: sqlite3.Connection) -> tuple[list[int], tuple[ProbeRound, ...], str | None]:
    """The oldest rounds that may share a report: their row numbers, the rounds, their stamp."""
    ids: list[int] = []
    rounds: list[ProbeRound] = []
    stamp: str | None = None
    size = 0
    for id_, at, circumstances, body in c.execute(
        "SELECT id, at, circumstances, body FROM rounds ORDER BY id LIMIT ?", (ROUNDS_A_REPORT,)
    ).fetchall():
        size += len(body)
        if rounds and (circumstances != stamp or size > BYTES_A_REPORT):
            break
        try:
            Circumstances(**json.loads(circumstances))
            rounds.append(unpack_round(body))
        except (ValueError, TypeError, AttributeError) as error:
            set_aside(c, at, str(error), body)
            add_gap(c, Gap(1, at, at, "unreadable"))
            c.execute("DELETE FROM rounds WHERE id = ?", (id_,))
            continue
        ids.append(id_)
        stamp = circumstances
    return ids, tuple(rounds), stamp


def append(c: sqlite3.Connection, report: Report, chain: Chain) -> None:
    """Store a report at the head of the chain, and move the head."""
    line = seal(report)
    unseal(line)  # the collector's own reader must accept it
    body = compress(line)
    times = [r.at for r in report.rounds] or [report.made]
    c.execute(
        "INSERT INTO sealed"
        " (incarnation, seq, checksum, rounds, first_at, last_at, bytes, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            chain.incarnation,
            report.seq,
            checksum(chain.incarnation, report.seq, line),
            len(report.rounds),
            min(times),
            max(times),
            len(body),
            body,
        ),
    )
    remember(c, {"chain": replace(chain, seq=chain.seq + 1, previous=hash_of(line)).text()})


def evict(c: sqlite3.Connection, most_bytes: int, most_rounds: int) -> None:
    """Oldest first, until the caps hold; the newest report always stays."""
    size, rounds = c.execute("SELECT TOTAL(bytes), TOTAL(rounds) FROM sealed").fetchone()
    while size > most_bytes or rounds > most_rounds:
        row = c.execute(
            "SELECT id, rounds, first_at, last_at, bytes FROM sealed"
            " WHERE id < (SELECT MAX(id) FROM sealed) ORDER BY id LIMIT 1"
        ).fetchone()
        if row is None:
            return
        with contextlib.suppress(Unreadable, MalformedReport):
            for gap in unseal(_line(c, row[0])).gaps:
                add_gap(c, gap)  # what it had to tell of earlier losses is told again
        c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))
        add_gap(c, Gap(row[1], row[2], row[3], "spool_full"))
        size, rounds = size - row[4], rounds - row[1]


def reseal_from(c: sqlite3.Connection, incarnation: str, first: int) -> str:
    """Seal waiting reports again in a new life (see `Spool.reseal`); its name."""
    remember(c, {"chain": Chain.fresh().text()})
    for row in c.execute(
        f"SELECT {RESTORABLE} FROM sealed WHERE incarnation = ? AND seq >= ? ORDER BY seq",  # noqa: S608 - a constant
        (incarnation, first),
    ).fetchall():
        with contextlib.suppress(Unreadable):  # left as it is: `pending` sets it aside
            old = restore(row)
            head = chain_of(c)
            report = replace(unseal(old.line), seq=head.seq, previous=head.previous)
            c.execute("DELETE FROM sealed WHERE id = ?", (old.id,))
            append(c, report, head)
    return chain_of(c).incarnation


def report_of(
    chain: Chain,
    now: Circumstances,
    made: int,
    rounds: tuple[ProbeRound, ...],
    marks: tuple[PresenceMark, ...],
) -> Report:
    """A report of these parts, numbered and linked by `chain`."""
    return Report(
        seq=chain.seq,
        previous=chain.previous,
        boot=now.boot,
        made=made,
        cadence=now.cadence,
        rules=now.rules,
        agent_version=__version__,
        rounds=rounds,
        presence=marks,
        decides=now.decides,
    )


def _taken(
    c: sqlite3.Connection, table: str, columns: str, most: int, make: Callable[..., T]
) -> tuple[list[int], tuple[T, ...]]:
    """Row numbers and values of the oldest rows; a row that makes no value any more is only numbered."""
    ids: list[int] = []
    values: list[T] = []
    for id_, *row in c.execute(f"SELECT id, {columns} FROM {table} ORDER BY id LIMIT {most}"):  # noqa: S608 - constants
        ids.append(id_)
        with contextlib.suppress(ValueError, TypeError):
            values.append(make(*row))
    return ids, tuple(values)


def _mark(kind: str, at: int, boot: str, until: int | None) -> PresenceMark:
    return PresenceMark(PresenceKind(kind), int(at), boot, None if until is None else int(until))


def _line(c: sqlite3.Connection, id_: int) -> bytes:
    row = c.execute(f"SELECT {RESTORABLE} FROM sealed WHERE id = ?", (id_,)).fetchone()  # noqa: S608 - a constant
    return restore(row).line


def _gap(rounds: int, first_at: int, last_at: int, why: str) -> Gap:
    return Gap(int(rounds), int(first_at), int(last_at), why)
