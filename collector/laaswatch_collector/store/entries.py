"""Ledger entries: snapshots come in, entries are added, changed or marked as vanished, never deleted.

An import is one transaction of the caller's: all of it or nothing. The same file again changes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.model import (
    Book,
    LedgerFile,
    LedgerFormatError,
    LedgerRow,
    Precision,
    RowError,
    StoredEntry,
)
from laaswatch_collector.ledger.number_order import lower_bounds
from laaswatch_collector.ledger.rows import entries_by_office
from laaswatch_collector.store.schema import entries, ledger_imports, offices
from laaswatch_collector.store.work import mark_stale
from laaswatch_collector.worktime.thai import local_date

__all__ = ["ImportResult", "StoredEntry", "entries_of", "import_ledger"]

MOST_DAYS = 45
"""Days after an entry's event whose conclusions an import asks for again."""
KEPT_ERRORS = 200
"""Row errors stored with an import; all of them are in the file of rows to mend."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. `same`: rows that the store already had, unchanged."""

    good: int
    bad: int
    added: int = 0
    changed: int = 0
    vanished: int = 0
    same: int = 0
    imports: tuple[int, ...] = ()


@dataclass(slots=True)
class _Changes:
    """What one office's book needs: rows to insert and update, and the days that this touches."""

    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    days: set[date] = field(default_factory=set)


def import_ledger(
    connection: sa.Connection,
    file: LedgerFile,
    *,
    sha256: bytes,
    imported_by: str,
    now: datetime,
    snapshot_at: datetime,
    snapshot_known: bool = True,
) -> ImportResult:
    """Take a file's good rows. `snapshot_at`: when it was exported; `snapshot_known`: by somebody's word.

    A time that is only guessed (a file's date) bounds entries above, never below. Raises
    LedgerFormatError if a row's office is not registered (ask the reader to check that row by row).
    """
    groups = list(entries_by_office(file))
    _check_offices(connection, {office for (office, _), _ in groups})
    if not groups:
        office = file.office_code if _is_office(connection, file.office_code) else None
        made = _record(
            connection, file, sha256, imported_by, now, snapshot_at, office, file.book, 0
        )
        return ImportResult(0, len(file.errors), imports=(made,))
    total = ImportResult(len(file.rows), len(file.errors))
    days: set[date] = set()
    proves = snapshot_known and not file.additive and not file.errors
    for position, ((office, book), rows) in enumerate(groups):
        if _is_again(connection, sha256, office, book, len(rows)):
            total = _plus(total, same=len(rows))
            continue
        snapshot = _Snapshot(connection, office, book, snapshot_at)
        changes = _compare(connection, snapshot, file, rows, now)
        made = _record(
            connection,
            file if position == 0 else None,
            sha256,
            imported_by,
            now,
            snapshot_at,
            office,
            book,
            len(rows),
            name=file.file,
            changes=changes,
            proves=proves,
        )
        _apply(connection, changes, made, snapshot_at)
        days |= changes.days
        total = _plus(
            total,
            added=len(changes.inserts),
            changed=len(changes.updates),
            vanished=len(changes.vanished),
            same=len(rows) - len(changes.inserts) - len(changes.updates),
            imports=(made,),
        )
    mark_stale(connection, days, now)
    return total


def entries_of(
    connection: sa.Connection, office_code: str | None, from_at: datetime, to_at: datetime
) -> list[StoredEntry]:
    """The entries (of one office, or of all) with an event in [from_at, to_at), without vanished ones."""
    query = (
        sa.select(*(entries.c[name] for name in _FIELDS))
        .where(
            entries.c.event_at >= from_at,
            entries.c.event_at < to_at,
            entries.c.vanished_at.is_(None),
        )
        .order_by(entries.c.office_code, entries.c.event_at, entries.c.id)
    )
    if office_code is not None:
        query = query.where(entries.c.office_code == office_code)
    return [_stored(row) for row in connection.execute(query)]


