"""The official form of letters and memos, and the digits that go with it.

Sizes are points of TH Sarabun, the font of official letters. Its letters are small for their size: 16 points
of it are drawn as large as 12 points of the Sarabun that is bundled for PDF (OFL), hence `BUNDLED_SCALE`.
Source: the Prime Minister's Office guide to typing official letters, as far as copies of it were seen.
"""

import re
from dataclasses import dataclass

from laaswatch_collector.worktime.thai import thai_digits


@dataclass(frozen=True, slots=True)
class Page:
    """A4 in millimetres, with the margins of official letters."""

    width: float = 210
    height: float = 297
    left: float = 30
    right: float = 20
    top: float = 25
    bottom: float = 20

    @property
    def text_width(self) -> float:
        """The ruler's length: 160."""
        return self.width - self.left - self.right


PAGE = Page()
BODY, LABEL, MEMO_TITLE, SMALL = 16.0, 20.0, 29.0, 13.0
"""Points of TH Sarabun: text, a memo's labels, its title, tables and notes."""
LINE = 21.8
"""Points from one line of `BODY` to the next at single spacing."""
FIRST_LINE = 25.0
"""Millimetres of first-line indent."""
EMBLEM_TOP = 15.0
"""Millimetres from the paper's edge to the Garuda."""
LETTER_EMBLEM, MEMO_EMBLEM = 30.0, 15.0
"""Height of the Garuda's place, millimetres."""
BUNDLED_SCALE = 0.75
"""Points of the bundled Sarabun for one of TH Sarabun."""

_TOKEN = re.compile(r"\S+")
_LATIN = re.compile("[A-Za-z]")


def official_digits(text: str) -> str:
    """Thai digits, but for words with Latin letters: a document's number, an address, a code stay as they are."""

    def turn(found: re.Match[str]) -> str:
        return found[0] if _LATIN.search(found[0]) else thai_digits(found[0])

    return _TOKEN.sub(turn, text)
