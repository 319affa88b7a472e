"""The durable queue between measuring and sending: nothing that `add_round` took is ever lost to a kill.

SQLite in WAL mode with `synchronous=FULL`: when a method returns, the disk has it. One connection, one
lock, one process (`SpoolInUse`). A spool that cannot be read is put aside and salvaged
(`spool_salvage`); a full disk costs counted rounds, never the agent: what could not be kept is reported
as a gap as soon as the disk takes it.
"""

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from laaswatch_agent import __version__
from laaswatch_agent.host.lock import FileLock, Held
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import (
    MAX_GAPS,
    MAX_MARKS,
    MAX_REPORTS,
    MalformedReport,
    pack_round,
    seal,
    unpack_round,
    unseal,
)
from laaswatch_agent.report.model import NO_HASH, Gap, PresenceMark, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Fault, PresenceKind
from laaswatch_agent.spool_salvage import COLUMNS, carry_over, put_aside
from laaswatch_agent.spool_tables import (
    FILE_NAME,
    RESTORABLE,
    SCHEMA_VERSION,
    TABLES,
    Sealed,
    SpoolCounts,
    Unreadable,
    checksum,
    compress,
    counts,
    recall,
    recall_json,
    recent,
    restore,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the spool may hold.

    `rounds` is thirty days of measuring every 30 s without a pause. It is counted in rounds, not by the
    wall clock: a clock that jumps 543 years must not empty the spool.
    """

    bytes: int = 64 * 1024 * 1024
    rounds: int = 30 * 24 * 3600 // 30
    ballast: int = 4 * 1024 * 1024
    recent: int = 2000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for every round of one report: rounds of different circumstances are sealed apart."""

    boot: str
    cadence: float
    rules: str
    decides: str = "login"


class SpoolInUse(RuntimeError):
    """Another agent works on this spool."""


class SpoolFailed(RuntimeError):
    """The disk did not take it; nothing that was there before is harmed."""


ROUNDS_A_REPORT = 100
BYTES_A_REPORT = 150 * 1024


class Spool:
    """The spool in `folder`. Safe to use from several threads of one process."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self._limits = limits or Limits()
        self._guard = threading.RLock()
        self._missed: Gap | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._lock = FileLock(folder / "spool.lock")
        except Held as error:
            raise SpoolInUse(
                f"มีโปรแกรม laaswatch-agent อีกตัวทำงานอยู่กับโฟลเดอร์ {folder} "
                f"· another laaswatch-agent already works on {folder}"
            ) from error
        try:
            self._connection = self._open()
        except BaseException:
            self._lock.release()
            raise
        self._restore_ballast()

    def close(self) -> None:
        """Leave the spool to the next process."""
        with self._guard:
            self._connection.close()
            self._lock.release()

    # ------------------------------------------------------------------ taking in
    def add_round(
        self,
        one: ProbeRound,
        circumstances: Circumstances,
        marks: Sequence[PresenceMark] = (),
        remember: dict[str, str] | None = None,
    ) -> bool:
        """Keep one round, with marks and notes, in one transaction; False = the disk refused (counted)."""
        body = pack_round(one)
        stamp = json.dumps(asdict(circumstances), sort_keys=True)
        try:  # what the collector would refuse must not stand in the queue
            trial = _report(_Chain("", 1, NO_HASH), circumstances, one.at, (one,), tuple(marks))
            unseal(seal(trial))
            malformed = ""
        except MalformedReport as error:
            malformed = str(error)

        def work(c: sqlite3.Connection) -> None:
            if malformed:
                self._set_aside(c, one.at, malformed, body)
                _add_gap(c, Gap(1, one.at, one.at, "malformed"))
            else:
                c.execute(
                    "INSERT OR IGNORE INTO rounds (boot, mono, at, circumstances, body)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (circumstances.boot, one.mono, one.at, stamp, body),
                )
                _add_marks(c, marks)
                _remember(c, {"circumstances": stamp})
            _remember(c, remember or {})
            c.execute("INSERT INTO recent (at, fault) VALUES (?, ?)", (one.at, one.fault))
            c.execute(
                "DELETE FROM recent WHERE id <= (SELECT MAX(id) FROM recent) - ?",
                (self._limits.recent,),
            )
            self._report_missed(c)

        try:
            self._write(work)
        except SpoolFailed:
            with self._guard:
                self._missed = _joined(self._missed, Gap(1, one.at, one.at, "disk_refused"))
            return False
        self._missed = None
        return True

    def add_mark(self, mark: PresenceMark) -> bool:
        """Keep one presence mark; False = the disk refused."""
        try:
            self._write(lambda c: _add_marks(c, (mark,)))
        except SpoolFailed:
            return False
        return True

    def remember(self, **notes: str) -> bool:
        """Keep notes under their names (the last contact, the collector's settings, …)."""
        try:
            self._write(lambda c: _remember(c, notes))
        except SpoolFailed:
            return False
        return True

    # ------------------------------------------------------------------ sealing
    def seal(self, made: int, *, beacon: str = "", marks_alone: bool = False) -> int | None:
        """Number and chain what waits; the new report's seq, or None where there was nothing to seal.

        Takes rounds of one set of circumstances, at most `ROUNDS_A_REPORT`: call until None. Marks and
        gaps travel with rounds; `marks_alone` seals them without (at a clean stop). Raises SpoolFailed.
        """
        return self._write(lambda c: self._seal(c, made, beacon, marks_alone))

    def _seal(self, c: sqlite3.Connection, made: int, beacon: str, marks_alone: bool) -> int | None:
        ids, rounds, stamp = self._take_rounds(c)
        mark_ids, marks = _taken(c, "marks", "kind, at, boot, until", MAX_MARKS, _mark)
        if stamp is None and marks_alone and marks:
            stamp = recall(c, "circumstances")
        if stamp is None:
            return None
        gap_ids, gaps = _taken(c, "gaps", "rounds, first_at, last_at, why", MAX_GAPS, _gap)
        chain = _chain(c)
        now = Circumstances(**json.loads(stamp))
        report = replace(_report(chain, now, made, rounds, marks), gaps=gaps, beacon=beacon)
        # Each part was sound when it came in; where a bit fell over on the disk, rounds go first.
        for tried in (report, replace(report, presence=(), gaps=())):
            with contextlib.suppress(MalformedReport):
                self._append(c, tried, chain)
                break
        else:
            if rounds:
                _add_gap(c, Gap(len(rounds), rounds[0].at, rounds[-1].at, "unreadable"))
        for table, taken in (("rounds", ids), ("marks", mark_ids), ("gaps", gap_ids)):
            c.executemany(f"DELETE FROM {table} WHERE id = ?", [(x,) for x in taken])  # noqa: S608 - constants
        self._evict(c)
        return chain.seq

    def _take_rounds(
        self, c: sqlite3.Connection
    ) -> tuple[list[int], tuple[ProbeRound, ...], str | None]:
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
                self._set_aside(c, at, str(error), body)
                _add_gap(c, Gap(1, at, at, "unreadable"))
                c.execute("DELETE FROM rounds WHERE id = ?", (id_,))
                continue
            ids.append(id_)
            stamp = circumstances
        return ids, tuple(rounds), stamp

    def _append(self, c: sqlite3.Connection, report: Report, chain: "_Chain") -> None:
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
        _remember(c, {"chain": replace(chain, seq=chain.seq + 1, previous=hash_of(line)).text()})

    def _evict(self, c: sqlite3.Connection) -> None:
        """Oldest first, until the caps hold; the newest report always stays."""
        size, rounds = c.execute("SELECT TOTAL(bytes), TOTAL(rounds) FROM sealed").fetchone()
        while size > self._limits.bytes or rounds > self._limits.rounds:
            row = c.execute(
                "SELECT id, rounds, first_at, last_at, bytes FROM sealed"
                " WHERE id < (SELECT MAX(id) FROM sealed) ORDER BY id LIMIT 1"
            ).fetchone()
            if row is None:
                return
            with contextlib.suppress(Unreadable, MalformedReport):
                for gap in unseal(_line(c, row[0])).gaps:
                    _add_gap(c, gap)  # what it had to tell of earlier losses is told again
            c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))
            _add_gap(c, Gap(row[1], row[2], row[3], "spool_full"))
            size, rounds = size - row[4], rounds - row[1]

    # ------------------------------------------------------------------ giving out
    @property
    def incarnation(self) -> str:
        """The name of this life of the spool."""
        return self._write(_chain).incarnation

    def pending(
        self,
        limit_bytes: int,
        *,
        newest_first: bool = False,
        most: int = MAX_REPORTS,
        leave_out: Container[tuple[str, int]] = (),
    ) -> list[Sealed]:
        """Reports of one incarnation to send now, at most `limit_bytes` of lines, in order of number.

        At least one is returned where any waits that is not in `leave_out` ((incarnation, seq)). A stored report that no longer has its hash is set
        aside and counted as a gap.
        """
        order = "DESC" if newest_first else "ASC"
        chosen: list[Sealed] = []
        damaged: list[tuple[str, int, str]] = []

        def work(c: sqlite3.Connection) -> None:
            chosen.clear()
            damaged.clear()
            size = 0
            for row in c.execute(f"SELECT {RESTORABLE} FROM sealed ORDER BY id {order}"):  # noqa: S608 - constants
                try:
                    found = restore(row)
                except Unreadable as error:
                    damaged.append((row[1], row[2], str(error)))
                    continue
                if (found.incarnation, found.seq) in leave_out:
                    continue
                size += len(found.line) + 1
                other_life = chosen and found.incarnation != chosen[0].incarnation
                if chosen and (size > limit_bytes or other_life or len(chosen) == most):
                    return
                chosen.append(found)

        self._read(work)
        for incarnation, seq, reason in damaged:
            self.quarantine(incarnation, seq, reason)
        return sorted(chosen, key=lambda s: s.seq)

    def delete_acked(self, incarnation: str, ranges: Iterable[tuple[int, int]]) -> int:
        """Forget what the collector has: reports whose number is in one of the closed `ranges`."""
        wanted = list(ranges)

        def work(c: sqlite3.Connection) -> int:
            return sum(
                c.execute(
                    "DELETE FROM sealed WHERE incarnation = ? AND seq BETWEEN ? AND ?",
                    (incarnation, first, last),
                ).rowcount
                for first, last in wanted
            )

        deleted = self._write(work)
        self._restore_ballast()
        return deleted

    def quarantine(self, incarnation: str, seq: int, reason: str) -> None:
        """Set one report aside, never to be sent again, and count its rounds as a gap."""

        def work(c: sqlite3.Connection) -> None:
            row = c.execute(
                "SELECT id, rounds, first_at, last_at, body FROM sealed"
                " WHERE incarnation = ? AND seq = ?",
                (incarnation, seq),
            ).fetchone()
            if row is not None:
                self._set_aside(c, row[2], reason, row[4])
                _add_gap(c, Gap(row[1], row[2], row[3], "refused"))
                c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))

        self._write(work)

    def reseal(self, incarnation: str, first: int) -> str:
        """Seal the waiting reports numbered `first` and up of one life again, in a new one; its name.

        Their numbers are taken at the collector by another history of this PC (a restored or copied
        disk). The rounds are true nonetheless, and a new incarnation keeps the two histories apart.
        Each report names the hash of the one before, so after one that differs all others do.
        """

        def work(c: sqlite3.Connection) -> str:
            _remember(c, {"chain": _Chain.fresh().text()})
            for row in c.execute(
                f"SELECT {RESTORABLE} FROM sealed WHERE incarnation = ? AND seq >= ? ORDER BY seq",  # noqa: S608 - constants
                (incarnation, first),
            ).fetchall():
                with contextlib.suppress(Unreadable):  # left as it is: `pending` sets it aside
                    old = restore(row)
                    head = _chain(c)
                    report = replace(unseal(old.line), seq=head.seq, previous=head.previous)
                    c.execute("DELETE FROM sealed WHERE id = ?", (old.id,))
                    self._append(c, report, head)
            return _chain(c).incarnation

        return self._write(work)

    def counts(self) -> SpoolCounts:
        """What the spool holds."""
        return self._read(counts)

    def recall(self, key: str) -> str | None:
        """What was remembered under `key`."""
        return self._read(lambda c: recall(c, key))

    def recall_json(self, key: str) -> dict[str, Any]:
        """What was remembered under `key` as a JSON object, or {}."""
        return self._read(lambda c: recall_json(c, key))

    def recent(self, since: int) -> list[tuple[int, Fault]]:
        """(wall clock ms, fault) of this PC's own rounds since `since`."""
        return self._read(lambda c: recent(c, since))

    # ------------------------------------------------------------------ the database
    def _open(self) -> sqlite3.Connection:
        """A sound connection, whatever was on the disk."""
        try:
            return self._connect()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise
        return self._salvage()

    def _salvage(self) -> sqlite3.Connection:
        damaged = put_aside(self.folder)
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")
        carry_over(damaged, connection)
        (low, high) = connection.execute(
            "SELECT COALESCE(MIN(first_at), 0), COALESCE(MAX(last_at), 0) FROM sealed"
        ).fetchone()
        # How many rounds the damage cost cannot be known: 0 counted, and the reason says why.
        _add_gap(connection, Gap(0, low, high or round(time.time() * 1000), "spool_damaged"))
        connection.execute("COMMIT")
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.folder / FILE_NAME, timeout=5, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute(f"PRAGMA journal_size_limit = {4 * 1024 * 1024}")
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES.split(";"):
                connection.execute(statement)
            _remember(connection, {"schema": str(SCHEMA_VERSION)})
            _chain(connection)
            connection.execute("COMMIT")
            _examine(connection)
            if os.name != "nt":
                (self.folder / FILE_NAME).chmod(0o600)
        except BaseException:
            connection.close()
            raise
        return connection

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._guarded(lambda: work(self._connection))

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._guarded(lambda: self._transaction(work))

    def _guarded(self, act: Callable[[], T]) -> T:
        """Do it; where the disk is full or the file damaged, mend and try once more."""
        with self._guard:
            try:
                return act()
            except sqlite3.Error as error:
                self._mend(error)
            try:
                return act()
            except sqlite3.Error as error:
                raise SpoolFailed(f"the spool did not take it: {error}") from error

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        return result

    def _mend(self, error: sqlite3.Error) -> None:
        """Make the second try worth it: room from the ballast, or a connection that read the disk anew.

        After a failed commit nothing in memory is believed: what the file holds is what was kept.
        """
        if _code(error) == sqlite3.SQLITE_FULL and self._drop_ballast():
            return
        self._connection.close()
        try:
            self._connection = self._salvage() if _is_damage(error) else self._open()
        except (sqlite3.Error, OSError) as again:
            # The closed connection stays: every later call fails, mends, and finds the disk back.
            raise SpoolFailed(f"the spool cannot be opened: {again}") from error

    def _report_missed(self, c: sqlite3.Connection) -> None:
        if self._missed is not None:
            _add_gap(c, self._missed)

    def _set_aside(self, c: sqlite3.Connection, at: int, reason: str, body: bytes) -> None:
        c.execute(
            "INSERT INTO quarantine (at, reason, body) VALUES (?, ?, ?)", (at, reason[:200], body)
        )
        c.execute("DELETE FROM quarantine WHERE id <= (SELECT MAX(id) FROM quarantine) - 100")

    # ------------------------------------------------------------------ ballast
    def _drop_ballast(self) -> bool:
        """Give the file system back the room kept for this moment: even a deletion needs some."""
        ballast = self.folder / "ballast"
        try:
            ballast.unlink()
        except OSError:
            return False
        return True

    def _restore_ballast(self) -> None:
        ballast = self.folder / "ballast"
        size = self._limits.ballast
        with contextlib.suppress(OSError):
            if size and not ballast.exists() and shutil.disk_usage(self.folder).free > 8 * size:
                ballast.write_bytes(b"\0" * size)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The head of the chain: the number of the next report, and the hash of the last one."""

    incarnation: str
    seq: int
    previous: str

    @classmethod
    def fresh(cls) -> "_Chain":
        return cls(secrets.token_hex(8), 1, NO_HASH)

    def text(self) -> str:
        """As kept in the spool, with a check sum: a wrong number here would fork the chain."""
        plain = f"{self.incarnation} {self.seq} {self.previous}"
        return f"{plain} {hash_of(plain.encode())}"


def _chain(c: sqlite3.Connection) -> _Chain:
    """The head of the chain; a new incarnation where there is none, or none that can be believed."""
    parts = (recall(c, "chain") or "").split(" ")
    if len(parts) == 4 and hash_of(" ".join(parts[:3]).encode()) == parts[3]:
        return _Chain(parts[0], int(parts[1]), parts[2])
    chain = _Chain.fresh()
    _remember(c, {"chain": chain.text()})
    return chain


def _report(
    chain: _Chain,
    now: Circumstances,
    made: int,
    rounds: tuple[ProbeRound, ...],
    marks: tuple[PresenceMark, ...],
) -> Report:
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


def _examine(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where pages or columns are not what they were."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {verdict}")
    for table, columns in COLUMNS.items():
        connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - constants


def _remember(c: sqlite3.Connection, notes: dict[str, str]) -> None:
    c.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(notes.items()))


def _add_marks(c: sqlite3.Connection, marks: Sequence[PresenceMark]) -> None:
    c.executemany(
        "INSERT INTO marks (kind, at, boot, until) VALUES (?, ?, ?, ?)",
        [(m.kind, m.at, m.boot, m.until) for m in marks],
    )


def _add_gap(c: sqlite3.Connection, gap: Gap) -> None:
    """Count a gap; one still waiting for the same reason is widened instead of a second one made."""
    row = c.execute(
        "SELECT id, rounds, first_at, last_at FROM gaps WHERE why = ?", (gap.why,)
    ).fetchone()
    if row is None:
        c.execute(
            "INSERT INTO gaps (rounds, first_at, last_at, why) VALUES (?, ?, ?, ?)",
            (gap.rounds, gap.first_at, gap.last_at, gap.why),
        )
        return
    whole = _joined(Gap(row[1], row[2], row[3], gap.why), gap)
    c.execute(
        "UPDATE gaps SET rounds = ?, first_at = ?, last_at = ? WHERE id = ?",
        (whole.rounds, whole.first_at, whole.last_at, row[0]),
    )


def _joined(one: Gap | None, other: Gap) -> Gap:
    if one is None:
        return other
    return Gap(
        one.rounds + other.rounds,
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
        other.why,
    )


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code


def _is_damage(error: sqlite3.Error) -> bool:
    """Could only a changed file have caused this? (Codes that sound statements never meet.)"""
    return not isinstance(error, sqlite3.ProgrammingError) and _code(error) in (
        0,  # raised by the driver or by us: text that is not UTF-8, a failed check
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_NOTADB,
    )
