"""Pictures of time as SVG text. Pure: times and words in, markup out; colours come from the style sheet.

Positions along the time axis are percentages and everything else is in pixels, so that one picture fits a
phone and a printed page without distorting its marks or letters. States and scopes differ by height and
pattern as well as by colour: in black and white they still read. A table beside each picture says the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup, escape

from laaswatch_collector.worktime.thai import BANGKOK, local_midnight

DAY_FROM, DAY_TO = 8 * 60, 17 * 60
"""The part of a day that pictures show, in minutes since local midnight."""
ROW = 24
"""Pixels of one entry's row."""
LANE = 20
"""Pixels of one lane of outages above the rows."""
HEAD = 20
"""Pixels of the row with the days."""
LEAST = 0.35
"""Per cent of the axis that a band is at least wide, so that a short outage can be seen."""

LANES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("site", ("site", "undecided")),
    ("isp", ("isp", "isp_province", "province")),
    ("office", ("office", "pc")),
    ("unknown", ("unknown",)),
)
"""Lanes of the axis chart: class name, and the scopes that are drawn in it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a day in one state (the strip), or one outage of a scope (the axis chart)."""

    start: datetime
    end: datetime
    kind: str
    inferred: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One late entry: event, deadline, posting (None = not posted)."""

    event: datetime
    due: datetime
    posted: datetime | None
    verdict: str
    title: str


class Axis:
    """Places times on an axis made of working days only: nights and holidays take no room."""

    def __init__(self, days: Sequence[date]) -> None:
        if not days:
            raise ValueError("an axis needs at least one day")
        self.days = tuple(days)

    def at(self, moment: datetime) -> float:
        """Per cent from the left; times outside working days and hours move to the nearest edge."""
        local = moment.astimezone(BANGKOK)
        n = bisect_right(self.days, local.date())
        if n == 0:
            return 0.0
        if self.days[n - 1] != local.date():
            return 100 * n / len(self.days)
        minute = min(DAY_TO, max(DAY_FROM, local.hour * 60 + local.minute))
        inside = (minute - DAY_FROM) / (DAY_TO - DAY_FROM)
        return 100 * (n - 1 + inside) / len(self.days)

    @property
    def end(self) -> datetime:
        """The last moment on the axis."""
        return local_midnight(self.days[-1]) + timedelta(minutes=DAY_TO)


def day_strip(day: date, stretches: Iterable[Stretch], label: str) -> Markup:
    """One working day as a band. Height tells the state: unknown lies low, up is a third, down is full."""
    axis = Axis([day])
    parts = [
        f'<svg class="strip" role="img" width="100%" height="28" aria-label="{escape(label)}">',
        '<rect class="ground" width="100%" height="28"/>',
    ]
    for x in stretches:
        a, b = axis.at(x.start), axis.at(x.end)
        if b <= a:
            continue
        top, height = _HEIGHTS[x.kind]
        kind = f"{x.kind} inferred" if x.inferred else x.kind
        parts.append(
            f'<rect class="{kind}" x="{_n(a)}%" y="{top}" width="{_n(b - a)}%" height="{height}"/>'
        )
    parts += [f'<line x1="{_n(p)}%" x2="{_n(p)}%" y1="0" y2="28" class="hour"/>' for p in _HOURS]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every part is made above


_HEIGHTS = {"up": (18, 10), "degraded": (10, 18), "down": (0, 28), "unknown": (25, 3)}
_HOURS = tuple(100 * (h * 60 - DAY_FROM) / (DAY_TO - DAY_FROM) for h in (9, 12, 13, 16))


def axis_chart(
    axis: Axis,
    bands: Sequence[Stretch],
    lines: Sequence[Line],
    label: str,
    day_names: Sequence[str],
) -> Markup:
    """Outages in lanes with their shadow over all rows, and one row an entry.

    Rows are `ROW` pixels high after `HEAD` and the lanes, so that labels beside the picture line up.
    """
    height = HEAD + LANE * len(LANES) + ROW * len(lines)
    parts = [
        f'<svg class="axis" role="img" width="100%" height="{height}" aria-label="{escape(label)}">',
        _PATTERNS,
        *_ground(axis, height, day_names),
    ]
    for row, (name, scopes) in enumerate(LANES):
        top = HEAD + LANE * row
        parts += [_band(axis, x, name, top, height) for x in bands if x.kind in scopes]
    for row, line in enumerate(lines):
        parts.append(_line(axis, line, HEAD + LANE * len(LANES) + ROW * row + ROW // 2))
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every part is made above, texts escaped


def sample(kind: str) -> Markup:
    """A small picture for the key: a lane's pattern, or one of the marks of a row."""
    inner = {
        "event": '<circle class="event" cx="50%" cy="8" r="4"/>',
        "due": '<line class="due" x1="50%" x2="50%" y1="1" y2="15"/>',
        "posted": f'<svg class="mark" x="50%" y="8">{_DIAMOND}</svg>',
        "open": f'<svg class="mark" x="50%" y="8">{_ARROW}</svg>',
    }.get(kind, f'<rect class="lane {kind}" x="0" y="3" width="100%" height="10"/>')
    return Markup(  # noqa: S704 - constants only
        f'<svg class="sample" width="28" height="16" aria-hidden="true">{inner}</svg>'
    )


