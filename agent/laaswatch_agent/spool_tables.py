"""The spool's tables, and what may be asked of them: by the agent itself and by its other commands.

A round waits in `rounds` from the moment it was measured. Sealing moves it into `sealed`, numbered and
chained for ever. A sealed report leaves only when the collector has acknowledged it, when the caps of
the spool are reached (oldest first, counted in `gaps`), or into `quarantine` when it cannot be read.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import MAX_SEALED
from laaswatch_agent.report.vocabulary import Fault

SCHEMA_VERSION = 1
FILE_NAME = "spool.sqlite"

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rounds (
    id INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    mono INTEGER NOT NULL,
    at INTEGER NOT NULL,
    circumstances TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (boot, mono)
);
CREATE TABLE IF NOT EXISTS marks (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, boot TEXT NOT NULL, until INTEGER
);
CREATE TABLE IF NOT EXISTS gaps (
    id INTEGER PRIMARY KEY,
    rounds INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sealed (
    id INTEGER PRIMARY KEY,
    incarnation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    rounds INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (incarnation, seq)
);
CREATE INDEX IF NOT EXISTS sealed_size ON sealed (id, bytes, rounds);
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS recent (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, fault TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed report as it stands in the spool; `stored` is its compressed size."""

    id: int
    incarnation: str
    seq: int
    line: bytes
    stored: int


@dataclass(frozen=True, slots=True)
class SpoolCounts:
    """What the spool holds. `oldest_at` is the wall clock of its oldest unsent round, or None."""

    rounds: int
    reports: int
    report_rounds: int
    bytes: int
    quarantined: int
    oldest_at: int | None

    @classmethod
    def nothing(cls) -> "SpoolCounts":
        """Of an empty spool, or one that cannot be read."""
        return cls(0, 0, 0, 0, 0, None)


class Unreadable(ValueError):
    """A stored report is not what was sealed."""


def compress(line: bytes) -> bytes:
    """A sealed line as it is kept: about a tenth of its size."""
    return zlib.compress(line, 6)


def checksum(incarnation: str, seq: int, line: bytes) -> str:
    """Over everything that must be right when a report is sent."""
    return hash_of(f"{incarnation} {seq} ".encode() + line)


def restore(row: sqlite3.Row | tuple[Any, ...]) -> Sealed:
    """The report of a row of `sealed`, checked against its checksum. Raises `Unreadable`."""
    id_, incarnation, seq, check, stored = row[0], row[1], row[2], row[3], row[4]
    try:
        unpacker = zlib.decompressobj()
        line = unpacker.decompress(stored, MAX_SEALED + 1)
    except (zlib.error, TypeError) as error:
        raise Unreadable(f"report {seq}: {error}") from error
    if checksum(incarnation, seq, line) != check:
        raise Unreadable(f"report {seq}: its bytes changed on the disk")
    return Sealed(id_, incarnation, seq, line, len(stored))


RESTORABLE = "id, incarnation, seq, checksum, body"
"""The columns that `restore` reads, in its order."""


def counts(connection: sqlite3.Connection) -> SpoolCounts:
    """How much waits in the spool."""
    rounds, oldest_round = connection.execute("SELECT COUNT(*), MIN(at) FROM rounds").fetchone()
    reports, report_rounds, size = connection.execute(
        "SELECT COUNT(*), COALESCE(SUM(rounds), 0), COALESCE(SUM(bytes), 0) FROM sealed"
    ).fetchone()
    first = connection.execute(
        "SELECT first_at FROM sealed WHERE rounds > 0 ORDER BY id LIMIT 1"
    ).fetchone()
    (quarantined,) = connection.execute("SELECT COUNT(*) FROM quarantine").fetchone()
    return SpoolCounts(
        rounds, reports, report_rounds, size, quarantined, first[0] if first else oldest_round
    )


def recall(connection: sqlite3.Connection, key: str) -> str | None:
    """What was remembered under `key`."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def json_object(text: str | None) -> dict[str, Any]:
    """A remembered text as a JSON object; empty where there is nothing readable."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def recent(connection: sqlite3.Connection, since: int) -> list[tuple[int, Fault]]:
    """(wall clock ms, fault) of this PC's own last rounds, oldest first."""
    rows = connection.execute("SELECT at, fault FROM recent WHERE at >= ? ORDER BY id", (since,))
    return [(at, Fault(fault)) for at, fault in rows if fault in set(Fault)]


def last_seen(connection: sqlite3.Connection) -> int:
    """The wall clock (ms) of this PC's last round; 0 before the first."""
    row = connection.execute("SELECT at FROM recent ORDER BY id DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def unsent(connection: sqlite3.Connection) -> Iterator[Sealed]:
    """Every report that still waits, oldest first; unreadable ones are left out."""
    for row in connection.execute(f"SELECT {RESTORABLE} FROM sealed ORDER BY id"):  # noqa: S608 - a constant
        try:
            yield restore(row)
        except Unreadable:
            continue


def open_reader(folder: Path) -> sqlite3.Connection:
    """A read-only look at the spool of a perhaps running agent. Raises sqlite3.Error if there is none."""
    uri = f"{(folder / FILE_NAME).resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    return connection
