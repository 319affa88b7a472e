"""A copy of an SQLite database as of one moment, and the way back. No copy takes a name before it was checked.

The write-ahead log belongs to its database: neither is ever copied or replaced without the other.
"""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from laaswatch_collector.store.lock import FileLock
from laaswatch_collector.store.migrate import HEAD


class BadBackup(Exception):
    """The copy is damaged, incomplete or no database of ours; the text says which. Nothing was replaced."""


class StillServed(Exception):
    """A collector (or a long command) is using the database."""


def back_up(source: Path, target: Path) -> int:
    """Copy `source`, which may be in use, to `target`; the rows of the copy. Raises BadBackup, OSError.

    `target` is replaced only by a copy that is whole and has every row that the source had at that moment.
    """
    half = _half(target)
    try:
        with closing(_open(source, "ro")) as old, closing(sqlite3.connect(half)) as new:
            half.chmod(0o600)
            old.isolation_level = None
            old.execute("BEGIN")  # counts and copy are of the same moment
            counts = _counts(old)
            old.backup(new)
            _check(new, counts)
            new.execute("PRAGMA journal_mode=DELETE").close()
        _sync(half)
        half.replace(target)
        _sync(target.parent)
    except sqlite3.Error as error:
        raise BadBackup(f"{source}: {error}") from error
    finally:
        half.unlink(missing_ok=True)
    return sum(counts.values())


def restore(backup: Path, database: Path, now: datetime) -> Path | None:
    """Put a copy of `backup` in the place of `database`; where the old one lies now (None if there was none).

    Raises StillServed, BadBackup or OSError; then everything is as it was. A kill at any moment leaves the old
    database or the new one in its place, whole.
    """
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(database.with_name(database.name + ".lock"))
    try:
        if not lock.acquire(0):
            raise StillServed
        half = _half(database)
        try:
            back_up(backup, half)
            return _exchange(half, database, now)
        finally:
            half.unlink(missing_ok=True)
    finally:
        lock.release()


def _exchange(new: Path, database: Path, now: datetime) -> Path | None:
    aside = None
    if database.exists():
        aside = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%S}")
        log, log_aside = Path(f"{database}-wal"), Path(f"{aside}-wal")
        if log.exists():
            os.link(log, log_aside)  # the log of a damaged database stays with it
        if _absorb_log(database):
            log_aside.unlink(missing_ok=True)
        os.link(database, aside)  # under both names until the new one takes its place
    for suffix in ("-wal", "-shm", "-journal"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    new.replace(database)
    _sync(database.parent)
    return aside


def _absorb_log(database: Path) -> bool:
    """Bring what the log holds into the file itself; False if the database cannot be read."""
    try:
        with closing(sqlite3.connect(database)) as old:
            busy, *_ = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        return False
    return not busy


def _check(copy: sqlite3.Connection, counts: dict[str, int]) -> None:
    found = copy.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise BadBackup(f"damaged: {found}"[:300])
    if "alembic_version" not in counts:
        raise BadBackup("this is no database of laaswatch")
    (version,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if version > HEAD:
        raise BadBackup(f"made by a newer laaswatch (schema {version}, this one knows {HEAD})")
    if _counts(copy) != counts:
        raise BadBackup("the copy has not as many rows as the database")


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - a table's own name
        for (name,) in sorted(tables)
    }


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)


def _half(target: Path) -> Path:
    return target.with_name(target.name + ".half")


def _sync(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return  # Windows syncs a rename by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
