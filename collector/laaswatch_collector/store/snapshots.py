"""One export of an office's book against what the store knows: new, changed, gone, and when it was posted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.events import LedgerEvent, events_of, reissued_in_file
from laaswatch_collector.ledger.model import (
    Book,
    LedgerFile,
    LedgerRow,
    Precision,
    RowError,
    StoredEntry,
)
from laaswatch_collector.ledger.number_order import lower_bounds
from laaswatch_collector.ledger.pairing import Pairing, pair
from laaswatch_collector.store.entries import known_entries
from laaswatch_collector.store.schema import entries, ledger_imports
from laaswatch_collector.worktime.thai import local_date

MOST_DAYS = 45
"""Days after an entry's event whose conclusions an import asks for again."""
CHANGEABLE = (
    "kind",
    "event_at",
    "event_precision",
    "recorded_from_at",
    "recorded_to_at",
    "recorded_precision",
    "vanished_at",
    "cancelled",
)


@dataclass(slots=True)
class Changes:
    """What one office's book needs: rows to insert and update, the days that this touches, what to tell.

    `hashes` and `numbers` are given to entries that are otherwise the same: the store learns, nothing changed.
    """

    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    spans: set[tuple[date, date]] = field(default_factory=set)
    events: list[LedgerEvent] = field(default_factory=list)

    @property
    def days(self) -> set[date]:
        """The days whose conclusions are to be made again."""
        return {
            first + timedelta(days=n)
            for first, last in self.spans
            for n in range((last - first).days + 1)
        }


class Snapshot:
    """What the store knows of one office's book before this snapshot."""

    def __init__(
        self, connection: sa.Connection, office: str, book: Book, snapshot_at: datetime
    ) -> None:
        self.office, self.book, self.at = office, book, snapshot_at
        table = ledger_imports.c
        mine = sa.and_(table.office_code == office, table.book == book)
        newest = connection.execute(
            sa.select(sa.func.max(table.snapshot_at)).where(mine)
        ).scalar_one()
        # An older export that comes in late must not undo what a newer one said.
        self.is_newest = newest is None or snapshot_at >= newest
        earlier = connection.execute(
            sa.select(table.id, table.snapshot_at, table.proves_absence)
            .where(mine, table.snapshot_at < snapshot_at, table.rows_good > 0)
            .order_by(table.snapshot_at.desc(), table.id.desc())
            .limit(1)
        ).first()
        self._absent_at: datetime | None = None
        self._covered: tuple[datetime, datetime] | None = None
        if earlier is not None and earlier.proves_absence:
            low, high = connection.execute(
                sa.select(sa.func.min(entries.c.event_at), sa.func.max(entries.c.event_at)).where(
                    entries.c.last_import_id == earlier.id
                )
            ).one()
            if low is not None:
                self._absent_at, self._covered = earlier.snapshot_at, (low, high)

    def not_before(self, row: LedgerRow, by_number: datetime | None) -> datetime:
        """The earliest time at which a row that is new now can have been recorded."""
        bounds = [row.event_at]
        if by_number is not None:
            bounds.append(by_number)
        if self._absent_at and self._covered:
            first, last = self._covered
            if local_date(first) <= local_date(row.event_at) <= local_date(last):
                bounds.append(self._absent_at)
        return max(bounds)


def compare(
    connection: sa.Connection,
    snapshot: Snapshot,
    file: LedgerFile,
    rows: Sequence[LedgerRow],
    now: datetime,
) -> Changes:
    """What this export changes about its office's book."""
    known = known_entries(
        connection, snapshot.office, snapshot.book, {row.fiscal_year for row in rows}
    )
    whole = snapshot.is_newest and not file.additive
    pairing = pair(rows, known, whole=whole)
    changes = Changes()
    lines = _Lines(known, pairing)
    back, cancelled = [], []
    new = {index for index, entry in enumerate(pairing.found) if entry is None}
    for index, (row, by_number) in enumerate(zip(rows, lower_bounds(rows), strict=True)):
        old = pairing.found[index]
        if old is None:
            values = _values(row, snapshot, by_number) | {"line": lines.free(row)}
            changes.inserts.append(values)
            changes.spans.add(_touched(values, now))
            continue
        different = _difference(old, row, snapshot)
        changes.seen.append(old.id)
        if different:
            before = _updatable(old)
            changes.updates.append({"entry_id": old.id, **before, **different})
            changes.spans |= {_touched(before, now), _touched(before | different, now)}
            if old.vanished_at is not None and "vanished_at" in different:
                back.append(old)
            if different.get("cancelled"):
                cancelled.append(old)
        if row.match is not None and row.match != old.match_hash:
            changes.hashes.append({"entry_id": old.id, "match_hash": row.match})
    for index in pairing.renumbered:
        row, entry = rows[index], pairing.found[index]
        if entry is not None:
            changes.numbers.append(
                {"entry_id": entry.id, "doc_no": row.doc_no, "line": lines.free(row)}
            )
    gone = _gone(pairing, rows, file.errors) if whole else []
    changes.vanished = [entry.id for entry in gone]
    for entry in gone:
        changes.spans.add(_touched(_updatable(entry), now))
    changes.events = events_of(
        gone=gone,
        back=back,
        cancelled=cancelled,
        renumbered=[(x, rows[n]) for n in pairing.renumbered if (x := pairing.found[n])],
        reissued=[(old.doc_no, rows[n]) for n, old in pairing.reissued]
        + reissued_in_file(rows, new),
        known=len(_within(known, rows)) if gone else len(known),
    )
    return changes


