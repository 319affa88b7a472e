"""A document as PDF, and pictures of it: typst sets it, with the bundled fonts and without a network.

Pure but for reading the program's own files: the same document and emblem give the same bytes.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import typst

from laaswatch_collector.documents import official
from laaswatch_collector.documents.emblem import picture_kind
from laaswatch_collector.documents.model import Document, Figure

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TEMPLATE = HERE / "sheet.typ"
_NO_PACKAGES = "/nonexistent"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""A PDF's own date would differ each time; what a document says of time stands in its text."""


def to_pdf(document: Document, emblem: bytes = b"") -> bytes:
    """The document's pages; `emblem` is the office's own picture (PNG or JPEG)."""
    (pages,) = _set(document, emblem, "pdf", None)
    return pages


def to_png(document: Document, emblem: bytes = b"", ppi: float = 80) -> list[bytes]:
    """A picture of every page."""
    return _set(document, emblem, "png", ppi)


def figure_png(figure: Figure, ppi: float = 220) -> bytes:
    """A drawing as a picture, for readers that know no SVG."""
    source = (
        f"#set page(width: {figure.width}mm, height: {figure.height}mm, margin: 0pt)\n"
        '#set text(font: "Sarabun")\n'
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    found = typst.compile(
        source.encode(), format="png", ppi=ppi, font_paths=_fonts(), sys_inputs={"svg": figure.svg},
        package_path=_NO_PACKAGES, package_cache_path=_NO_PACKAGES,
    )  # fmt: skip
    return _pages(found)[0]


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Ours and no others: a machine's own fonts would change the pages."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


def _set(
    document: Document, emblem: bytes, form: Literal["pdf", "png"], ppi: float | None
) -> list[bytes]:
    paper = asdict(official.PAGE) | {
        "scale": official.BUNDLED_SCALE,
        "line": official.LINE,
        "body": official.BODY,
        "emblem_top": official.EMBLEM_TOP,
    }
    given = {
        "document": msgspec.json.encode(document).decode(),
        "paper": msgspec.json.encode(paper).decode(),
    }
    with TemporaryDirectory(prefix="laaswatch-document-") as folder:
        main = Path(folder, "main.typ")
        main.write_bytes(TEMPLATE.read_bytes())
        if emblem:
            name = f"emblem.{picture_kind(emblem)}"
            Path(folder, name).write_bytes(emblem)
            given["emblem"] = name
        found = typst.compile(
            str(main), root=folder, format=form, ppi=ppi, font_paths=_fonts(), sys_inputs=given,
            timestamp=_MADE, package_path=_NO_PACKAGES, package_cache_path=_NO_PACKAGES,
        )  # fmt: skip
    return _pages(found)


def _pages(found: bytes | list[bytes] | None) -> list[bytes]:
    if found is None:
        raise ValueError("nothing was set")
    return found if isinstance(found, list) else [found]
