"""Do outages and lateness go together across offices? (methods.md §8, "Across offices")

Mantel–Haenszel risk ratio over strata office × ISO week (Mantel & Haenszel 1959; for cohort data Rothman,
Modern Epidemiology). The unit is the office-day: entries of a day share their fate. The interval comes from
a two-way cluster jackknife over offices and days (Cameron, Gelbach & Miller 2011 for the two-way sum).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXPOSED_MINUTES = 30
"""Down minutes between transaction and deadline from which an office-day counts as exposed."""
DOSES = (1, 30, 120, 240)
"""Down minutes at which the steps of the dose begin: 0, 1–29, 30–119, 120–239, 240 and more."""
DELETE_GROUPS = 60
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """One row an office-day: `late` of `entries`, whether it was exposed, and its clusters (codes from 0)."""

    late: NDArray[np.float64]
    entries: NDArray[np.float64]
    exposed: NDArray[np.bool_]
    office: NDArray[np.int64]
    week: NDArray[np.int64]
    day: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Association:
    """`ratio` with its 95 % interval, the attributable share among exposed late entries, and the counts.

    `ratio` is None where no stratum has both exposed and unexposed days: insufficient, not "no effect".
    `low` and `high` are None where offices or days are too few to tell how far chance alone would carry it.
    """

    ratio: float | None
    low: float | None
    high: float | None
    attributable: float | None
    strata: int
    office_days: int


def mantel_haenszel(
    strata: NDArray[np.int64],
    late: NDArray[np.float64],
    entries: NDArray[np.float64],
    exposed: NDArray[np.bool_],
) -> float | None:
    """RR = Σ a·n0/N ÷ Σ c·n1/N over strata; None if the denominator is empty.

    Example: strata (4 of 10 exposed late, 2 of 20 unexposed) and (3 of 5, 8 of 40) → 5.333/1.556 = 3.43.
    """
    size = int(strata.max()) + 1 if len(strata) else 0

    def total(values: NDArray[np.float64], of: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(strata[of], weights=values[of], minlength=size).astype(np.float64)

    a, n1 = total(late, exposed), total(entries, exposed)
    c, n0 = total(late, ~exposed), total(entries, ~exposed)
    both = (n1 > 0) & (n0 > 0)
    n = (n1 + n0)[both]
    above = float((a[both] * n0[both] / n).sum())
    below = float((c[both] * n1[both] / n).sum())
    return above / below if below > 0 and above > 0 else None


def associate(days: OfficeDays) -> Association:
    """The association over all office-days, with its interval."""
    strata = _codes(days.office, days.week)
    ratio = mantel_haenszel(strata, days.late, days.entries, days.exposed)
    count = len(set(strata.tolist()))
    if ratio is None:
        return Association(None, None, None, None, count, len(days.late))
    variance = _variance(days, strata)
    if variance is None:
        return Association(ratio, None, None, max(0.0, 1 - 1 / ratio), count, len(days.late))
    spread = math.sqrt(variance)
    low, high = (math.exp(math.log(ratio) + sign * _Z95 * spread) for sign in (-1, 1))
    return Association(ratio, low, high, max(0.0, 1 - 1 / ratio), count, len(days.late))


def _variance(days: OfficeDays, strata: NDArray[np.int64]) -> float | None:
    """Of log RR: V_office + V_day − V_office∩day, floored at the larger of the first two."""
    by_office = _jackknife(days, strata, days.office)
    by_day = _jackknife(days, strata, days.day)
    by_both = _jackknife(days, strata, _codes(days.office, days.day))
    if by_office is None or by_day is None or by_both is None:
        return None
    return max(by_office + by_day - by_both, by_office, by_day)


def _jackknife(
    days: OfficeDays, strata: NDArray[np.int64], cluster: NDArray[np.int64]
) -> float | None:
    """Delete-a-group jackknife of log RR with at most 60 groups of clusters.

    None with fewer than two groups, or where one group alone carries the comparison.
    """
    group = cluster % min(DELETE_GROUPS, int(cluster.max()) + 1)
    logs = []
    for g in range(int(group.max()) + 1):
        keep = group != g
        if not keep.any():
            continue
        ratio = mantel_haenszel(
            strata[keep], days.late[keep], days.entries[keep], days.exposed[keep]
        )
        if ratio is None:
            return None
        logs.append(math.log(ratio))
    if len(logs) < 2:
        return None
    values = np.array(logs)
    return float((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum())


def _codes(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """One code for each pair."""
    if not len(a):
        return a
    _, codes = np.unique(a * (int(b.max()) + 1) + b, return_inverse=True)
    return np.asarray(codes, np.int64)


@dataclass(frozen=True, slots=True)
class DoseStep:
    """One step of the dose (its least down minutes): the ratio against days without any, and its office-days."""

    least: int
    ratio: float | None
    office_days: int
    late: int
    entries: int


def dose_trend(days: OfficeDays, minutes: NDArray[np.int64]) -> tuple[DoseStep, ...]:
    """The ratio by dose (down minutes of each office-day), within the same strata; the first step is no dose."""
    strata = _codes(days.office, days.week)
    step = np.searchsorted(np.array(DOSES), minutes, side="right")
    found = []
    for k, least in enumerate((0, *DOSES)):
        mine = step == k
        both = mine | (step == 0)
        ratio = None
        if k and mine.any():
            ratio = mantel_haenszel(strata[both], days.late[both], days.entries[both], mine[both])
        found.append(
            DoseStep(
                least,
                1.0 if k == 0 else ratio,
                int(mine.sum()),
                int(days.late[mine].sum()),
                int(days.entries[mine].sum()),
            )
        )
    return tuple(found)
