"""A file that was sent, read as its sender wants it read: with the columns they chose or confirmed before."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from laaswatch_collector.ledger.choices import ChoiceError, chosen_layouts
from laaswatch_collector.ledger.model import Book, Layout, LedgerFile, LedgerFormatError
from laaswatch_collector.ledger.read import read_ledger
from laaswatch_collector.server.routing import CONTEXT
from laaswatch_collector.server.uploads import UPLOADS, Upload
from laaswatch_collector.store.ledger_layouts import ConfirmedLayout, confirmed_layouts
from laaswatch_collector.store.matching_key import matching_key


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader of a file is told: the book, and the columns of each heading as chosen or confirmed."""

    book: Book | None
    chosen: dict[str, dict[str, int]] = field(default_factory=dict)
    confirmed: dict[str, ConfirmedLayout] = field(default_factory=dict)

    @property
    def layouts(self) -> dict[str, dict[str, int]]:
        """Somebody's word now goes before their word earlier."""
        return {x.signature: x.columns for x in self.confirmed.values()} | self.chosen

    @property
    def fields(self) -> dict[str, str]:
        """The form's fields for what was chosen, for a link that reads the file in the same way."""
        fields = {"book": str(self.book)} if self.book else {}
        for index, (signature, columns) in enumerate(self.chosen.items()):
            fields[f"s{index}"] = signature
            fields |= {f"s{index}-{name}": str(column) for name, column in columns.items()}
        return fields

    def sayer_of(self, layout: Layout) -> ConfirmedLayout | None:
        """Whose word the columns of a heading are, if somebody's."""
        known = self.confirmed.get(layout.signature)
        return known if known is not None and known.columns == layout.columns else None


@dataclass(frozen=True, slots=True)
class Understood:
    """A file as it was read, or why it cannot be."""

    file: LedgerFile | None
    layouts: tuple[Layout, ...]
    refusal: LedgerFormatError | ChoiceError | None = None


async def asked_of(request: web.Request, found: Upload, said: Mapping[str, str]) -> Asked:
    """What was said on the form; raises ChoiceError."""
    book = book_named(said.get("book", "")) or found.book
    confirmed = await request.app[CONTEXT].database.read_async(
        lambda c: confirmed_layouts(c, found.office, book)
    )
    return Asked(book, chosen_layouts(said), confirmed)


async def understand(request: web.Request, found: Upload, asked: Asked) -> Understood:
    """Read the file in its child process; two files at a time."""
    context = request.app[CONTEXT]
    key = await context.database.write_async(matching_key)
    try:
        async with request.app[UPLOADS].reading:
            file = await asyncio.to_thread(
                read_ledger,
                found.path,
                found.name,
                office_code=found.office,
                book=asked.book,
                latest=found.exported_at or context.now(),
                layouts=asked.layouts,
                key=key,
            )
    except LedgerFormatError as refusal:
        return Understood(None, refusal.layouts, refusal)
    return Understood(file, file.layouts)


def book_named(text: str) -> Book | None:
    """The book of a form's field, None for anything else."""
    return Book(text) if text in set(Book) else None
