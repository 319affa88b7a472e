"""The ledger's terms, and an entry as it is read from a file: only what lateness needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from laaswatch_collector.messages import Given, Message, Told


class Book(StrEnum):
    """The three books that the circular has checked (domain.md §1, row 4)."""

    RECEIPTS_REGISTER = "receipts_register"
    CASH_RECEIPTS_JOURNAL = "cash_receipts_journal"
    CASH_PAYMENTS_JOURNAL = "cash_payments_journal"


class System(StrEnum):
    """The five systems of e-LAAS that every authority must use (domain.md §1, row 2)."""

    BUDGET = "budget"
    RECEIPTS = "receipts"
    EXPENDITURE = "expenditure"
    ACCOUNTING = "accounting"
    REPORTS = "reports"


SYSTEM_OF = {
    Book.RECEIPTS_REGISTER: System.RECEIPTS,
    Book.CASH_RECEIPTS_JOURNAL: System.RECEIPTS,
    Book.CASH_PAYMENTS_JOURNAL: System.EXPENDITURE,
}


class Precision(StrEnum):
    """How exactly a time is known (domain.md §3.2)."""

    EXACT = "exact"
    MINUTE = "minute"
    DAY = "day"
    INTERVAL = "interval"
    NONE = "none"


class Band(StrEnum):
    """How an entry stands against its deadlines; three bands instead of a yes or no (domain.md §3.2)."""

    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"
    LATE = "late"
    UNDETERMINED = "undetermined"
    NOT_POSTED = "not_posted"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry as read. Aware times; `recorded_from` ≤ posting ≤ `recorded_to`.

    Both are None if it is not posted (precision NONE), or if the file does not say when it was posted
    (precision INTERVAL: the import fills in what its snapshots and the document numbers tell).
    """

    office_code: str
    book: Book
    fiscal_year: int
    doc_no: str
    line: int
    kind: str
    event_at: datetime
    event_precision: Precision
    recorded_from: datetime | None
    recorded_to: datetime | None
    recorded_precision: Precision
    cancelled: bool = False
    match: bytes | None = None
    """Keyed hash over the columns that are not kept; None where the file has none or no key was given."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known before the file is opened. `latest`: no entry can be dated after this moment.

    `offices`: the codes that are registered; None: whatever the file says. `layouts`: columns that a person
    confirmed, by the heading's signature. `key` makes the hash of what is not kept; never shown, never logged.
    """

    office_code: str | None = None
    book: Book | None = None
    latest: datetime | None = None
    offices: frozenset[str] | None = None
    layouts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Layout:
    """One heading of a file: its words, what each column looks like, and which fields were recognised.

    `row` counts as a person does. `looks` has one of date, number, text, empty a column. `confirmed`: the
    columns are a person's word, not ours. `signature` tells this heading from any other.
    """

    signature: str
    row: int
    header: tuple[str, ...]
    looks: tuple[str, ...]
    columns: dict[str, int]
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row (or a whole file, row 0) was not taken: where, and what a person can do about it."""

    file: str
    row: int
    column: str
    reason: Message
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """What a file held: good rows, bad rows, warnings, and the columns that were recognised."""

    file: str
    book: Book | None
    office_code: str | None
    rows: tuple[LedgerRow, ...]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    first_event: date | None = None
    last_event: date | None = None
    additive: bool = False
    """True for our own template (and files of mended rows): what is not in it has not vanished."""
    layouts: tuple[Layout, ...] = ()
    """The different headings of the file, top to bottom."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as the store keeps it; times as in `LedgerRow`, under the store's names."""

    id: int
    office_code: str
    book: Book
    fiscal_year: int
    doc_no: str
    line: int
    kind: str
    event_at: datetime
    event_precision: Precision
    recorded_from_at: datetime | None
    recorded_to_at: datetime | None
    recorded_precision: Precision
    cancelled: bool
    vanished_at: datetime | None = None
    match_hash: bytes | None = None


class LedgerFormatError(Told, ValueError):
    """A file that cannot be taken at all; nothing else may escape the importer.

    `layouts`: what may be its headings, so that a person can say which column is which.
    """

    def __init__(
        self, said: str | Message, /, *, layouts: tuple[Layout, ...] = (), **values: Given
    ) -> None:
        super().__init__(said, **values)
        self.layouts = layouts
