"""The ledger's terms, and an entry as it is read from a file: only what lateness needs."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


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
    """One entry as read. Aware times; `recorded_from` ≤ posting ≤ `recorded_to`, both None if unknown."""

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


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row (or a whole file, row 0) was not taken: where, what, and in words that a person can act on."""

    file: str
    row: int
    column: str
    reason_th: str
    reason_en: str
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
