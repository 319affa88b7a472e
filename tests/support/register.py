"""The tables of docs/privacy.md, as rows: field, what, why, whether personal, (how long kept)."""

import re
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
_FIELD = re.compile(r"`([a-z_]+\.[a-z0-9_-]+)`")


def rows() -> list[list[str]]:
    """Every row whose first cell names one field."""
    found = []
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and (name := _FIELD.fullmatch(cells[0])):
            found.append([name[1], *cells[1:]])
    return found


def register() -> set[str]:
    """The fields that have a row."""
    return {row[0] for row in rows()}
