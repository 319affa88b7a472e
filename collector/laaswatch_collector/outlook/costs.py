"""Which provider's outages cost most late entries: rates with intervals, drawn together where numbers are small.

Counted are late entries that a provider's outage explains (the whole provider, or the provider in a province),
per 100 entries and per office and month. Entries of one office's month share their fate, so intervals count
by how much office-months differ, not as if every entry were a throw of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.2815515655446004
"""Of an interval that holds 80 %."""


@dataclass(frozen=True, slots=True)
class OfficeMonth:
    """One office's month: its entries, and those late ones that its provider's outages explain."""

    isp: str
    province: str
    entries: int
    cost: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its interval; `drawn`: the same drawn towards all providers' by how little is known."""

    value: float
    low: float
    high: float
    drawn: float


@dataclass(frozen=True, slots=True)
class IspCost:
    """One provider in one province ("" = all of them)."""

    isp: str
    province: str
    office_months: int
    entries: int
    cost: int
    per_100: Rate
    per_month: Rate


def costs(months: Sequence[OfficeMonth]) -> tuple[IspCost, ...]:
    """A row for each provider and province, the dearest (drawn, per office and month) first."""
    groups: dict[tuple[str, str], list[OfficeMonth]] = {}
    for month in months:
        if month.entries:
            groups.setdefault((month.isp, month.province), []).append(month)
    if not groups:
        return ()
    all_months = [m for group in groups.values() for m in group]
    entries, cost = sum(m.entries for m in all_months), sum(m.cost for m in all_months)
    usual, usual_share = cost / len(all_months), cost / entries
    found = {key: _counts(group) for key, group in groups.items()}
    of_months = _strength(
        [x[2] for x in found.values()], [float(x[0]) for x in found.values()], usual
    )
    of_entries = _strength(
        [x[2] for x in found.values()], [float(x[1]) for x in found.values()], usual_share
    )
    rows = [
        IspCost(
            isp,
            province,
            n,
            e,
            k,
            _times(_wilson(k, e, spread, _drawn(k, e, of_entries, usual_share)), 100),
            _poisson(k, n, spread, _drawn(k, n, of_months, usual)),
        )
        for (isp, province), (n, e, k, spread) in found.items()
    ]
    return tuple(sorted(rows, key=lambda x: (-x.per_month.drawn, x.isp, x.province)))


def _counts(group: Sequence[OfficeMonth]) -> tuple[int, int, int, float]:
    """Office-months, entries, cost, and by what factor office-months differ more than throws would."""
    cost = np.array([m.cost for m in group], np.float64)
    return len(group), sum(m.entries for m in group), int(cost.sum()), _dispersion(cost)


def _dispersion(cost: NDArray[np.float64]) -> float:
    """Variance over mean of the counts, at least 1: an entry more is not a fact more."""
    if len(cost) < 2 or cost.mean() == 0:
        return 1.0
    return max(1.0, float(cost.var(ddof=1) / cost.mean()))


def _strength(costs: Sequence[int], sizes: Sequence[float], usual: float) -> float:
    """Of the gamma prior, in units of size: how much a group needs to stand for itself (method of moments)."""
    if usual <= 0 or len(costs) < 2:
        return sum(sizes)
    n = np.array(sizes)
    rates = np.array(costs) / n
    weights = n / n.sum()
    between = float((weights * (rates - usual) ** 2).sum()) - usual * len(n) / float(n.sum())
    return float(n.mean()) if between <= 0 else usual / between


def _drawn(cost: int, size: float, strength: float, usual: float) -> float:
    return (cost + strength * usual) / (size + strength)


def _wilson(cost: int, entries: int, spread: float, drawn: float) -> Rate:
    """Wilson's interval, with as many throws as the entries are worth."""
    n, p = entries / spread, cost / entries
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    low = 0.0 if cost == 0 else max(0.0, middle - half)
    return Rate(p, low, min(1.0, middle + half), drawn)


def _poisson(cost: int, size: int, spread: float, drawn: float) -> Rate:
    """Byar's approximation of the exact Poisson interval, with as many events as they are worth."""
    k = cost / spread
    low = 0.0 if k <= 0 else k * (1 - 1 / (9 * k) - Z / (3 * math.sqrt(k))) ** 3
    more = k + 1
    high = more * (1 - 1 / (9 * more) + Z / (3 * math.sqrt(more))) ** 3
    return Rate(cost / size, max(0.0, low) * spread / size, high * spread / size, drawn)


def _times(rate: Rate, factor: float) -> Rate:
    return Rate(rate.value * factor, rate.low * factor, rate.high * factor, rate.drawn * factor)
