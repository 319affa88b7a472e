"""A PDF read back: page sizes, where its letters stand, its text."""

import re
from dataclasses import dataclass

import pypdfium2

MM = 72 / 25.4


@dataclass(frozen=True)
class PdfPage:
    """Millimetres. `left`, `right`, `top`, `bottom`: the outermost ink of letters, from the paper's edges."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    text: str


def read_pages(data):
    """Every page of a PDF."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [_page(page) for page in document]
    finally:
        document.close()


def _page(page):
    width, height = (x / MM for x in page.get_size())
    words = page.get_textpage()
    boxes = [
        words.get_charbox(n)
        for n in range(words.count_chars())
        if words.get_text_range(n, 1).strip()
    ]
    found = PdfPage(
        width,
        height,
        min(x[0] for x in boxes) / MM,
        width - max(x[2] for x in boxes) / MM,
        height - max(x[3] for x in boxes) / MM,
        min(x[1] for x in boxes) / MM,
        words.get_text_range(),
    )
    words.close()
    page.close()
    return found


def skeleton(text):
    """Thai letters and digits without what PDF readers reorder or tell twice: vowels above and below, tones."""
    # Sara am is told as two; a consonant with a combined mark may be told with the one before it.
    text = re.sub("[\u0e31\u0e33\u0e34-\u0e3a\u0e47-\u0e4e\\s\u00ad\u200b]", "", text)
    text = text.replace("\u0e32", "")
    return re.sub(r"(.)\1+", r"\1", text)
