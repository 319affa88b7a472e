"""The durable queue between measuring and sending: nothing that `add_round` took is ever lost to a kill.

SQLite in WAL mode with `synchronous=FULL`: when a method returns, the disk has it. One connection, one
lock, one process (`SpoolInUse`). A spool that cannot be read is put aside and salvaged
(`spool_salvage`); a full disk costs counted rounds, never the agent: what could not be kept is reported
as a gap as soon as the disk takes it.
"""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from laaswatch_agent.host.files import make_private_folder
from laaswatch_agent.host.lock import FileLock, Held
from laaswatch_agent.report.codec import MAX_REPORTS, MalformedReport, pack_round, seal, unseal
from laaswatch_agent.report.model import NO_HASH, Gap, PresenceMark, ProbeRound
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.spool_rows import add_gap, add_marks, joined, remember, set_aside
from laaswatch_agent.spool_salvage import COLUMNS, carry_over, put_aside
from laaswatch_agent.spool_sealing import (
    Chain,
    Circumstances,
    chain_of,
    evict,
    report_of,
    reseal_from,
    seal_waiting,
)
from laaswatch_agent.spool_tables import (
    FILE_NAME,
    RESTORABLE,
    SCHEMA_VERSION,
    TABLES,
    Sealed,
    SpoolCounts,
    Unreadable,
    counts,
    recall,
    recall_json,
    recent,
    restore,
)

__all__ = ["Circumstances", "Limits", "Spool", "SpoolFailed", "SpoolInUse"]

T = TypeVar("T")
log = logging.getLogger(__name__)


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


class SpoolInUse(RuntimeError):
    """Another agent works on this spool."""


class SpoolFailed(RuntimeError):
    """The disk did not take it; nothing that was there before is harmed."""


class Spool:
    """The spool in `folder`. Safe to use from several threads of one process."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self._limits = limits or Limits()
        self._guard = threading.RLock()
        self._missed: Gap | None = None
        make_private_folder(folder)
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
        notes: Mapping[str, str] | None = None,
    ) -> bool:
        """Keep one round, with marks and notes, in one transaction; False = the disk refused (counted)."""
        body = pack_round(one)
        stamp = json.dumps(asdict(circumstances), sort_keys=True)
        try:  # what the collector would refuse must not stand in the queue
            trial = report_of(Chain("", 1, NO_HASH), circumstances, one.at, (one,), tuple(marks))
            unseal(seal(trial))
            malformed = ""
        except MalformedReport as error:
            malformed = str(error)
            log.warning("a round outside the report format was set aside: %s", error)

        def work(c: sqlite3.Connection) -> None:
            if malformed:
                set_aside(c, one.at, malformed, body)
                add_gap(c, Gap(1, one.at, one.at, "malformed"))
            else:
                c.execute(
                    "INSERT OR IGNORE INTO rounds (boot, mono, at, circumstances, body)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (circumstances.boot, one.mono, one.at, stamp, body),
                )
                add_marks(c, marks)
                remember(c, {"circumstances": stamp})
            remember(c, notes or {})
            c.execute("INSERT INTO recent (at, fault) VALUES (?, ?)", (one.at, one.fault))
            c.execute(
                "DELETE FROM recent WHERE id <= (SELECT MAX(id) FROM recent) - ?",
                (self._limits.recent,),
            )
            if self._missed is not None:
                add_gap(c, self._missed)

        try:
            self._write(work)
        except SpoolFailed:
            with self._guard:
                self._missed = joined(self._missed, Gap(1, one.at, one.at, "disk_refused"))
            return False
        self._missed = None
        return True

    def add_mark(self, mark: PresenceMark) -> bool:
        """Keep one presence mark; False = the disk refused."""
        try:
            self._write(lambda c: add_marks(c, (mark,)))
        except SpoolFailed:
            return False
        return True

    def remember(self, **notes: str) -> bool:
        """Keep notes under their names (the last contact, the collector's settings, …)."""
        try:
            self._write(lambda c: remember(c, notes))
        except SpoolFailed:
            return False
        return True

    # ------------------------------------------------------------------ sealing
    def seal(self, made: int, *, beacon: str = "", marks_alone: bool = False) -> int | None:
        """Number and chain what waits; the new report's seq, or None where there was nothing to seal.

        Takes rounds of one set of circumstances, at most `ROUNDS_A_REPORT`: call until None. Marks and
        gaps travel with rounds; `marks_alone` seals them without (at a clean stop). Raises SpoolFailed.
        """

        def work(c: sqlite3.Connection) -> int | None:
            seq = seal_waiting(c, made, beacon=beacon, marks_alone=marks_alone)
            evict(c, self._limits.bytes, self._limits.rounds)
            return seq

        return self._write(work)

    # ------------------------------------------------------------------ giving out
    @property
    def incarnation(self) -> str:
        """The name of this life of the spool."""
        return self._write(chain_of).incarnation

    def pending(
        self,
        limit_bytes: int,
        *,
        newest_first: bool = False,
        most: int = MAX_REPORTS,
        leave_out: Container[tuple[str, int]] = (),
    ) -> list[Sealed]:
        """Reports of one incarnation to send now, at most `limit_bytes` of lines, in order of number.

        At least one is returned where any waits that is not in `leave_out` (incarnation, seq). A stored
        report that is not what was sealed is set aside and counted as a gap.
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
                set_aside(c, row[2], reason, row[4])
                add_gap(c, Gap(row[1], row[2], row[3], "refused"))
                c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))

        self._write(work)

    def reseal(self, incarnation: str, first: int) -> str:
        """Seal the waiting reports numbered `first` and up of one life again, in a new one; its name.

        Their numbers are taken at the collector by another history of this PC (a restored or copied
        disk). The rounds are true nonetheless, and a new incarnation keeps the two histories apart.
        Each report names the hash of the one before, so after one that differs all others do.
        """
        return self._write(lambda c: reseal_from(c, incarnation, first))

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
        try:
            connection.execute("BEGIN IMMEDIATE")
            carry_over(damaged, connection)
            (low, high) = connection.execute(
                "SELECT COALESCE(MIN(first_at), 0), COALESCE(MAX(last_at), 0) FROM sealed"
            ).fetchone()
            # How many rounds the damage cost cannot be known: 0 counted, and the reason says why.
            add_gap(connection, Gap(0, low, high or round(time.time() * 1000), "spool_damaged"))
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
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
            remember(connection, {"schema": str(SCHEMA_VERSION)})
            chain_of(connection)
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


def _examine(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where pages or columns are not what they were."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {verdict}")
    for table, columns in COLUMNS.items():
        connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - constants


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