_PATTERNS = (
    "<defs>"
    '<pattern id="p-isp" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="isp-ground" width="6" height="6"/><rect class="isp-mark" width="3" height="6"/></pattern>'
    '<pattern id="p-office" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="office-ground" width="6" height="6"/><circle class="office-mark" cx="3" cy="3" r="1.7"/></pattern>'
    '<pattern id="p-unknown" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect class="unknown-mark" width="1" height="4"/></pattern>'
    "</defs>"
)
_DIAMOND = '<path class="posted" d="M0-6 6 0 0 6-6 0z"/>'
_ARROW = '<path class="open" d="M-5-5 5 0-5 5z"/>'


def _ground(axis: Axis, height: int, day_names: Sequence[str]) -> list[str]:
    count = len(axis.days)
    parts = []
    every = 1 if count <= 31 else 2
    for n, name in enumerate(day_names):
        left = 100 * n / count
        # A new week is a stronger line: weekends take no room, so the eye needs to know.
        week = n == 0 or axis.days[n].isocalendar()[1] != axis.days[n - 1].isocalendar()[1]
        parts.append(
            f'<line class="{"week" if week else "day"}" x1="{_n(left)}%" x2="{_n(left)}%" y1="{HEAD - 4}" y2="{height}"/>'
        )
        if n % every == 0:
            middle = _n(left + 50 / count)
            parts.append(f'<text x="{middle}%" y="13" text-anchor="middle">{escape(name)}</text>')
    return parts


def _band(axis: Axis, band: Stretch, lane: str, top: int, height: int) -> str:
    a, b = axis.at(band.start), axis.at(min(band.end, axis.end))
    if b <= a:
        return ""
    width = max(LEAST, b - a)
    title = f"<title>{escape(band.title)}</title>" if band.title else ""
    inferred = " inferred" if band.inferred else ""
    shadow = (
        ""
        if lane == "unknown"
        else f'<rect class="shadow {lane}" x="{_n(a)}%" y="{top}" width="{_n(width)}%" height="{height - top}"/>'
    )
    return (
        f'{shadow}<rect class="lane {lane}{inferred}" x="{_n(a)}%" y="{top + 3}" '
        f'width="{_n(width)}%" height="{LANE - 6}">{title}</rect>'
    )


def _line(axis: Axis, line: Line, y: int) -> str:
    event, due = axis.at(line.event), axis.at(line.due)
    beyond = line.posted is None or line.posted > axis.end
    last = 100.0 if line.posted is None or beyond else axis.at(line.posted)
    on_time = min(due, last)
    mark = _ARROW if beyond else _DIAMOND
    # The arrow at the edge points on: the posting is beyond the picture, or has not come.
    edge = "-6" if beyond else "0"
    return (
        f'<g class="entry {line.verdict}"><title>{escape(line.title)}</title>'
        f'<line class="wait" x1="{_n(event)}%" x2="{_n(on_time)}%" y1="{y}" y2="{y}"/>'
        f'<line class="over" x1="{_n(on_time)}%" x2="{_n(last)}%" y1="{y}" y2="{y}"/>'
        f'<circle class="event" cx="{_n(event)}%" cy="{y}" r="4"/>'
        f'<line class="due" x1="{_n(due)}%" x2="{_n(due)}%" y1="{y - 8}" y2="{y + 8}"/>'
        f'<svg class="mark" x="{_n(last)}%" y="{y}"><g transform="translate({edge} 0)">{mark}</g></svg></g>'
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
