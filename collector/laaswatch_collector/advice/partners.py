"""Where to go when the own line is down: partner offices and agencies, the best first. Pure.

Asked for by the circular of 19 August 2558, point 2: an office without internet may use a government agency's
line. Only those that agreed are named; whoever is known to be down is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0
FAR_KM = 60.0
"""Nobody drives further to post a receipt."""
_DISTRICT_KM, _PROVINCE_KM = 12.0, 35.0
"""Where places are not known: about as far as two offices of a district, of a province, lie apart."""


class Near(StrEnum):
    """What is known of the distance. Words: `partners.near_…`."""

    KM = "km"
    DISTRICT = "district"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is; latitude and longitude in degrees, None where unknown."""

    province: str
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody who agreed to lend a desk and a line; `office` is its code if it is watched itself."""

    id: int
    office: str
    name_th: str
    name_en: str
    kind: str
    place: Place
    isp: str
    opens: time
    closes: time
    contact: str
    desks: int


@dataclass(frozen=True, slots=True)
class Quality:
    """A partner's line in the last hour: rounds, the share that could use the site, median seconds to connect."""

    state: str
    rounds: int = 0
    usable: float | None = None
    connect_seconds: float | None = None


UNSEEN = Quality("unknown")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A partner as it is now. `km` is of the straight line; `is_open` at this moment."""

    partner: Partner
    near: Near
    km: float | None
    quality: Quality
    is_open: bool
    other_line: bool


_STATES = {"up": 0, "unknown": 1, "degraded": 2}


def suggest(
    home: Place,
    isp: str,
    partners: Iterable[Partner],
    lines: Mapping[str, Quality],
    *,
    at: time,
    working_day: bool,
) -> list[Suggestion]:
    """Partners worth the way, best first.

    Open before closed, known to work before unknown, another provider before the same, nearer before farther.
    """
    found = []
    for x in partners:
        quality = lines.get(x.office, UNSEEN)
        near, km = distance(home, x.place)
        if quality.state not in _STATES or (km is not None and km > FAR_KM):
            continue
        is_open = working_day and x.opens <= at < x.closes
        found.append(Suggestion(x, near, km, quality, is_open, not isp or x.isp != isp))
    return sorted(found, key=_order)


def _order(x: Suggestion) -> tuple[object, ...]:
    guess = _DISTRICT_KM if x.near is Near.DISTRICT else _PROVINCE_KM
    return (
        not x.is_open,
        _STATES[x.quality.state],
        not x.other_line,
        x.km if x.km is not None else guess,
        x.partner.id,
    )


def distance(a: Place, b: Place) -> tuple[Near, float | None]:
    """How far apart two places are, in kilometres if both are known (haversine on a sphere)."""
    if None not in (a.latitude, a.longitude, b.latitude, b.longitude):
        return Near.KM, haversine(
            (a.latitude or 0.0, a.longitude or 0.0), (b.latitude or 0.0, b.longitude or 0.0)
        )
    same = a.district and a.district == b.district and a.province == b.province
    return (Near.DISTRICT if same else Near.PROVINCE), None


def haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Kilometres between two points given in degrees."""
    (la, lo), (lb, lp) = ((radians(x), radians(y)) for x, y in (a, b))
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin((lp - lo) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))
