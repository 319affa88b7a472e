"""Which column of a file is which: by the words of its heading, never by its position.

The words come from config/ledger-headers.yaml. Both sides are made canonical first, since the same
Thai word is typed with the vowel อำ in two ways, its tone mark before or after, and with or without
spaces and dots.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.worktime.thai import latin_digits

FIELDS = (
    "office_code",
    "book",
    "doc_no",
    "book_no",
    "event_date",
    "notice_date",
    "recorded_at",
    "recorded_time",
    "kind",
    "account_code",
    "account_name",
    "status",
)
"""All that is ever read of a ledger."""
REQUIRED = ("event_date", "doc_no")

_TONE_BEFORE_NIKHAHIT = re.compile("([\u0e48-\u0e4b])\u0e4d")
_DROPPED = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad.,:;/()\[\]_*'\"-]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")


class HeadingsError(ValueError):
    """A key of the headings file that is missing, unknown or not usable; says which."""


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """A word as it is compared: one spelling of อำ, no spaces, dots or brackets, Latin digits, lower case."""
    text = unicodedata.normalize("NFKC", _DROPPED.sub("", text)).casefold().replace("เเ", "แ")
    text = _TONE_BEFORE_NIKHAHIT.sub("\u0e4d\\1", text)
    return _DROPPED.sub("", latin_digits(text))


@dataclass(frozen=True, slots=True)
class Headings:
    """The words of the configuration, canonical. `fields`: word → (field, rank), rank 0 preferred."""

    fields: Mapping[str, tuple[str, int]]
    books: Mapping[str, Book]
    kinds: Mapping[str, str]
    not_entries: tuple[str, ...]
    cancelled: tuple[str, ...]
    footers: tuple[str, ...] = ()
    matched: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: object) -> "Headings":
        """From the configuration file's content; raises HeadingsError."""
        return _parse(data)

    def field_of(self, heading: str) -> tuple[str, int] | None:
        """The field (and its rank) that a heading names."""
        if len(heading) > 200:
            return None
        found = self.fields.get(canonical(heading))
        if found is None and "(" in heading:
            found = self.fields.get(canonical(_BRACKETS.sub("", heading)))
        return found

    def book_of(self, text: str) -> Book | None:
        """The book that a text names as a whole."""
        return self.books.get(canonical(text))

    def book_in(self, text: str) -> Book | None:
        """The book that a title, sheet name or file name speaks of; None if none, or more than one."""
        name = canonical(text)
        found = {book for word, book in self.books.items() if word in name}
        return found.pop() if len(found) == 1 else None

    def kind_of(self, text: str) -> str:
        """The kind of entry that a text or account code begins with, "" if none is known."""
        name = canonical(text)
        return next((kind for word, kind in self.kinds.items() if name.startswith(word)), "")

    def is_total(self, cells: Sequence[object]) -> bool:
        """Whether a row's cells say that it is a total or a balance carried, and no entry."""
        return any(
            canonical(cell[:80]).startswith(self.not_entries)
            for cell in cells
            if isinstance(cell, str) and cell
        )

    def is_footer(self, text: str) -> bool:
        """Whether what stands in the column of the numbers is a signature, a page or a printing mark."""
        return canonical(text[:80]).startswith(self.footers) if self.footers else False

    def matched_columns(self, header: Sequence[str]) -> dict[str, int]:
        """The columns whose content is hashed and not kept: canonical heading → column, the first of each."""
        found: dict[str, int] = {}
        for column, text in enumerate(header):
            if text and (word := canonical(_BRACKETS.sub("", text[:200]))) in self.matched:
                found.setdefault(word, column)
        return found

    def is_cancelled(self, text: str) -> bool:
        """Whether a status or a document number says that the entry was cancelled."""
        name = canonical(text[:80])
        return any(word in name for word in self.cancelled)

    def columns(self, rows: Sequence[Sequence[object]]) -> dict[str, int]:
        """Field → column of a heading that is one to three rows high (merged cells come as blanks)."""
        best: dict[str, tuple[int, int]] = {}
        for column in range(max(map(len, rows), default=0)):
            for text in _texts(rows, column):
                if found := self.field_of(text):
                    name, rank = found
                    if name not in best or rank < best[name][0]:
                        best[name] = (rank, column)
                    break
        return {name: column for name, (_, column) in best.items()}


def _texts(rows: Sequence[Sequence[object]], column: int) -> list[str]:
    """The texts that may name a column: its lowest cell, joined with what stands above, the one above."""
    stack = [_text(row, column) for row in rows]
    below = [text for text in stack if text]
    if len(rows) == 1 or not below:
        return below
    above = stack[0] or _merged_from_left(rows[0], column)
    joined = " ".join(dict.fromkeys([above, *[text for text in stack[1:] if text]]))
    return [below[-1], joined, below[0]]


def _text(row: Sequence[object], column: int) -> str:
    cell = row[column] if column < len(row) else None
    return cell.strip() if isinstance(cell, str) else ""


def _merged_from_left(row: Sequence[object], column: int) -> str:
    return next((text for c in range(column, -1, -1) if (text := _text(row, c))), "")


# ------------------------------------------------------------------ the file


def _parse(data: object) -> Headings:
    expected = {
        "version", "fields", "books", "kinds", "not_entries", "footers", "cancelled", "matched"
    }  # fmt: skip
    if not isinstance(data, Mapping) or set(data) != expected:
        raise HeadingsError(f"expected the keys {', '.join(sorted(expected))}")
    fields: dict[str, tuple[str, int]] = {}
    for name, words in _lists(data["fields"], "fields").items():
        if name not in FIELDS:
            raise HeadingsError(f"fields: there is no field {name}")
        for rank, word in enumerate(words):
            if fields.setdefault(word, (name, rank))[0] != name:
                raise HeadingsError(f"fields: {word!r} stands for two fields")
    for name in REQUIRED:
        if not any(found == name for found, _ in fields.values()):
            raise HeadingsError(f"fields: {name} has no headings")
    books: dict[str, Book] = {}
    for name, words in _lists(data["books"], "books").items():
        try:
            books |= dict.fromkeys(words, Book(name))
        except ValueError:
            raise HeadingsError(f"books: there is no book {name}") from None
    return Headings(
        fields=fields,
        books=books,
        kinds={
            word: kind for kind, words in _lists(data["kinds"], "kinds").items() for word in words
        },
        not_entries=tuple(_words(data["not_entries"], "not_entries")),
        cancelled=tuple(_words(data["cancelled"], "cancelled")),
        footers=tuple(_words(data["footers"], "footers")),
        matched=_matched(_words(data["matched"], "matched"), fields),
        names={name: str(words[0]) for name, words in data["fields"].items()},
    )


def _matched(words: list[str], fields: Mapping[str, object]) -> frozenset[str]:
    for word in words:
        if word in fields:
            raise HeadingsError(f"matched: {word!r} is a field already, and kept")
    return frozenset(words)


def _lists(data: object, where: str) -> dict[str, list[str]]:
    if not isinstance(data, Mapping):
        raise HeadingsError(f"{where}: expected names with lists of words")
    return {str(name): _words(words, f"{where}: {name}") for name, words in data.items()}


def _words(data: object, where: str) -> list[str]:
    if not isinstance(data, list) or not data:
        raise HeadingsError(f"{where}: expected a list of words")
    words = [canonical(str(word)) for word in data]
    if "" in words:
        raise HeadingsError(f"{where}: an empty word would fit everything")
    return words
