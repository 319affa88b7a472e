"""What each odd ledger file must give, beside the file itself: entries, errors, warnings or a refusal.

The files are made for the purpose: real bytes, by the libraries that write such files, or by hand where no
library would. `odd_texts` and `odd_workbooks` hold them; the test runs them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from laaswatch_collector.ledger.model import Book, Precision
from laaswatch_collector.worktime.thai import BANGKOK

RECEIPTS = "สมุดเงินสดรับ"


@dataclass(frozen=True)
class Odd:
    """One file. `entries`: as `told` writes them. `errors`: row → column. `refused`: words of the refusal."""

    id: str
    data: Callable[[], bytes]
    entries: tuple[str, ...] = ()
    errors: dict[int, str] = field(default_factory=dict)
    warnings: tuple[int, ...] = ()
    refused: str = ""
    name: str = f"{RECEIPTS}.xlsx"
    count: int | None = None
    """Instead of `entries` where there are too many to write down."""


def told(row):
    """2026-10-05 R-1, and what is out of the ordinary: line, kind, book, posting, cancellation."""
    words = [row.event_at.astimezone(BANGKOK).strftime("%Y-%m-%d"), row.doc_no]
    if row.line > 1:
        words.append(f"line {row.line}")
    if row.kind:
        words.append(row.kind)
    if row.book is not Book.CASH_RECEIPTS_JOURNAL:
        words.append(str(row.book))
    if row.recorded_precision is Precision.NONE:
        words.append("not posted")
    elif row.recorded_from:
        words.append(f"posted {row.recorded_from.astimezone(BANGKOK):%m-%d %H:%M}")
    if row.cancelled:
        words.append("cancelled")
    return " ".join(words)
