"""The database behind the store: many readers, one writer.

Every change runs on one writer thread, in a transaction, and its caller hears back only after commit.
Changes that wait together are committed together (group commit), each in its own savepoint, so that
one that fails takes nothing else with it. When the commit itself fails (full disk, broken disk, lock),
nobody in the group is told yes, the connection is thrown away, and the next group starts on a new one.

    StoreUnavailable        nothing can be stored or read just now; it may pass by itself
      StoreInUse            another collector holds this database
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from laaswatch_collector.store.folder import make_private_folder
from laaswatch_collector.store.lock import FileLock
from laaswatch_collector.store.migrate import migrate
from laaswatch_collector.store.partitions import make_partitions

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
Outcome = tuple["Future[Any]", Any, BaseException | None]
GROUP = 256
"""Changes that one commit may carry."""
DEADLOCKS = 3
"""How often a group is tried again that another collector's was in the way of."""
SAFE_SQLITE = (3, 51, 3)
"""Older ones can corrupt a write-ahead log when two connections write and checkpoint at the same moment."""
LOCK_WAIT = 5.0
"""Seconds that a serving collector waits for a command that is using the database."""

# The primary result codes of SQLite that speak of the file, the disk or other users of it.
_TROUBLE = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    )
)

log = logging.getLogger(__name__)


class StoreUnavailable(Exception):
    """The database cannot be read or written at the moment; nothing of the request was stored."""


class StoreInUse(StoreUnavailable):
    """Another collector, or a long command, is using this database."""


class Reader:
    """Reads a database; pass `work(connection)` functions to `read`. It takes no lock and changes nothing."""

    def __init__(self, reader: sa.Engine) -> None:
        self._reader = reader

    @classmethod
    def of(cls, url: str) -> "Reader":
        """For another process beside the one that opened the `Database` of this URL."""
        return Reader(_engine(sa.make_url(url), reading=True, owner=False))

    def close(self) -> None:
        """Let go of every connection."""
        self._reader.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for reading; what it sees does not change while it is open."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            if _is_trouble(error):
                raise StoreUnavailable(str(error.orig)) from error
            raise

    def read(self, work: Work[T]) -> T:
        """Run a reading function in this thread."""
        with self.reading() as connection:
            return work(connection)

    async def read_async(self, work: Work[T]) -> T:
        """Run a reading function in a worker thread."""
        return await asyncio.to_thread(self.read, work)


