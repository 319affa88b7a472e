"""A damaged spool: put aside, and every row that can still be read carried over into a new one.

Nobody is ever asked to delete a file. The damaged one is kept under `quarantine/` for whoever wants to
look; the reports it held keep the incarnation and number they were sealed with, so that a report which
had been delivered already is recognised and not stored twice. A salvage may be cut short at any moment:
its folder keeps the ending `.unfinished` until everything is in the new spool, and the next start goes on.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from laaswatch_agent.host.files import sync_folder
from laaswatch_agent.report.codec import unpack_round
from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_agent.spool_tables import FILE_NAME, RESTORABLE, restore

SHELF = "quarantine"
UNFINISHED = ".unfinished"
KEPT = 3
"""Damaged spools that are kept; older ones go."""
MOST_PROBED = 50_000
"""Row numbers tried one by one between the two readable ends of a damaged table."""
MOST_LENGTH = 2**30
COLUMNS = {
    "rounds": "id, boot, mono, at, circumstances, body",
    "marks": "id, kind, at, boot, until",
    "gaps": "id, rounds, first_at, last_at, why",
    "sealed": "id, incarnation, seq, checksum, rounds, first_at, last_at, bytes, body",
}


def put_aside(folder: Path, ending: str = "") -> Path:
    """Move the spool's files into `quarantine/<stamp><ending>/`; returns that folder."""
    shelf = folder / SHELF
    shelf.mkdir(mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    names = (f"{stamp}-{n:04}" for n in range(10_000))
    taken = {p.name.removesuffix(UNFINISHED) for p in shelf.iterdir()}
    place = shelf / (next(name for name in names if name not in taken) + ending)
    place.mkdir(mode=0o700)
    sync_folder(shelf)
    _move(folder, place)
    return place


def gather_unfinished(folder: Path) -> list[Path]:
    """The places of salvages that were cut short, oldest first, each with all its files."""
    shelf = folder / SHELF
    found = []
    for place in sorted(shelf.glob("*" + UNFINISHED)) if shelf.exists() else ():
        if not (place / FILE_NAME).exists():  # nothing had been moved: the damage is found again
            shutil.rmtree(place, ignore_errors=True)
            continue
        if not (folder / FILE_NAME).exists():
            _move(folder, place)
        found.append(place)
    return found


def finish(place: Path) -> None:
    """The salvage is done; the damaged spool stays for a while, a few older ones go."""
    place.rename(place.with_name(place.name.removesuffix(UNFINISHED)))
    sync_folder(place.parent)
    done = [p for p in place.parent.iterdir() if p.is_dir() and not p.name.endswith(UNFINISHED)]
    for old in sorted(done)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _move(folder: Path, place: Path) -> None:
    """The database goes first: where it is still there, nothing has been moved yet."""
    for suffix in ("", "-wal", "-shm"):
        source = folder / (FILE_NAME + suffix)
        if source.exists():
            source.replace(place / source.name)
    sync_folder(place)
    sync_folder(folder)


def carry_over(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy every readable row of the spool in folder `damaged` into the new one; how many came over."""
    copied = 0
    try:
        _fill_up(damaged / FILE_NAME)
        source = sqlite3.connect(damaged / FILE_NAME, isolation_level=None)
    except (OSError, sqlite3.Error):
        return 0
    try:
        for table, columns in COLUMNS.items():
            marks = ",".join("?" * len(columns.split(",")))
            for row in _readable(source, table, columns):
                if _sound(table, row):
                    done = into.execute(
                        f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - constants
                        row,
                    )
                    copied += done.rowcount
        for key, value in _readable(source, "meta", "key, value", by="key"):
            if key not in ("chain", "schema", "salvaged"):  # a new life begins
                into.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (str(key), str(value)))
    finally:
        source.close()
    return copied


def read_log(folder: Path) -> bytes:
    """The spool's write-ahead log as it lies there, empty where there is none."""
    try:
        return (folder / (FILE_NAME + "-wal")).read_bytes()
    except FileNotFoundError:
        return b""


def commits_given_up(log: bytes, page: int, believed: int) -> int:
    """Commits of the log's present generation that lie behind its first `believed` frames.

    The format: a header of 32 bytes, then frames of 24 bytes and a page each. Both name the generation by
    two salts; the frame that ends a commit holds the size of the database. The header of the next
    generation is durable before its first frame is written.
    """
    if believed < 0 or len(log) < 32:
        return 0
    salts = log[16:24] if _header_holds(log) else b""
    frames = range(32 + believed * (24 + page), len(log) - 23, 24 + page)
    return sum(
        log[at + 8 : at + 16].startswith(salts) and any(log[at + 4 : at + 8]) for at in frames
    )


def _header_holds(log: bytes) -> bool:
    """Is the log's header what was written? (Its check sum: two running sums over six numbers.)"""
    order: Literal["big", "little"] = "big" if log[3] & 1 else "little"
    numbers = [int.from_bytes(log[at : at + 4], order) for at in range(0, 24, 4)]
    one = two = 0
    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        one = (one + first + two) % 2**32
        two = (two + second + one) % 2**32
    return log[24:32] == one.to_bytes(4, "big") + two.to_bytes(4, "big")


def _fill_up(path: Path) -> None:
    """Give a file that was cut its length back: SQLite refuses every page of one that is too short."""
    with path.open("r+b") as file:
        head = file.read(32)
        page = int.from_bytes(head[16:18], "big")
        length = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        if file.seek(0, 2) < length <= MOST_LENGTH:
            file.truncate(length)


def _sound(table: str, row: tuple[Any, ...]) -> bool:
    """Is the row what it was when it was written, as far as can be told?"""
    try:
        if table == "sealed":
            names = COLUMNS["sealed"].split(", ")
            restore(tuple(row[names.index(x)] for x in RESTORABLE.split(", ")))
        elif table == "rounds":
            unpack_round(row[-1])
        elif table == "marks":
            return row[1] in set(PresenceKind) and row[2] is not None and bool(row[3])
    except (ValueError, TypeError, AttributeError):
        return False
    return all(value is not None for value in row)


def _readable(
    source: sqlite3.Connection, table: str, columns: str, by: str = "id"
) -> Iterator[tuple[Any, ...]]:
    """Rows from the front until a page cannot be read, from the back likewise, and singly between."""
    seen: set[Any] = set()
    ends: list[Any] = []
    for direction in ("ASC", "DESC"):
        last = None
        try:
            for row in source.execute(
                f"SELECT {columns} FROM {table} ORDER BY {by} {direction}"  # noqa: S608 - constants
            ):
                if row[0] in seen:
                    return  # the two walks met: everything was read
                last = row[0]
                seen.add(last)
                yield row
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            ends.append(last)
        else:
            return
    if by != "id" or not all(isinstance(x, int) for x in ends):
        return
    low, high = ends[0] + 1, ends[1] - 1
    for number in range(low, min(high, low + MOST_PROBED) + 1):
        try:
            row = source.execute(
                f"SELECT {columns} FROM {table} WHERE id = ?",  # noqa: S608 - constants
                (number,),
            ).fetchone()
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            continue
        if row is not None:
            yield row
