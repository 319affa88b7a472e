"""The database behind the store: many readers, one writer.

Every change runs on one writer thread, in a transaction, and its caller hears back only after commit.
Changes that wait together are committed together (group commit), each in its own savepoint, so that
one that fails takes nothing else with it.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa

from laaswatch_collector.store.schema import metadata

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
GROUP = 256
"""Changes that one commit may carry."""


class Database:
    """Open with `Database.open(url)`; pass `work(connection)` functions to `read` and `write`."""

    def __init__(self, engine: sa.Engine, reader: sa.Engine) -> None:
        self.engine = engine
        self._reader = reader
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open (and create or migrate) the database at an SQLAlchemy URL."""
        engine = sa.create_engine(url)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _sqlite_settings)
        metadata.create_all(engine)
        return cls(engine, engine)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for reading; what it sees does not change while it is open."""
        with self._reader.connect() as connection:
            yield connection

    def read(self, work: Work[T]) -> T:
        """Run a reading function in this thread."""
        with self.reading() as connection:
            return work(connection)

    async def read_async(self, work: Work[T]) -> T:
        """Run a reading function in a worker thread."""
        return await asyncio.to_thread(self.read, work)

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
        self._reader.dispose()
        self.engine.dispose()

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
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self.engine.begin() as connection:
                for work, done in group:
                    try:
                        with connection.begin_nested():
                            outcomes.append((done, work(connection), None))
                    except Exception as error:  # noqa: BLE001 - handed to the caller who asked
                        outcomes.append((done, None, error))
        except BaseException as error:  # noqa: BLE001 - the commit itself failed: nobody's work counts
            outcomes = [(done, None, error) for _, done in group]
        for done, value, failure in outcomes:
            if failure is None:
                done.set_result(value)
            else:
                done.set_exception(failure)


def _sqlite_settings(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own objects
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {setting}")