class Database(Reader):
    """Open with `Database.open(url)`; pass `work(connection)` functions to `read` and `write`."""

    def __init__(self, writer: sa.Engine, reader: sa.Engine, lock: FileLock | None = None) -> None:
        super().__init__(reader)
        self.engine = writer
        self._lock = lock
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def alone(self) -> bool:
        """Whether no other collector can work on this database: so it is with SQLite, once we serve it."""
        return self._lock is not None and self._lock.held

    @property
    def waiting(self) -> int:
        """Changes that wait for the writer thread, about."""
        return self._queue.qsize()

    @classmethod
    def open(cls, url: str, *, serving: bool = False) -> "Database":
        """Open (create, migrate) the database at an SQLAlchemy URL.

        `serving` is for the one collector that answers agents: it raises StoreInUse if another process
        holds an SQLite file. Commands beside it may read and write, but leave checkpoints to it.
        """
        target = sa.make_url(url)
        lock = None
        if target.get_backend_name() == "sqlite":
            lock = _lock(target, serving=serving)
        owner = lock is None or lock.held
        writer = _engine(target, reading=False, owner=owner)
        try:
            migrate(writer)
            with writer.begin() as connection:
                make_partitions(connection, datetime.now(UTC))
        except BaseException as error:
            writer.dispose()
            if lock is not None:
                lock.release()
            if isinstance(error, sa.exc.DBAPIError):
                name = target.render_as_string()
                raise StoreUnavailable(f"{name}: {error.orig}") from error
            raise
        reader = _engine(target, reading=True, owner=owner)
        return cls(writer, reader, lock)

    def write(self, work: Work[T]) -> T:
        """Run a changing function on the writer thread; returns after commit, raises what it raised."""
        return self._submit(work).result()

    async def write_async(self, work: Work[T]) -> T:
        """As `write`, without holding up the event loop."""
        return await asyncio.wrap_future(self._submit(work))

    def close(self) -> None:
        """Finish what is queued, then close."""
        self._queue.put(None)
        self._thread.join()
        super().close()
        self.engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def _submit(self, work: Work[T]) -> "Future[T]":
        done: Future[T] = Future()
        self._queue.put((work, done))
        return done

    def _write_loop(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            stop = False
            while len(group) < GROUP and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    stop = True
                    break
                group.append(item)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        # From here on nobody can call it off: what is stored must be told.
        group = [(work, done) for work, done in group if done.set_running_or_notify_cancel()]
        outcomes = self._try(group)
        for _ in range(DEADLOCKS):
            if outcomes is None:
                outcomes = self._try(group)
        for done, value, failure in outcomes or _failed(group, StoreUnavailable("deadlock")):
            if failure is None:
                done.set_result(value)
            else:
                done.set_exception(failure)

    def _try(self, group: list[tuple[Work[Any], Future[Any]]]) -> list[Outcome] | None:
        """Do and commit the group; None if another collector was in the way, and it may be tried again."""
        outcomes: list[Outcome] = []
        try:
            with self.engine.begin() as connection:
                for work, done in group:
                    outcomes.append((done, *_attempt(connection, work)))
        except BaseException as error:  # noqa: BLE001 - the commit itself failed: nobody's work counts
            if _is_deadlock(error):
                return None
            # After a failed sync nobody knows what the pages in memory are worth: start anew from disk.
            self.engine.dispose()
            return _failed(group, _as_unavailable(error))
        return outcomes


def _failed(group: list[tuple[Work[Any], Future[Any]]], error: BaseException) -> list[Outcome]:
    return [(done, None, error) for _, done in group]


def _attempt(connection: sa.Connection, work: Work[T]) -> tuple[T | None, Exception | None]:
    """One change in its own savepoint. A failure of the database itself is raised: it ends the group."""
    try:
        with connection.begin_nested():
            return work(connection), None
    except Exception as error:
        if _is_trouble(error):
            raise
        return None, error


def _as_unavailable(error: BaseException) -> BaseException:
    return StoreUnavailable(str(error)) if _is_trouble(error) else error


def _is_deadlock(error: BaseException) -> bool:
    """Whether PostgreSQL ended this transaction to let another one go on; nothing is wrong with either."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in ("40P01", "40001")


def _is_trouble(error: BaseException | None) -> bool:
    """Whether the database itself is in trouble, rather than the statement wrong.

    A full disk ends the whole transaction, and what is seen is that the savepoint has gone: the cause
    stands further back in the chain.
    """
    if not isinstance(error, sa.exc.DBAPIError | sqlite3.Error):
        return False
    if _is_trouble(error.__context__):
        return True
    if isinstance(error, sqlite3.Error):
        return False  # only a link of the chain: what it was raised as is judged
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, sa.exc.OperationalError)
    return (code & 0xFF) in _TROUBLE


def _lock(url: sa.URL, *, serving: bool) -> FileLock | None:
    if not url.database or url.database == ":memory:":
        return None
    path = Path(url.database)
    # Ledgers and password hashes live here: nobody but the account that runs the collector may read them.
    make_private_folder(path.parent)
    path.touch(mode=0o600)
    lock = FileLock(path.with_name(path.name + ".lock"))
    if not lock.acquire(LOCK_WAIT if serving else 0) and serving:
        lock.release()
        raise StoreInUse(
            "ฐานข้อมูลนี้มีตัวรวบรวมอีกตัวใช้อยู่ · "
            f"{path} is in use by another laaswatch-collector. Stop that one first, or give this one "
            "its own database (--database)."
        )
    if sqlite3.sqlite_version_info < SAFE_SQLITE and serving:
        log.warning(
            "SQLite %s is older than %s: keep to one collector on this file, and make backups",
            sqlite3.sqlite_version,
            ".".join(map(str, SAFE_SQLITE)),
        )
    return lock


def _engine(url: sa.URL, *, reading: bool, owner: bool) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        # A reader's snapshot stands still only from REPEATABLE READ up.
        level = "REPEATABLE READ" if reading else "READ COMMITTED"
        return sa.create_engine(url, isolation_level=level, pool_pre_ping=True)
    # One connection writes; readers may be as many as there are worker threads.
    engine = sa.create_engine(url, pool_size=8 if reading else 1, max_overflow=24 if reading else 0)
    settings = [
        "busy_timeout=10000",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "query_only=ON" if reading else "journal_mode=WAL",
        "synchronous=FULL",
        "journal_size_limit=67108864",
        f"wal_autocheckpoint={1000 if owner and not reading else 0}",
    ]

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by its own rules, too late for savepoints: we say when.
        connection.isolation_level = None
        for setting in settings:
            connection.execute(f"PRAGMA {setting}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
