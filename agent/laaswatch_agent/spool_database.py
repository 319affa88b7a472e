"""The spool's database file, kept working whatever the disk does: opened, mended, salvaged, given room.

SQLite in WAL mode with `synchronous=FULL`: when a write returns, the disk has it. One connection, one
lock, one process (`SpoolInUse`). A file that cannot be read is put aside and salvaged; where the disk
refuses, each call fails with `SpoolFailed`, tries to mend, and finds the disk back once it is.
"""

import contextlib
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from laaswatch_agent.host.files import make_private_folder
from laaswatch_agent.host.lock import FileLock, Held
from laaswatch_agent.report.model import Gap
from laaswatch_agent.spool_rows import add_gap, remember
from laaswatch_agent.spool_salvage import (
    COLUMNS,
    UNFINISHED,
    carry_over,
    finish,
    gather_unfinished,
    put_aside,
)
from laaswatch_agent.spool_sealing import chain_of
from laaswatch_agent.spool_tables import FILE_NAME, SCHEMA_VERSION, TABLES, recall

T = TypeVar("T")
log = logging.getLogger(__name__)

JOURNAL_LIMIT = 4 * 1024 * 1024
SALVAGED = "salvaged"


class SpoolInUse(RuntimeError):
    """Another agent works on this spool."""


class SpoolFailed(RuntimeError):
    """The disk did not take it; nothing that was there before is harmed."""


class SpoolDatabase:
    """The database in `folder`, with so many bytes of `ballast` beside it. Safe to use from several threads.

    A disk that fails at the start does not stop the agent: the calls fail until it is back.
    """

    def __init__(self, folder: Path, ballast: int) -> None:
        self._folder = folder
        self._ballast = ballast
        self._guard = threading.RLock()
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
        except (sqlite3.Error, OSError) as error:
            log.warning("the spool cannot be opened yet: %s", error)
            self._connection = _closed()
        except BaseException:
            self._lock.release()
            raise
        self.restore_ballast()

    def close(self) -> None:
        """Leave the spool to the next process."""
        with self._guard:
            self._connection.close()
            self._lock.release()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds. Raises SpoolFailed."""
        return self._guarded(lambda: work(self._connection))

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in one transaction; durable on return. May run it twice. Raises SpoolFailed."""
        return self._guarded(lambda: self._transaction(work))

    # ------------------------------------------------------------------ trying twice
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
            if _is_damage(error):
                put_aside(self._folder, UNFINISHED)
            self._connection = self._open()
        except (sqlite3.Error, OSError) as again:
            # The closed connection stays: every later call fails, mends, and finds the disk back.
            raise SpoolFailed(f"the spool cannot be opened: {again}") from error

    # ------------------------------------------------------------------ opening
    def _open(self) -> sqlite3.Connection:
        """A sound connection, whatever was on the disk."""
        waiting = gather_unfinished(self._folder)
        try:
            connection = self._connect()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise
            waiting.append(put_aside(self._folder, UNFINISHED))
            connection = self._connect()
        try:
            for place in waiting:
                self._salvage(connection, place)
        except BaseException:
            connection.close()
            raise
        return connection

    def _salvage(self, connection: sqlite3.Connection, damaged: Path) -> None:
        """Carry over what can be read: once, also where an earlier try was cut short at any moment."""
        if recall(connection, SALVAGED) != damaged.name:
            connection.execute("BEGIN IMMEDIATE")
            carry_over(damaged, connection)
            (low, high) = connection.execute(
                "SELECT COALESCE(MIN(first_at), 0), COALESCE(MAX(last_at), 0) FROM sealed"
            ).fetchone()
            # How many rounds the damage cost cannot be known: 0 counted, and the reason says why.
            add_gap(connection, Gap(0, low, high or round(time.time() * 1000), "spool_damaged"))
            remember(connection, {SALVAGED: damaged.name})
            connection.execute("COMMIT")
        finish(damaged)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._folder / FILE_NAME, timeout=5, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}")
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES.split(";"):
                connection.execute(statement)
            remember(connection, {"schema": str(SCHEMA_VERSION)})
            chain_of(connection)
            connection.execute("COMMIT")
            _examine(connection)
            if os.name != "nt":
                (self._folder / FILE_NAME).chmod(0o600)
        except BaseException:
            connection.close()
            raise
        return connection

    # ------------------------------------------------------------------ ballast
    def _drop_ballast(self) -> bool:
        """Give the file system back the room kept for this moment: even a deletion needs some."""
        ballast = self._folder / "ballast"
        try:
            ballast.unlink()
        except OSError:
            return False
        return True

    def restore_ballast(self) -> None:
        """Keep some room for a full disk, where there is plenty now."""
        ballast = self._folder / "ballast"
        size = self._ballast
        with contextlib.suppress(OSError):
            if size and not ballast.exists() and shutil.disk_usage(self._folder).free > 8 * size:
                ballast.write_bytes(b"\0" * size)


def _closed() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.close()
    return connection


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
