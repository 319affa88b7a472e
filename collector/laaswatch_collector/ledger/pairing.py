"""Which row of an export is which entry that the store has: by number, and by the hash of what is not kept.

A number alone does not say so: it may be issued again to another receipt, the lines of a voucher move when
one is taken out, and after a reset everything may come back under other numbers. Where a file or the store
has no hash, number and line decide, as they always did.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from laaswatch_collector.ledger.model import LedgerRow, StoredEntry
from laaswatch_collector.worktime.thai import local_date

Key = tuple[int, str]
"""Fiscal year and document number."""


@dataclass(slots=True)
class Pairing:
    """`found`: the entry of each row, None if it is new. `left`: entries that no row is.

    `renumbered`: rows (by index) that stand under another number than their entry. `reissued`: rows whose
    number belonged to another entry until now, with that entry.
    """

    found: list[StoredEntry | None]
    left: list[StoredEntry] = field(default_factory=list)
    renumbered: list[int] = field(default_factory=list)
    reissued: list[tuple[int, StoredEntry]] = field(default_factory=list)


def pair(rows: Sequence[LedgerRow], known: Iterable[StoredEntry], *, whole: bool) -> Pairing:
    """Pair the rows with what is known. `whole`: the file is all there is, so a number may have changed."""
    work = _Work(rows, known)
    work.same_number_and_hash(same_day=True)
    work.same_number_and_hash(same_day=False)
    if whole:
        work.same_day_and_hash()
    work.same_number_and_line()
    work.pairing.left = [x for x in work.known if x.id not in work.taken]
    return work.pairing


class _Work:
    """The passes, each over what the ones before it left."""

    def __init__(self, rows: Sequence[LedgerRow], known: Iterable[StoredEntry]) -> None:
        self.rows = rows
        self.known = sorted(known, key=lambda x: (x.fiscal_year, x.doc_no, x.line))
        self.pairing = Pairing([None] * len(rows))
        self.taken: set[int] = set()
        self._by_number: dict[Key, list[StoredEntry]] = defaultdict(list)
        for entry in self.known:
            self._by_number[entry.fiscal_year, entry.doc_no].append(entry)

    def same_number_and_hash(self, *, same_day: bool) -> None:
        """The same line of the book, wherever it stands among the lines of its number."""
        for index, row in self._open():
            if row.match is None:
                continue
            for entry in self._free(row):
                if entry.match_hash == row.match and (not same_day or _on_one_day(row, entry)):
                    self._take(index, entry)
                    break

    def same_day_and_hash(self) -> None:
        """The same line under another number, if there are as many such rows as such entries."""
        new: dict[tuple[date, bytes], list[int]] = defaultdict(list)
        for index, row in self._open():
            if row.match is not None:
                new[local_date(row.event_at), row.match].append(index)
        old: dict[tuple[date, bytes], list[StoredEntry]] = defaultdict(list)
        for entry in self.known:
            if entry.id not in self.taken and entry.match_hash is not None:
                old[local_date(entry.event_at), entry.match_hash].append(entry)
        for key, indexes in new.items():
            if len(old.get(key, ())) == len(indexes):
                for index, entry in zip(indexes, old[key], strict=True):
                    self._take(index, entry)
                    self.pairing.renumbered.append(index)

    def same_number_and_line(self) -> None:
        """The same number and place: its text or its day was corrected, or there is no hash to go by."""
        for index, row in self._open():
            for entry in self._free(row):
                if entry.line != row.line:
                    continue
                if _is_another(row, entry):
                    self.pairing.reissued.append((index, entry))
                else:
                    self._take(index, entry)
                    break

    def _open(self) -> list[tuple[int, LedgerRow]]:
        return [(n, row) for n, row in enumerate(self.rows) if self.pairing.found[n] is None]

    def _free(self, row: LedgerRow) -> list[StoredEntry]:
        mine = self._by_number.get((row.fiscal_year, row.doc_no), ())
        return [x for x in mine if x.id not in self.taken]

    def _take(self, index: int, entry: StoredEntry) -> None:
        self.pairing.found[index] = entry
        self.taken.add(entry.id)


def _is_another(row: LedgerRow, entry: StoredEntry) -> bool:
    """The number now stands for something else: another day, and another text or amount."""
    if row.match is None or entry.match_hash is None or row.match == entry.match_hash:
        return False
    return not _on_one_day(row, entry)


def _on_one_day(row: LedgerRow, entry: StoredEntry) -> bool:
    return local_date(row.event_at) == local_date(entry.event_at)
