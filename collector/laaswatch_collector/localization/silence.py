"""What silence may mean while the spooled rounds are not here yet (methods.md §6).

Of the reports made during a fault of the line only about one in eight arrives within five minutes, so the live
view must reason from who fell silent. It is always a presumption: never a state, never an outage.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

ALARM = 1e-4
"""So improbable must it be that as many left by chance."""
LEAST_OFFICES = 4
MOST_REPORTING = 0.2
OTHERS_REPORTING = 0.6


@dataclass(frozen=True, slots=True)
class Silence:
    """A province that is presumably out: of its `usual` offices only `reporting` are still heard."""

    province: str
    usual: int
    reporting: int


def chance_of_leaving(offices: int, silent: int, leave_rate: float) -> float:
    """P[Bin(n, h) ≥ k]: that of `offices` at least `silent` leave in one slot at their usual rate.

    Example: 3 of 8 at a rate of 0.01 → 5.4e-5, an alarm; at lunch, at a rate of 0.2 → 0.20, nothing.
    """
    return sum(
        comb(offices, k) * leave_rate**k * (1 - leave_rate) ** (offices - k)
        for k in range(silent, offices + 1)
    )


def is_alarm(offices: int, silent: int, leave_rate: float) -> bool:
    """Whether so many fell silent in one slot that chance does not explain it."""
    return chance_of_leaving(offices, silent, leave_rate) < ALARM


def silent_provinces(
    province_of: Mapping[str, str], usual: Sequence[str], reporting: Sequence[str]
) -> tuple[Silence, ...]:
    """Provinces of which at most a fifth of the usually reporting offices are heard, while most others are.

    `usual`: offices that were reporting until lately; `reporting`: those that still are.
    """
    heard = set(reporting)
    groups: dict[str, list[str]] = defaultdict(list)
    for office in sorted(set(usual)):
        groups[province_of[office]].append(office)
    found = []
    for province, group in sorted(groups.items()):
        here = sum(office in heard for office in group)
        others = [o for name, of in groups.items() if name != province for o in of]
        elsewhere = sum(office in heard for office in others)
        if (
            len(group) >= LEAST_OFFICES
            and here <= MOST_REPORTING * len(group)
            and others
            and elsewhere >= OTHERS_REPORTING * len(others)
        ):
            found.append(Silence(province, len(group), here))
    return tuple(found)
