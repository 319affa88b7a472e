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
from laaswatch_agent.locale import beside
from laaswatch_agent.report.model import Gap
from laaswatch_agent.spool_rows import add_gap, remember
from laaswatch_agent.spool_salvage import (
    COLUMNS,
    UNFINISHED,
    carry_over,
    commits_given_up,
    finish,
    gather_unfinished,
    put_aside,
    read_log,
)
from laaswatch_agent.spool_sealing import chain_of
from laaswatch_agent.spool_tables import FILE_NAME, SCHEMA_VERSION, TABLES, recall

T = TypeVar("T")
log = logging.getLogger(__name__)

PAGE = 1024
"""Bytes; a round changes a few rows, and each changed page is written whole. A disk block is four of them."""
LOG_PAGES = 1024
"""The log goes into the database at 1 MB: it then fits into the ballast and needs no more of a full disk."""
ROOM_TO_OPEN = 256 * 1024
SALVAGED = "salvaged"
BALLAST, LAST_BALLAST = "ballast", "ballast-to-delete"


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
        self._inode = 0
        make_private_folder(folder)
        try:
            self._lock = FileLock(folder / "spool.lock")
        except Held as error:
            raise SpoolInUse(beside("spool.in_use", folder=folder)) from error
        try:
            self._connection = self._open_somehow(frees=False)
        except (*_TROUBLE, OSError) as error:
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

    def read(self, work: Callable[[sqlite3.Connection], T], *, frees: bool = False) -> T:
        """What `work` finds. Raises SpoolFailed. As to `frees`, see `write`."""
        return self._guarded(lambda: work(self._connection), frees=frees)

    def write(self, work: Callable[[sqlite3.Connection], T], *, frees: bool = False) -> T:
        """Do `work` in one transaction; durable on return. May run it twice. Raises SpoolFailed.

        Work that `frees` room may use the very last of the disk.
        """
        return self._guarded(lambda: self._transaction(work), frees=frees)

    # ------------------------------------------------------------------ trying twice
    def _guarded(self, act: Callable[[], T], *, frees: bool = False) -> T:
        """Do it; where the disk is full or the file damaged, mend and try once more."""
        with self._guard:
            try:
                return act()
            except _TROUBLE as error:
                self._mend(error, frees=frees)
            try:
                return act()
            except _TROUBLE as error:
                raise SpoolFailed(f"the spool did not take it: {error}") from error

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if _inode(self._folder / FILE_NAME) != self._inode:
            taken = sqlite3.OperationalError("the spool's file was taken away")
            taken.sqlite_errorcode = sqlite3.SQLITE_IOERR  # what lies there now is opened anew
            raise taken
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if self._connection.in_transaction:
                self._connection.close()
            raise
        return result

    def _mend(self, error: Exception, *, frees: bool) -> None:
        """Make the second try worth it: room from the ballast, or a connection that read the disk anew.

        After a failed commit nothing in memory is believed: what the file holds is what was kept.
        """
        if _code(error) == sqlite3.SQLITE_FULL:  # rolled back: the connection is as good as before
            if not self._drop_ballast(frees=frees):
                raise SpoolFailed(f"the disk is full: {error}") from error
            return
        self._connection.close()
        try:
            if _is_damage(error):
                put_aside(self._folder, UNFINISHED)
            self._connection = self._open_somehow(frees=frees)
        except (*_TROUBLE, OSError) as again:
            # The closed connection stays: every later call fails, mends, and finds the disk back.
            raise SpoolFailed(f"the spool cannot be opened: {again}") from error

    # ------------------------------------------------------------------ opening
    def _open_somehow(self, *, frees: bool) -> sqlite3.Connection:
        """A sound connection, with room from the ballast where even opening needs some."""
        try:
            return self._open()
        except _TROUBLE:
            # SQLite calls a disk without room for its index an I/O error.
            full = self._room() < ROOM_TO_OPEN
            if not full or not self._drop_ballast(frees=frees):
                raise
        return self._open()

    def _open(self) -> sqlite3.Connection:
        """A sound connection, whatever was on the disk."""
        waiting = gather_unfinished(self._folder)
        try:
            connection = self._connect()
        except _TROUBLE as error:
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
        self._inode = _inode(self._folder / FILE_NAME)
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
            log_file = read_log(self._folder)
            # Of a new file; one that is there keeps its own.
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_PAGES * PAGE}")
            _examine_log(connection, log_file)
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
    def _drop_ballast(self, *, frees: bool) -> bool:
        """Give the file system back the room kept for this moment.

        Three quarters are for any write: the log then has room to be used again and again. The last
        quarter is for deletions alone: without it a full spool could never be emptied.
        """
        for name in (BALLAST, LAST_BALLAST) if frees else (BALLAST,):
            try:
                (self._folder / name).unlink()
            except OSError:
                continue
            return True
        return False

    def restore_ballast(self) -> None:
        """Keep some room for a full disk, where there is plenty now."""
        for name, size in ((BALLAST, self._ballast * 3 // 4), (LAST_BALLAST, self._ballast // 4)):
            path = self._folder / name
            with contextlib.suppress(OSError):
                if size and not path.exists() and self._room() > 8 * self._ballast:
                    path.write_bytes(b"\0" * size)

    def _room(self) -> int:
        return shutil.disk_usage(self._folder).free


def _inode(path: Path) -> int:
    """Which file lies there; 0 = none. A file that was deleted can still be written to, for nothing.

    Windows does not let an open file be deleted, and some of its file systems number files anew.
    """
    try:
        return 1 if os.name == "nt" else path.stat().st_ino
    except OSError:
        return 0


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


def _examine_log(connection: sqlite3.Connection, log_file: bytes) -> None:
    """Raise sqlite3.DatabaseError where the log held more than SQLite believes and a power cut explains.

    It stops without a word at the first frame that is not what was written. After a power cut that is the
    commit which was being written; a second one behind it had been durable, and was damaged later.
    """
    _, believed, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    if commits_given_up(log_file, page, believed) > 1:
        raise sqlite3.DatabaseError("malformed: the write-ahead log was damaged")


def _code(error: Exception) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code


_NO_DAMAGE = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)
_UNREADABLE = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS)


def _is_damage(error: Exception) -> bool:
    """Could only a changed file, or a sector that cannot be read, have caused this?

    Sound statements on a sound file meet the codes above and no others.
    """
    if isinstance(error, sqlite3.ProgrammingError):
        return False
    whole = getattr(error, "sqlite_errorcode", 0)
    return _code(error) not in _NO_DAMAGE or whole in _UNREADABLE


_TROUBLE = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's driver raises over a file; the second where an error text or a column is not text any more."""
