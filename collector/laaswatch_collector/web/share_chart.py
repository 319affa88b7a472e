"""How many of a group were down over time, as small bars: one row a group. Pure; a table beside it says the same.

The height of a bar is the share of those heard that were down; where nobody was heard a thin line lies at the
bottom, so that not knowing looks like neither up nor down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

HEIGHT = 34
"""Pixels of one row."""
_UNHEARD = 3


@dataclass(frozen=True, slots=True)
class Bars:
    """One group's counts, a pair a step."""

    down: Sequence[int]
    heard: Sequence[int]


def share_chart(bars: Bars, label: str, outage: tuple[float, float]) -> Markup:
    """A row of bars; `outage` is where the outage lies, from and to as per cent of the width."""
    count = len(bars.down)
    width = 100 / count
    since, until = outage
    parts = [
        f'<svg class="share" role="img" width="100%" height="{HEIGHT}" aria-label="{escape(label)}">',
        f'<rect class="ground" width="100%" height="{HEIGHT}"/>',
        f'<rect class="during" x="{since:.2f}%" width="{max(0.5, until - since):.2f}%" height="{HEIGHT}"/>',
    ]
    for n, (down, heard) in enumerate(zip(bars.down, bars.heard, strict=True)):
        x = f'x="{n * width:.2f}%" width="{width:.2f}%"'
        if not heard:
            parts.append(f'<rect class="unknown" {x} y="{HEIGHT - _UNHEARD}" height="{_UNHEARD}"/>')
        elif down:
            tall = max(3, round(HEIGHT * down / heard))
            parts.append(f'<rect class="down" {x} y="{HEIGHT - tall}" height="{tall}"/>')
        else:
            parts.append(f'<rect class="up" {x} y="{HEIGHT - 6}" height="6"/>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every part is made above, the label escaped
