"""The register of ledger imports: snapshots come in; entries are added, changed or marked as vanished, never deleted.

An import is one transaction of the caller's: all of it or nothing. The same file again changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from laaswatch_collector.ledger.model import Book, LedgerFile, LedgerFormatError
from laaswatch_collector.ledger.rows import entries_by_office
from laaswatch_collector.messages import Message, message
from laaswatch_collector.store.ledger_events import write_events
from laaswatch_collector.store.schema import entries, ledger_imports, ledger_layouts, offices
from laaswatch_collector.store.snapshots import CHANGEABLE, Changes, Snapshot, compare
from laaswatch_collector.store.work import mark_to_judge

KEPT_ERRORS = 200
"""Row errors stored with an import; all of them are in the file of rows to mend."""


class KeptError(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row error as an import keeps it. Imports before the catalogues kept words instead of a message."""

    row: int
    column: str
    reason: Message | None = None
    reason_th: str = ""
    reason_en: str = ""

    @property
    def said(self) -> Message:
        """Why the row was not taken."""
        told = f"{self.reason_th} · {self.reason_en}"
        return self.reason or message("row.told_before", reason=told)


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
    _one_at_a_time(connection, {office for (office, _), _ in groups})
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
        snapshot = Snapshot(connection, office, book, snapshot_at)
        changes = compare(connection, snapshot, file, rows, now)
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
        write_events(connection, office, book, made, snapshot_at, changes.events)
        days |= changes.days
        total = _plus(
            total,
            added=len(changes.inserts),
            changed=len(changes.updates),
            vanished=len(changes.vanished),
            same=len(rows) - len(changes.inserts) - len(changes.updates),
            imports=(made,),
        )
    if days:
        mine = entries.c.office_code.in_(sorted({office for (office, _), _ in groups}))
        mark_to_judge(connection, min(days), max(days), mine)
    return total


# ------------------------------------------------------------------ writing


def _apply(
    connection: sa.Connection, changes: Changes, import_id: int, snapshot_at: datetime
) -> None:
    _renumber(connection, changes)
    if changes.inserts:
        ids = {"first_import_id": import_id, "last_import_id": import_id}
        connection.execute(entries.insert(), [values | ids for values in changes.inserts])
    if changes.updates:
        names: dict[str, Any] = {name: sa.bindparam(name) for name in CHANGEABLE}
        connection.execute(
            entries.update().where(entries.c.id == sa.bindparam("entry_id")).values(names),
            changes.updates,
        )
    if changes.hashes:
        connection.execute(
            entries.update()
            .where(entries.c.id == sa.bindparam("entry_id"))
            .values(match_hash=sa.bindparam("match_hash")),
            changes.hashes,
        )
    for ids_of, values in (
        (changes.seen, {"last_import_id": import_id}),
        (changes.vanished, {"vanished_at": snapshot_at}),
    ):
        for first in range(0, len(ids_of), 500):  # SQLite bounds the parameters of one statement
            part = ids_of[first : first + 500]
            connection.execute(entries.update().where(entries.c.id.in_(part)).values(**values))


def _renumber(connection: sa.Connection, changes: Changes) -> None:
    """Give entries their new numbers; through a number of nobody's, since two may change places."""
    if not changes.numbers:
        return
    statement = entries.update().where(entries.c.id == sa.bindparam("entry_id"))
    changed: dict[str, Any] = {"doc_no": sa.bindparam("doc_no"), "line": sa.bindparam("line")}
    between = [{**x, "doc_no": f"~{x['entry_id']}"} for x in changes.numbers]
    connection.execute(statement.values(changed), between)
    connection.execute(statement.values(changed), changes.numbers)


def _without_cells(reason: Message) -> Message:
    """A reason without the cell that it repeats: a name that stood in the wrong column is not kept."""
    return Message(reason.key, reason.values | ({"shown": "…"} if "shown" in reason.values else {}))


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
    changes: Changes | None = None,
    proves: bool = False,
) -> int:
    """One line in the register of imports, for one office's book; bad rows stand with the first."""
    errors = file.errors if file else ()
    changes = changes or Changes()
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
            errors=msgspec.json.encode(
                [
                    KeptError(error.row, error.column, _without_cells(error.reason))
                    for error in errors[:KEPT_ERRORS]
                ]
            ).decode(),
            proves_absence=proves,
        )
    )
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for an import")
    return int(made.inserted_primary_key[0])


def _is_again(connection: sa.Connection, sha256: bytes, office: str, book: Book, good: int) -> bool:
    """Whether the last import of this office's book was this very file, with its columns as they are now."""
    last = connection.execute(
        sa.select(ledger_imports.c.sha256, ledger_imports.c.rows_good, ledger_imports.c.imported_at)
        .where(ledger_imports.c.office_code == office, ledger_imports.c.book == book)
        .order_by(ledger_imports.c.id.desc())
        .limit(1)
    ).first()
    if last is None or last.sha256 != sha256 or last.rows_good != good:
        return False
    x = ledger_layouts.c
    confirmed = connection.execute(
        sa.select(sa.func.max(x.confirmed_at)).where(x.office_code == office, x.book == book)
    ).scalar()
    return confirmed is None or confirmed <= last.imported_at


def _check_offices(connection: sa.Connection, codes: set[str]) -> None:
    missing = [code for code in sorted(codes) if not _is_office(connection, code)]
    if missing:
        shown = ", ".join(missing[:5])
        raise LedgerFormatError(
            "file.unknown_offices",
            codes=shown,
        )


def _one_at_a_time(connection: sa.Connection, codes: set[str]) -> None:
    """Another collector that imports for one of these offices waits until this import is over."""
    # Without the key's own lock: what refers to an office may go on. SQLite has one writer anyway.
    query = sa.select(offices.c.code).where(offices.c.code.in_(sorted(codes)))
    connection.execute(query.order_by(offices.c.code).with_for_update(key_share=True)).all()


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
