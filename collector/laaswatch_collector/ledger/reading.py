"""What one row of a ledger hands to the next, and what is collected on the way."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from laaswatch_collector.ledger.cells import BadRow
from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import Book, Expected, LedgerRow, RowError
from laaswatch_collector.messages import Given, message
from laaswatch_collector.worktime.thai import Era


@dataclass(slots=True)
class Reading:
    """The state of reading one file. `above`: the date of the row above, or why it had none."""

    file: str
    headings: Headings
    expected: Expected
    two_digit_era: Era = Era.BUDDHIST
    above: date | BadRow | None = None
    section_kind: str = ""
    rows: list[LedgerRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    lines: Counter[tuple[str, int, Book, str]] = field(default_factory=Counter)

    def warn(self, row: int, name: str, key: str, /, **values: Given) -> None:
        """Something odd that does not keep the row out; row 0: about the file."""
        column = self.headings.names.get(name, name)
        self.warnings.append(RowError(self.file, row, column, message(key, **values)))
