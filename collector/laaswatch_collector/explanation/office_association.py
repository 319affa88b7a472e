"""Does lateness go with outages in one office? Days with outages against its other days, by rank.

Wilcoxon's rank-sum (Mann–Whitney) on the share of each day's entries that were late, with ties; many offices at
once are corrected by Benjamini and Hochberg (1995). Nothing is said of an office with too few months or days.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

LEAST_MONTHS = 3
LEAST_EXPOSED = 10
MOST_FALSE = 0.05
"""The share of offices named that may be named by chance."""


@dataclass(frozen=True, slots=True)
class OfficeAssociation:
    """`chance`: that days with outages rank so high by chance (one-sided); `false_share`: the share of false ones
    among all offices that rank at least so high (Benjamini–Hochberg). Both None where there is too little: insufficient.
    """

    office: str
    months: int
    exposed: int
    chance: float | None
    false_share: float | None = None

    @property
    def found(self) -> bool:
        """Whether lateness goes with outages here, with the other offices looked at in mind."""
        return self.false_share is not None and self.false_share <= MOST_FALSE


@dataclass(frozen=True, slots=True)
class Days:
    """One office's days with entries: the day, the share of its entries that were late, whether it was exposed."""

    day: list[date]
    share: NDArray[np.float64]
    exposed: NDArray[np.bool_]


def associate_offices(offices: dict[str, Days]) -> tuple[OfficeAssociation, ...]:
    """Each office on its own, then all of them in mind."""
    found = []
    for office, days in offices.items():
        months = len({(x.year, x.month) for x in days.day})
        exposed = int(days.exposed.sum())
        enough = months >= LEAST_MONTHS and LEAST_EXPOSED <= exposed < len(days.share)
        chance = rank_sum(days.share[days.exposed], days.share[~days.exposed]) if enough else None
        found.append(OfficeAssociation(office, months, exposed, chance))
    shares = iter(benjamini_hochberg([x.chance for x in found if x.chance is not None]))
    return tuple(
        OfficeAssociation(
            x.office, x.months, x.exposed, x.chance, None if x.chance is None else next(shares)
        )
        for x in found
    )


def rank_sum(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """How likely chance puts `high` so far above `low`: normal approximation with ties and half a step of continuity.

    1 where all values are the same.
    """
    both = np.concatenate((high, low))
    order = np.sort(both)
    left = np.searchsorted(order, both, side="left")
    right = np.searchsorted(order, both, side="right")
    ranks = (left + right + 1) / 2
    n, m = len(high), len(low)
    above = float(ranks[:n].sum()) - n * (n + 1) / 2 - n * m / 2
    _, ties = np.unique(both, return_counts=True)
    total = n + m
    tied = float((ties**3 - ties).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - tied)
    if variance <= 0:
        return 1.0
    return 0.5 * math.erfc((above - 0.5) / math.sqrt(2 * variance))


def benjamini_hochberg(chances: list[float]) -> list[float]:
    """The adjusted chances, in the order given."""
    count = len(chances)
    order = sorted(range(count), key=chances.__getitem__, reverse=True)
    found, least = [0.0] * count, 1.0
    for rank, at in zip(range(count, 0, -1), order, strict=True):
        least = min(least, chances[at] * count / rank)
        found[at] = least
    return found
