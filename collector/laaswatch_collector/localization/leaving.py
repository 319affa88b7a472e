"""How usual it is that offices leave: of those that were heard, how many fell silent within the next five minutes.

Learned from the states of past working days, for every slot of the day and every cell (provider, province,
provider in a province). At lunch and at closing time many leave, at ten nobody does. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.timeline.conclusions import Scope

SLOT = 300
SLOTS = 86_400 // SLOT
DAYS = 10
"""Working days that are learned from."""
_BANGKOK = 7 * 3600

Cell = tuple[Scope, str, str]
"""Scope, provider, province; "" where the scope has none."""


def cells_of(isp: str, province: str) -> tuple[Cell, ...]:
    """The cells that an office belongs to, the widest first; an office of unknown provider is in one."""
    here = (Scope.PROVINCE, "", province)
    if not isp:
        return (here,)
    return ((Scope.ISP, isp, ""), here, (Scope.ISP_PROVINCE, isp, province))


def slot_of(second: int) -> int:
    """The five minutes of the day in Asia/Bangkok that a moment lies in, counted from midnight."""
    return (second + _BANGKOK) % 86_400 // SLOT


@dataclass(frozen=True, slots=True)
class LeaveRates:
    """By cell, int64 arrays over the slots of a day: offices that were there, and left, day by day summed up."""

    there: Mapping[Cell, NDArray[np.int64]] = field(default_factory=dict)
    left: Mapping[Cell, NDArray[np.int64]] = field(default_factory=dict)

    def known(self, cell: Cell, slot: int) -> bool:
        """Whether anybody of the cell was ever there in this slot."""
        return cell in self.there and bool(self.there[cell][slot])

    def rate(self, cell: Cell, slot: int) -> float:
        """The share that leaves in this slot, smoothed (Laplace): of nothing known it is a half."""
        if cell not in self.there:
            return 0.5
        return float((self.left[cell][slot] + 1) / (self.there[cell][slot] + 2))


def learn(
    offices: Mapping[str, tuple[str, str]], unknown: Iterable[tuple[str, int, int]], days: int
) -> LeaveRates:
    """Leave rates of `days` whole local days.

    `offices`: code → (provider, province). `unknown`: (code, start, end) in seconds, the stretches in which
    an office was not heard, none of which crosses midnight; all the rest of these days it was. A stretch
    shorter than a slot is no leaving.
    """
    there: dict[Cell, NDArray[np.int64]] = {}
    left: dict[Cell, NDArray[np.int64]] = {}
    for isp, province in offices.values():
        for cell in cells_of(isp, province):
            there.setdefault(cell, np.zeros(SLOTS, np.int64))[1:] += days
            left.setdefault(cell, np.zeros(SLOTS, np.int64))
    for code, start, end in unknown:
        if code not in offices:
            continue
        begins = (start + _BANGKOK) % 86_400
        # It was there at a slot's start if it was heard in the minute before.
        first, after = -(-(begins + 60) // SLOT), (begins + end - start) // SLOT + 1
        leaves = begins > 0 and end - start >= SLOT
        for cell in cells_of(*offices[code]):
            there[cell][max(first, 1) : after] -= 1
            if leaves:
                left[cell][begins // SLOT] += 1
    for cell, counts in left.items():
        np.minimum(counts, there[cell], out=counts)
    return LeaveRates(there, left)
