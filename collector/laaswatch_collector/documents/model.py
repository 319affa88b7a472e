"""What a document is made of: parts in their order, for the writers of PDF, DOCX and HTML.

All text is here, in Latin digits; `with_thai_digits` turns them for a Thai letter, at the very end. Lengths
are millimetres, sizes points of TH Sarabun (`official`).
"""

from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from laaswatch_collector.documents.official import BODY, FIRST_LINE, SMALL, official_digits


class Align(StrEnum):
    """How lines stand between the margins."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Run(msgspec.Struct, frozen=True):
    """Some words. `keep`: their digits stay Latin (codes, addresses). `size`: points, 0 = as the rest."""

    text: str
    bold: bool = False
    italic: bool = False
    keep: bool = False
    size: float = 0


Runs = tuple[Run, ...]


class Emblem(msgspec.Struct, frozen=True, tag="emblem"):
    """The Garuda's place: the office's own picture, or room of the same height."""

    height: float
    align: Align


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """`first`: indent of the first line. `before`: room above. `exact`: its lines' pitch in points, 0 = single."""

    runs: Runs
    size: float = BODY
    align: Align = Align.LEFT
    left: float = 0
    first: float = 0
    before: float = 0
    exact: float = 0
    keep_next: bool = False


class Labelled(msgspec.Struct, frozen=True, tag="labelled"):
    """A label, and lines that hang beside it: เรื่อง, เรียน, อ้างถึง, สิ่งที่ส่งมาด้วย."""

    label: Runs
    lines: tuple[Runs, ...]
    width: float
    label_size: float = BODY
    before: float = 2.1


class Columns(msgspec.Struct, frozen=True, tag="columns"):
    """Text side by side without lines between: each column has a width and paragraphs."""

    widths: tuple[float, ...]
    cells: tuple[tuple[Runs, ...], ...]
    size: float = BODY
    before: float = 0


class Column(msgspec.Struct, frozen=True):
    """A column of a table."""

    title: str
    width: float
    align: Align = Align.LEFT


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A ruled table; its heading comes again on every page, a row stays on one."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Runs, ...], ...]
    size: float = SMALL


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A drawing (SVG) with a text that says the same."""

    svg: str
    alt: str
    width: float
    height: float
    align: Align = Align.CENTER


class PageBreak(msgspec.Struct, frozen=True, tag="page_break"):
    """What follows begins on a new page."""


Block = Emblem | Paragraph | Labelled | Columns | Table | Figure | PageBreak


class Document(msgspec.Struct, frozen=True):
    """A document. `footer` stands small at the foot of every page; pages are numbered from the second on."""

    kind: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    footer: Runs = ()
    thai_digits: bool = False


def text(words: str, *, bold: bool = False, keep: bool = False) -> Runs:
    """Words as they are, in one run."""
    return (Run(words, bold=bold, keep=keep),)


def body(words: str, **options: Any) -> Paragraph:  # noqa: ANN401 - the paragraph's own fields
    """A paragraph of a letter: its first line is indented."""
    return Paragraph(text(words), **({"first": FIRST_LINE, "before": 2.1} | options))


T = TypeVar("T")


def with_thai_digits(document: Document) -> Document:
    """The document as it is put out: Thai digits if it is a Thai one."""
    if document.language != "th":
        return document
    turned = _turned(document)
    return msgspec.structs.replace(turned, thai_digits=True)


def _turned(part: T) -> T:
    if isinstance(part, Run):
        return part if part.keep else msgspec.structs.replace(part, text=official_digits(part.text))
    if isinstance(part, Column):
        return msgspec.structs.replace(part, title=official_digits(part.title))
    if isinstance(part, Figure):
        return msgspec.structs.replace(part, alt=official_digits(part.alt))
    if isinstance(part, tuple):
        return tuple(_turned(x) for x in part)  # type: ignore[return-value]
    if isinstance(part, msgspec.Struct):
        return msgspec.structs.replace(
            part, **{name: _turned(getattr(part, name)) for name in part.__struct_fields__}
        )
    return part


def plain_text(document: Document) -> list[str]:
    """Every piece of text in its order, for tests, programs and searching."""
    found: list[str] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            found.append(joined(block.runs))
        elif isinstance(block, Labelled):
            found += [joined(block.label), *map(joined, block.lines)]
        elif isinstance(block, Columns):
            found += [joined(line) for cell in block.cells for line in cell]
        elif isinstance(block, Table):
            found += [column.title for column in block.columns]
            found += [joined(cell) for row in block.rows for cell in row]
    return found


def joined(runs: Runs) -> str:
    """The words of runs."""
    return "".join(x.text for x in runs)
