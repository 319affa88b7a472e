"""Charts on paper: loss and delay over the time of an outage, in black and white, as SVG.

Where nobody measured there is a gap, never a nought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 12, 30


@dataclass(frozen=True, slots=True)
class Point:
    """A step of a chart: its middle (seconds), its value, and a higher value where there is a spread."""

    at: int
    value: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart spans: times in seconds, the band of the outage, labels along the time."""

    start: int
    end: int
    band: tuple[int, int]
    step: int
    ticks: Sequence[tuple[int, str]]


def bars(frame: Frame, points: Sequence[Point], unit: str) -> str:
    """A bar a step, from 0 to 100."""
    width = max(1.0, (WIDTH - _LEFT - _RIGHT) * frame.step / (frame.end - frame.start) - 0.4)
    drawn = []
    for p in points:
        x = _x(frame, p.at) - width / 2
        high = _height(p.value, 100)
        base = HEIGHT - _BOTTOM
        # A measured nought is a mark on the line, so that it differs from a gap.
        drawn.append(
            f'<rect x="{x:.1f}" y="{base - max(high, 1.2):.1f}" width="{width:.1f}" '
            f'height="{max(high, 1.2):.1f}" fill="#333"/>'
        )
    return _chart(frame, 100, unit, drawn)


def line(frame: Frame, points: Sequence[Point], unit: str) -> str:
    """A line of the middle value with the spread above it; broken where steps are missing."""
    top = _round_up(max((p.high or p.value for p in points), default=1))
    drawn, last = [], None
    for p in points:
        x, y = _x(frame, p.at), HEIGHT - _BOTTOM - _height(p.value, top)
        if p.high is not None:
            y_high = HEIGHT - _BOTTOM - _height(p.high, top)
            drawn.append(
                f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="{y_high:.1f}" '
                'stroke="#999" stroke-width="1.4"/>'
            )
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="#000"/>')
        if last is not None and p.at - last[0] <= frame.step * 1.5:
            drawn.append(
                f'<line x1="{last[1]:.1f}" y1="{last[2]:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
                'stroke="#000" stroke-width="1"/>'
            )
        last = (p.at, x, y)
    return _chart(frame, top, unit, drawn)


def _chart(frame: Frame, top: float, unit: str, drawn: Sequence[str]) -> str:
    base, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    a, b = (max(_LEFT, min(right, _x(frame, x))) for x in frame.band)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Sarabun" font-size="13">',
        f'<rect x="{a:.1f}" y="{_TOP}" width="{b - a:.1f}" height="{base - _TOP}" fill="#e4e4e4"/>',
        f'<line x1="{a:.1f}" y1="{_TOP}" x2="{a:.1f}" y2="{base}" stroke="#000" stroke-dasharray="4 3"/>',
        f'<line x1="{b:.1f}" y1="{_TOP}" x2="{b:.1f}" y2="{base}" stroke="#000" stroke-dasharray="4 3"/>',
    ]
    for share in (0, 0.5, 1):
        y = base - share * (base - _TOP)
        parts.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#bbb" stroke-width="0.6"/>'
            f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{top * share:g}</text>'
        )
    parts.append(f'<text x="4" y="{_TOP + 24}">{escape(unit)}</text>')
    for at, words in frame.ticks:
        x = _x(frame, at)
        parts.append(
            f'<line x1="{x:.1f}" y1="{base}" x2="{x:.1f}" y2="{base + 4}" stroke="#000"/>'
            f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{escape(words)}</text>'
        )
    return "".join([*parts, *drawn, "</svg>"])


def _x(frame: Frame, at: float) -> float:
    share = (at - frame.start) / (frame.end - frame.start)
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _height(value: float, top: float) -> float:
    return min(1.0, value / top) * (HEIGHT - _BOTTOM - _TOP)


def _round_up(value: float) -> float:
    """The next of 10, 20, 50, 100, 200, 500, …"""
    size = 10
    for _ in range(12):
        for factor in (1, 2, 5):
            if size * factor >= value:
                return size * factor
        size *= 10
    return value
