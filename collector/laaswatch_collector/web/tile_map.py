"""Maps of tiles as SVG: the 77 provinces where one looks for them, and a province's offices by district. Pure.

A tile says its state thrice: by colour, by a sign, and by a number; its title says it in words, and a table beside
the map lists the same. Every tile leads somewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

TILE, GAP = 44, 4
"""Pixels of a province's tile, and between tiles."""
OFFICE_TILE = 26
SIGNS = {"up": "✓", "degraded": "▲", "down": "✕", "unknown": "–"}

_GRID = """
.. .. .. .. .. 57 .. .. .. .. .. ..
.. .. 58 50 .. 56 55 .. 41 43 38 ..
.. .. .. 51 52 54 .. 42 39 47 48 ..
.. .. .. 63 64 53 65 36 40 46 49 ..
.. .. .. .. 62 66 67 .. 44 45 35 37
.. .. .. 61 60 18 .. 16 30 .. 33 34
.. .. 71 72 17 15 19 26 31 32 .. ..
.. .. 70 73 12 14 13 24 25 27 .. ..
.. .. 76 75 74 10 11 20 21 22 23 ..
.. .. 77 .. .. .. .. .. .. .. .. ..
.. 85 86 .. .. .. .. .. .. .. .. ..
.. 82 .. 84 .. .. .. .. .. .. .. ..
83 81 .. 80 .. .. .. .. .. .. .. ..
.. .. 92 93 .. .. .. .. .. .. .. ..
.. .. 91 90 94 .. .. .. .. .. .. ..
.. .. .. .. 95 96 .. .. .. .. .. ..
"""
"""Each province once, by its two digits: north is up, the sea is empty. Neighbours are neighbours as far as a grid can."""


def _cells() -> dict[str, tuple[int, int]]:
    rows = _GRID.strip().splitlines()
    return {
        code: (column, row)
        for row, line in enumerate(rows)
        for column, code in enumerate(line.split())
        if code != ".."
    }


CELLS = _cells()
"""Province → column and row."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: where it leads, what stands in it, its state and what its title says."""

    href: str
    text: str
    number: str
    state: str
    title: str


def province_map(tiles: Mapping[str, Tile], label: str) -> Markup:
    """The provinces' tiles in their places; a province without a tile stays an empty outline."""
    columns = 1 + max(x for x, _ in CELLS.values())
    rows = 1 + max(y for _, y in CELLS.values())
    step = TILE + GAP
    parts = [_head("tiles-map", columns * step - GAP, rows * step - GAP, TILE, label)]
    for code, (column, row) in CELLS.items():
        place = f'transform="translate({column * step + TILE // 2} {row * step})"'
        tile = tiles.get(code)
        if tile is None:
            parts.append(f'<use href="#tile" class="none" {place}/>')
            continue
        parts.append(
            f'<a href="{escape(tile.href)}" {place}><title>{escape(tile.title)}</title>'
            f'<use href="#tile" class="{tile.state}"/>'
            f'<text class="name" y="18">{escape(tile.text)}</text>'
            f'<text y="36">{SIGNS[tile.state]} {escape(tile.number)}</text></a>'
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every part is made above, texts escaped


def office_map(groups: Sequence[tuple[str, Sequence[Tile]]], label: str, columns: int) -> Markup:
    """A province's offices, a block a district: its name, then a tile an office in rows of `columns`."""
    step = OFFICE_TILE + GAP
    parts: list[str] = []
    y = 0
    for name, tiles in groups:
        if name:
            parts.append(f'<text class="group" x="0" y="{y + 14}">{escape(name)}</text>')
            y += 20
        for n, tile in enumerate(tiles):
            x, top = n % columns * step + OFFICE_TILE // 2, y + n // columns * step
            parts.append(
                f'<a href="{escape(tile.href)}" transform="translate({x} {top})">'
                f"<title>{escape(tile.title)}</title>"
                f'<use href="#tile" class="{tile.state}"/><text y="18">{SIGNS[tile.state]}</text></a>'
            )
        y += -(-len(tiles) // columns) * step + GAP
    head = _head("tiles-map offices", columns * step, max(step, y), OFFICE_TILE, label)
    return Markup("".join([head, *parts, "</svg>"]))  # noqa: S704 - as above


def _head(kind: str, width: int, height: int, tile: int, label: str) -> str:
    """The picture's beginning, with the shape that all tiles share, centred on its upper edge."""
    return (
        f'<svg class="{kind}" role="group" viewBox="0 0 {width} {height}" width="{width}" '
        f'aria-label="{escape(label)}">'
        f'<defs><rect id="tile" x="{-tile // 2}" width="{tile}" height="{tile}" rx="5"/></defs>'
    )
