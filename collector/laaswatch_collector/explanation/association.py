"""Do outages and lateness go together across offices, beyond the single entry? (methods.md §8, last part)

The unit is the office-day, since the entries of a day share their fate. Mantel–Haenszel risk ratio (Mantel &
Haenszel 1959; Rothman's form for risks) over strata of office × ISO week, so that an office is compared only
with itself in the same week; neither bad offices nor month ends can feign an effect. The interval is a
two-way cluster jackknife (Cameron, Gelbach & Miller 2011) on the logarithm.
"""

import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

EXPOSED_MINUTES = 30
"""Down working minutes between transaction and deadline from which on a day counts as exposed."""
DOSES = (0, 1, 30, 120, 240)
"""Lower bounds of the doses of a trend, in down minutes."""
DELETE_GROUPS = 60
_Z = 1.959964
"""97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """The entries that one office transacted on one day. `down_minutes`: working minutes down before due."""

    office: str
    day: date
    entries: int
    late: int
    down_minutes: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """`late` of `exposed` entries, against `late_unexposed` of `unexposed` ones."""

    late: float
    exposed: float
    late_unexposed: float
    unexposed: float


@dataclass(frozen=True, slots=True)
class Dose:
    """One step of the trend: entries with at least `minutes` of outage (and less than the next step's)."""

    minutes: int
    entries: int
    late: int


@dataclass(frozen=True, slots=True)
class Association:
    """`risk_ratio` with its 95 % interval [`low`, `high`]; None where the data are insufficient.

    `attributable_share` = 1 − 1/RR: of the exposed late entries, the share that the outages may account for.
    """

    risk_ratio: float | None
    low: float | None
    high: float | None
    crude: float | None
    attributable_share: float | None
    exposed_days: int
    days: int
    doses: tuple[Dose, ...]


def mantel_haenszel(strata: Iterable[Stratum]) -> float | None:
    """RR = Σ a·n0/N ÷ Σ c·n1/N; None where one side is empty (no late entry to compare)."""
    above = below = 0.0
    for s in strata:
        total = s.exposed + s.unexposed
        if total > 0:
            above += s.late * s.unexposed / total
            below += s.late_unexposed * s.exposed / total
    return above / below if above > 0 and below > 0 else None


def crude_ratio(strata: Iterable[Stratum]) -> float | None:
    """The ratio without strata: what one would believe without looking who was hit and when."""
    found = list(strata)
    a, n1 = sum(s.late for s in found), sum(s.exposed for s in found)
    c, n0 = sum(s.late_unexposed for s in found), sum(s.unexposed for s in found)
    return (a / n1) / (c / n0) if n1 and n0 and a and c else None


def associate(days: Sequence[OfficeDay]) -> Association:
    """The association over all office-days given; the order of `days` does not matter."""
    days = sorted((d for d in days if d.entries > 0), key=lambda d: (d.office, d.day))
    table = _table(days)
    strata = [Stratum(*row) for row in table.sums.tolist()]
    ratio = mantel_haenszel(strata)
    low, high = (None, None) if ratio is None else _interval(ratio, days, table)
    return Association(
        risk_ratio=ratio,
        low=low,
        high=high,
        crude=crude_ratio(strata),
        attributable_share=None if ratio is None else 1 - 1 / ratio,
        exposed_days=sum(d.down_minutes >= EXPOSED_MINUTES for d in days),
        days=len(days),
        doses=_doses(days),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """`cells`: (days, 4) what each day adds to its stratum; `stratum`: its row; `sums`: (strata, 4)."""

    cells: NDArray[np.float64]
    stratum: NDArray[np.int64]
    sums: NDArray[np.float64]


def _table(days: Sequence[OfficeDay]) -> _Table:
    rows: dict[tuple[str, int, int], int] = defaultdict(lambda: len(rows))
    stratum = np.array([rows[(d.office, *d.day.isocalendar()[:2])] for d in days], np.int64)
    cells = np.zeros((len(days), 4))
    for i, d in enumerate(days):
        at = 0 if d.down_minutes >= EXPOSED_MINUTES else 2
        cells[i, at : at + 2] = d.late, d.entries
    sums = np.zeros((len(rows), 4))
    np.add.at(sums, stratum, cells)
    return _Table(cells, stratum, sums)


def _interval(
    ratio: float, days: Sequence[OfficeDay], table: _Table
) -> tuple[float | None, float | None]:
    """V = V_office + V_day − V_office∩day, not below the larger of the first two."""
    v_office = _variance([d.office for d in days], table)
    v_day = _variance([d.day.isoformat() for d in days], table)
    v_both = _variance([f"{d.office} {d.day}" for d in days], table)
    if v_office is None or v_day is None or v_both is None:
        return None, None
    half = _Z * math.sqrt(max(v_office + v_day - v_both, v_office, v_day))
    return ratio * math.exp(-half), ratio * math.exp(half)


def _variance(clusters: Sequence[str], table: _Table) -> float | None:
    """Delete-a-group jackknife variance of log RR; None where a group carries all there is to compare."""
    names = sorted(set(clusters), key=lambda x: (zlib.crc32(x.encode()), x))
    count = min(DELETE_GROUPS, len(names))
    if count < 2:
        return None
    group_of = {name: i % count for i, name in enumerate(names)}
    group = np.array([group_of[x] for x in clusters])
    left_out = np.zeros((count, *table.sums.shape))
    np.add.at(left_out, (group, table.stratum), table.cells)
    late, exposed, late_not, unexposed = np.moveaxis(table.sums - left_out, -1, 0)
    total = np.maximum(exposed + unexposed, 1e-12)
    above = (late * unexposed / total).sum(axis=1)
    below = (late_not * exposed / total).sum(axis=1)
    if (above <= 0).any() or (below <= 0).any():
        return None
    logs = np.log(above / below)
    return float((count - 1) / count * ((logs - logs.mean()) ** 2).sum())


def _doses(days: Sequence[OfficeDay]) -> tuple[Dose, ...]:
    step = np.searchsorted(DOSES, [d.down_minutes for d in days], side="right") - 1
    return tuple(
        Dose(
            low,
            sum(d.entries for d, s in zip(days, step, strict=True) if s == i),
            sum(d.late for d, s in zip(days, step, strict=True) if s == i),
        )
        for i, low in enumerate(DOSES)
    )