class _Lines:
    """Free line numbers under a document number: an entry that vanished keeps its own."""

    def __init__(self, known: Iterable[StoredEntry], pairing: Pairing) -> None:
        moved = {x.id for n in pairing.renumbered if (x := pairing.found[n])}
        self._used: dict[tuple[int, str], set[int]] = defaultdict(set)
        for entry in known:
            if entry.id not in moved:
                self._used[entry.fiscal_year, entry.doc_no].add(entry.line)

    def free(self, row: LedgerRow) -> int:
        """The row's own line, or the next that nobody has."""
        used = self._used[row.fiscal_year, row.doc_no]
        line = row.line if row.line not in used else max(used) + 1
        used.add(line)
        return line


def _within(known: Iterable[StoredEntry], rows: Sequence[LedgerRow]) -> list[StoredEntry]:
    """Entries that count until now, on the days of this export."""
    first = local_date(min(row.event_at for row in rows))
    last = local_date(max(row.event_at for row in rows))
    return [x for x in known if x.vanished_at is None and first <= local_date(x.event_at) <= last]


def _gone(
    pairing: Pairing, rows: Sequence[LedgerRow], errors: Sequence[RowError]
) -> list[StoredEntry]:
    """Entries on the days of this export that are not in it, or whose number is another's now.

    A bad row is no absence.
    """
    bad_numbers = {error.cells[2] for error in errors if len(error.cells) > 2}
    unreadable = any(not error.cells[2:3] or not error.cells[2] for error in errors)
    replaced = {old.id: old for _, old in pairing.reissued if old.vanished_at is None}
    absent = [] if unreadable else _within(pairing.left, rows)
    missing = {x.id: x for x in absent if x.doc_no not in bad_numbers}
    return list((missing | replaced).values())


def _updatable(entry: StoredEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in CHANGEABLE}


def _values(row: LedgerRow, snapshot: Snapshot, by_number: datetime | None) -> dict[str, Any]:
    """The columns of a new entry; a posting time that the file does not give is bounded."""
    low, high = row.recorded_from, row.recorded_to
    if row.recorded_precision is Precision.INTERVAL:
        low = snapshot.not_before(row, by_number)
        high = snapshot.at
        if low > high:  # the export's time was wrong, or the entry is dated ahead: say less
            low, high = row.event_at, None
    return {
        "office_code": row.office_code,
        "book": row.book,
        "fiscal_year": row.fiscal_year,
        "doc_no": row.doc_no,
        "line": row.line,
        "kind": row.kind,
        "event_at": row.event_at,
        "event_precision": row.event_precision,
        "recorded_from_at": low,
        "recorded_to_at": high,
        "recorded_precision": row.recorded_precision,
        "cancelled": row.cancelled,
        "match_hash": row.match,
    }


def _difference(old: StoredEntry, row: LedgerRow, snapshot: Snapshot) -> dict[str, Any]:
    """What this snapshot changes about an entry that the store has."""
    new: dict[str, Any] = {}
    if snapshot.is_newest:
        new = {
            "kind": row.kind,
            "event_at": row.event_at,
            "event_precision": row.event_precision,
            "cancelled": row.cancelled,
            "vanished_at": None,
        }
        if row.recorded_precision is not Precision.INTERVAL:
            new["recorded_from_at"] = row.recorded_from
            new["recorded_to_at"] = row.recorded_to
            new["recorded_precision"] = row.recorded_precision
        elif (
            old.recorded_precision is Precision.NONE
        ):  # tracked as open before, and now in the books
            values = _values(row, snapshot, None)
            new |= {name: values[name] for name in CHANGEABLE[3:6]}
    still_open = old.recorded_precision is Precision.INTERVAL and "recorded_to_at" not in new
    if still_open and (old.recorded_to_at is None or snapshot.at < old.recorded_to_at):
        new["recorded_to_at"] = max(snapshot.at, old.recorded_from_at or snapshot.at)
    return {name: value for name, value in new.items() if value != getattr(old, name)}


def _touched(values: dict[str, Any], now: datetime) -> tuple[date, date]:
    """The local days from event to posting (or now), whose conclusions this entry may change."""
    first = local_date(values["event_at"])
    last = local_date(values["recorded_to_at"] or now)
    return first, min(max(first, last), first + timedelta(days=MOST_DAYS))
