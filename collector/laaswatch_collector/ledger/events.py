"""What happened to a book between two exports, told as events: facts for consideration, no accusation.

The owner has cleared a whole year's data for offices and let them start again: an export that lacks most of
what was seen before is a reset, not a thousand deletions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from laaswatch_collector.ledger.model import LedgerRow, StoredEntry
from laaswatch_collector.worktime.thai import local_date

RESET_SHARE = 0.5
"""Of the entries known on the days of an export, as many gone make a reset."""
RESET_LEAST = 10
"""Fewer entries than this are single deletions, whatever their share."""
NUMBERS_KEPT = 20


class EventKind(StrEnum):
    """What may happen to entries between two exports."""

    RESET = "reset"
    VANISHED = "vanished"
    BACK = "back"
    CANCELLED = "cancelled"
    REISSUED = "reissued"
    RENUMBERED = "renumbered"


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One kind of event of one import. `of_entries`: entries known before on the days of the export.

    `numbers`: the document numbers, the first ones; "a → b" where a number took another's place.
    """

    kind: EventKind
    entries: int
    of_entries: int
    first_day: date
    last_day: date
    numbers: tuple[str, ...]


def events_of(
    *,
    gone: Sequence[StoredEntry],
    back: Sequence[StoredEntry],
    cancelled: Sequence[StoredEntry],
    renumbered: Sequence[tuple[StoredEntry, LedgerRow]],
    reissued: Sequence[tuple[str, LedgerRow]],
    known: int,
) -> list[LedgerEvent]:
    """The events of one import of one book. `reissued`: the earlier number, and the row that follows it."""
    events: list[LedgerEvent] = []
    if gone:
        reset = len(gone) >= RESET_LEAST and len(gone) >= RESET_SHARE * known
        kind = EventKind.RESET if reset else EventKind.VANISHED
        events.append(_event(kind, [(_day(x), _shown(x)) for x in gone], known))
    for kind, entries in ((EventKind.BACK, back), (EventKind.CANCELLED, cancelled)):
        if entries:
            events.append(_event(kind, [(_day(x), _shown(x)) for x in entries], known))
    if renumbered:
        moved = [(_day(row), f"{_shown(old)} → {row.doc_no}") for old, row in renumbered]
        events.append(_event(EventKind.RENUMBERED, moved, known))
    if reissued:
        again = [(_day(row), f"{old} → {row.doc_no}") for old, row in reissued]
        events.append(_event(EventKind.REISSUED, again, known))
    return events


def reissued_in_file(rows: Sequence[LedgerRow], new: set[int]) -> list[tuple[str, LedgerRow]]:
    """New rows (by index) that stand in the place of a cancelled one: the same day and the same hash."""
    cancelled = {
        (local_date(row.event_at), row.match): row.doc_no
        for row in rows
        if row.cancelled and row.match is not None
    }
    found = []
    for index in sorted(new):
        row = rows[index]
        place = (local_date(row.event_at), row.match)
        if not row.cancelled and row.match is not None and place in cancelled:
            found.append((cancelled[place], row))
    return found


def _event(kind: EventKind, seen: list[tuple[date, str]], known: int) -> LedgerEvent:
    days = [day for day, _ in seen]
    numbers = tuple(dict.fromkeys(number for _, number in seen))[:NUMBERS_KEPT]
    return LedgerEvent(kind, len(seen), max(known, len(seen)), min(days), max(days), numbers)


def _day(x: StoredEntry | LedgerRow) -> date:
    return local_date(x.event_at)


def _shown(entry: StoredEntry) -> str:
    return entry.doc_no if entry.line == 1 else f"{entry.doc_no}/{entry.line}"