_FIELDS = tuple(StoredEntry.__dataclass_fields__)


def _stored(row: sa.Row[Any]) -> StoredEntry:
    values = dict(zip(_FIELDS, row, strict=True))
    values["book"] = Book(values["book"])
    for name in ("event_precision", "recorded_precision"):
        values[name] = Precision(values[name])
    return StoredEntry(**values)


# ------------------------------------------------------------------ what was there before


class _Snapshot:
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


def _compare(
    connection: sa.Connection,
    snapshot: _Snapshot,
    file: LedgerFile,
    rows: Sequence[LedgerRow],
    now: datetime,
) -> _Changes:
    changes = _Changes()
    known = _known(connection, snapshot, {row.fiscal_year for row in rows})
    for row, by_number in zip(rows, lower_bounds(rows), strict=True):
        old = known.pop((row.fiscal_year, row.doc_no, row.line), None)
        if old is None:
            values = _values(row, snapshot, by_number)
            changes.inserts.append(values)
            changes.days |= _touched(values, now)
            continue
        new = _difference(old, row, snapshot)
        changes.seen.append(old.id)
        if new:
            changes.updates.append({"entry_id": old.id, **_updatable(old), **new})
            changes.days |= _touched(_updatable(old), now) | _touched(_updatable(old) | new, now)
    if snapshot.is_newest and not file.additive:
        gone = _gone(known.values(), rows, file.errors)
        changes.vanished = [entry.id for entry in gone]
        for entry in gone:
            changes.days |= _touched(_updatable(entry), now)
    return changes


def _known(
    connection: sa.Connection, snapshot: _Snapshot, years: Iterable[int]
) -> dict[tuple[int, str, int], StoredEntry]:
    query = sa.select(*(entries.c[name] for name in _FIELDS)).where(
        entries.c.office_code == snapshot.office,
        entries.c.book == snapshot.book,
        entries.c.fiscal_year.in_(sorted(years)),
    )
    found = (_stored(row) for row in connection.execute(query))
    return {(entry.fiscal_year, entry.doc_no, entry.line): entry for entry in found}


def _gone(
    left: Iterable[StoredEntry], rows: Sequence[LedgerRow], errors: Sequence[RowError]
) -> list[StoredEntry]:
    """Entries that lie within the days of this export but are not in it; a bad row is no absence."""
    first = min(row.event_at for row in rows)
    last = max(row.event_at for row in rows)
    bad_numbers = {error.cells[2] for error in errors if len(error.cells) > 2}
    unreadable = any(not error.cells[2:3] or not error.cells[2] for error in errors)
    return [
        entry
        for entry in left
        if entry.vanished_at is None
        and not unreadable
        and local_date(first) <= local_date(entry.event_at) <= local_date(last)
        and entry.doc_no not in bad_numbers
    ]


_CHANGEABLE = (
    "kind",
    "event_at",
    "event_precision",
    "recorded_from_at",
    "recorded_to_at",
    "recorded_precision",
    "vanished_at",
    "cancelled",
)


def _updatable(entry: StoredEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _CHANGEABLE}


def _values(row: LedgerRow, snapshot: _Snapshot, by_number: datetime | None) -> dict[str, Any]:
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
    }


def _difference(old: StoredEntry, row: LedgerRow, snapshot: _Snapshot) -> dict[str, Any]:
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
            new |= {name: values[name] for name in _CHANGEABLE[3:6]}
    still_open = old.recorded_precision is Precision.INTERVAL and "recorded_to_at" not in new
    if still_open and (old.recorded_to_at is None or snapshot.at < old.recorded_to_at):
        new["recorded_to_at"] = max(snapshot.at, old.recorded_from_at or snapshot.at)
    return {name: value for name, value in new.items() if value != getattr(old, name)}


