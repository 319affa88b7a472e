"""Whether a gateway or a reference says anything at all: over the last seven days of a PC (methods.md §3).

A layer is informative if it worked in at least 5 % of the PC's good rounds; many gateways never answer ping. What is
counted of a day depends on that day alone; whether a layer tells, on the six days before as well. So a late report
may turn the judgement of later days, and these are painted again.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAYS = 7
INFORMATIVE_SHARE = 0.05


class Counts(NamedTuple):
    """Minutes of one PC: `good` ones, those among them in which gateway and reference worked, then the same of
    all that were `made`.
    """

    good: int = 0
    gateway: int = 0
    reference: int = 0
    made: int = 0
    gateway_ever: int = 0
    reference_ever: int = 0

    @property
    def told(self) -> tuple[bool, bool]:
        """Whether the gateway, and the references, are informative; without a good round, by all rounds."""
        table = np.array([self], np.int64)
        gateway, reference = informative(table)
        return bool(gateway[0]), bool(reference[0])


OfDay = Mapping[str, Counts]
"""By agent."""


def informative(counts: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For rows of `Counts`: whether the gateway, and the references, tell anything."""
    good, made = counts[:, 0], counts[:, 3]

    def tells(layer: int) -> NDArray[np.bool_]:
        enough = np.where(
            good > 0,
            counts[:, layer] >= INFORMATIVE_SHARE * good,
            counts[:, layer + 3] >= INFORMATIVE_SHARE * made,
        )
        return np.asarray(enough & (made > 0), np.bool_)

    return tells(1), tells(2)


def total(days: Iterable[OfDay]) -> dict[str, Counts]:
    """Sums by agent."""
    found: dict[str, Counts] = {}
    for of_day in days:
        for agent, counts in of_day.items():
            before = found.get(agent, Counts())
            found[agent] = Counts(*(a + b for a, b in zip(before, counts, strict=True)))
    return found


def window(by_day: Mapping[date, OfDay], day: date) -> list[OfDay]:
    """What is known of the days before `day` that count for it."""
    return [by_day[d] for n in range(1, DAYS) if (d := day - timedelta(days=n)) in by_day]


def turned(by_day: Mapping[date, OfDay], day: date, new: OfDay) -> set[date]:
    """The later days for which another layer tells, or tells no more, once `day` counts `new`.

    `by_day`: what is stored of an office, up to six days on either side.
    """
    after = {**by_day, day: new}
    found = set()
    for n in range(1, DAYS):
        later = day + timedelta(days=n)
        agents = {*by_day.get(day, {}), *new}
        one = total([*window(by_day, later), by_day.get(later, {})])
        other = total([*window(after, later), by_day.get(later, {})])
        if any(one.get(a, Counts()).told != other.get(a, Counts()).told for a in agents):
            found.add(later)
    return found