def _touched(values: dict[str, Any], now: datetime) -> set[date]:
    """The local days from event to posting (or now), whose conclusions this entry may change."""
    first = local_date(values["event_at"])
    last = local_date(values["recorded_to_at"] or now)
    days = min(max(0, (last - first).days), MOST_DAYS)
    return {first + timedelta(days=n) for n in range(days + 1)}


# ------------------------------------------------------------------ writing


def _apply(
    connection: sa.Connection, changes: _Changes, import_id: int, snapshot_at: datetime
) -> None:
    if changes.inserts:
        ids = {"first_import_id": import_id, "last_import_id": import_id}
        connection.execute(entries.insert(), [values | ids for values in changes.inserts])
    if changes.updates:
        names: dict[str, Any] = {name: sa.bindparam(name) for name in _CHANGEABLE}
        connection.execute(
            entries.update().where(entries.c.id == sa.bindparam("entry_id")).values(names),
            changes.updates,
        )
    for ids_of, values in (
        (changes.seen, {"last_import_id": import_id}),
        (changes.vanished, {"vanished_at": snapshot_at}),
    ):
        for first in range(0, len(ids_of), 500):  # SQLite bounds the parameters of one statement
            part = ids_of[first : first + 500]
            connection.execute(entries.update().where(entries.c.id.in_(part)).values(**values))


def _record(
    connection: sa.Connection,
    file: LedgerFile | None,
    sha256: bytes,
    imported_by: str,
    now: datetime,
    snapshot_at: datetime,
    office: str | None,
    book: Book | None,
    good: int,
    *,
    name: str | None = None,
    changes: _Changes | None = None,
    proves: bool = False,
) -> int:
    """One line in the register of imports, for one office's book; bad rows stand with the first."""
    errors = file.errors if file else ()
    changes = changes or _Changes()
    made = connection.execute(
        ledger_imports.insert().values(
            office_code=office,
            file_name=name or (file.file if file else ""),
            sha256=sha256,
            book=book or "",
            imported_at=now,
            snapshot_at=snapshot_at,
            imported_by=imported_by,
            rows_good=good,
            rows_bad=len(errors),
            added=len(changes.inserts),
            changed=len(changes.updates),
            vanished=len(changes.vanished),
            errors=json.dumps(
                [
                    {
                        "row": error.row,
                        "column": error.column,
                        "reason_th": error.reason_th,
                        "reason_en": error.reason_en,
                    }
                    for error in errors[:KEPT_ERRORS]
                ],
                ensure_ascii=False,
            ),
            proves_absence=proves,
        )
    )
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for an import")
    return int(made.inserted_primary_key[0])


def _is_again(connection: sa.Connection, sha256: bytes, office: str, book: Book, good: int) -> bool:
    """Whether the last import of this office's book was this very file."""
    last = connection.execute(
        sa.select(ledger_imports.c.sha256, ledger_imports.c.rows_good)
        .where(ledger_imports.c.office_code == office, ledger_imports.c.book == book)
        .order_by(ledger_imports.c.id.desc())
        .limit(1)
    ).first()
    return last is not None and last.sha256 == sha256 and last.rows_good == good


def _check_offices(connection: sa.Connection, codes: set[str]) -> None:
    missing = [code for code in sorted(codes) if not _is_office(connection, code)]
    if missing:
        shown = ", ".join(missing[:5])
        raise LedgerFormatError(
            f"ไม่มีหน่วยงานรหัส {shown} ในทะเบียน: โปรดนำเข้ารายชื่อหน่วยงานก่อน",
            f"no office with the code {shown} is registered: import the offices first",
        )


def _is_office(connection: sa.Connection, code: str | None) -> bool:
    if code is None:
        return False
    found = connection.execute(sa.select(offices.c.code).where(offices.c.code == code)).first()
    return found is not None


def _plus(total: ImportResult, **more: Any) -> ImportResult:  # noqa: ANN401 - counts, and ids
    values = {name: getattr(total, name) for name in ImportResult.__dataclass_fields__}
    return ImportResult(
        **{name: values[name] + more.get(name, type(values[name])()) for name in values}
    )
