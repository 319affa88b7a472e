"""What silence may mean while the spooled rounds are not here yet (methods.md §6).

Of the reports made during a fault of the line only about one in eight arrives within five minutes, so the live
view must reason from who fell silent. It is always a presumption: never a state, never an outage. It ends by
itself with the reports of those that were silent.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

from laaswatch_collector.localization.leaving import SLOT, Cell, LeaveRates, cells_of, slot_of
from laaswatch_collector.timeline.conclusions import Scope

ALARM = 1e-4
"""So improbable must it be that as many left by chance."""
LEAST_OFFICES = 4
LEAST_SILENT = 3
LEAST_SHARE = 0.3
"""Of a cell's offices; where fewer are silent it is a smaller cell's matter, or nobody's."""
MOST_REPORTING = 0.2
OTHERS_REPORTING = 0.6
MOST_CELLS = 20
"""Told at once; more is nothing that a person reads."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A cell that is presumably out: of its `usual` offices only `reporting` are still heard.

    `isp` and `province` as the scope has them, else "". `chance`: how probable it is that so many left at
    once as they usually do; None where nothing is known of what is usual. `since`: when they fell silent, in
    seconds; None for those of whom all is known that they are silent.
    """

    scope: Scope
    isp: str
    province: str
    usual: int
    reporting: int
    chance: float | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """An office that reported within the last hour: when it was heard last (seconds), and if it still is."""

    office: str
    isp: str
    province: str
    last: int
    fresh: bool


def chance_of_leaving(offices: int, silent: int, leave_rate: float) -> float:
    """P[Bin(n, h) ≥ k]: that of `offices` at least `silent` leave in one slot at their usual rate.

    Example: 3 of 8 at a rate of 0.01 → 5.4e-5, an alarm; at lunch, at a rate of 0.2 → 0.20, nothing.
    """
    return min(1.0, exp(_log_chance(offices, silent, leave_rate)))


def is_alarm(offices: int, silent: int, leave_rate: float) -> bool:
    """Whether so many fell silent in one slot that chance does not explain it."""
    return chance_of_leaving(offices, silent, leave_rate) < ALARM


def silent_cells(heard: Sequence[Heard], rates: LeaveRates) -> tuple[Silence, ...]:
    """The cells that fell silent at once, the least probable first; what one explains counts in no other."""
    left = list(heard)
    found: list[Silence] = []
    for _ in range(MOST_CELLS):
        best = min(_candidates(left, rates), key=_improbable, default=None)
        if best is None:
            break
        _, cell, silence = best
        found.append(silence)
        left = [x for x in left if cell not in cells_of(x.isp, x.province)]
    known = {x.province for x in found if x.scope is Scope.PROVINCE}
    found += [x for x in _silent_provinces(heard, rates) if x.province not in known]
    return tuple(found)


_LEAST_SAID = (Scope.PROVINCE, Scope.ISP_PROVINCE, Scope.ISP)


def _improbable(found: tuple[float, Cell, Silence]) -> tuple[float, int, Cell]:
    """Where the same offices make up two cells, the one comes first that blames nobody."""
    chance, cell, _ = found
    return chance, _LEAST_SAID.index(cell[0]), cell


def _candidates(heard: Sequence[Heard], rates: LeaveRates) -> Iterable[tuple[float, Cell, Silence]]:
    """Every cell that chance does not explain, with the logarithm of that chance."""
    groups: dict[Cell, list[Heard]] = defaultdict(list)
    for x in heard:
        for cell in cells_of(x.isp, x.province):
            groups[cell].append(x)
    fresh = sum(x.fresh for x in heard)
    for cell, group in groups.items():
        here = sum(x.fresh for x in group)
        others = len(heard) - len(group)
        if len(group) < LEAST_OFFICES or not others or fresh - here < OTHERS_REPORTING * others:
            continue
        found = _least_probable(cell, group, rates)
        if found is not None:
            yield found


def _least_probable(
    cell: Cell, group: Sequence[Heard], rates: LeaveRates
) -> tuple[float, Cell, Silence] | None:
    """Of all five minutes in which offices of the cell fell silent, those that are least like chance."""
    gone = sorted(x.last for x in group if not x.fresh)
    best: tuple[float, Cell, Silence] | None = None
    for i, start in enumerate(gone):
        if i and gone[i - 1] == start:
            continue
        silent = bisect_right(gone, start + SLOT - 1) - i
        there = len(group) - i  # who had fallen silent before was not there
        if silent < LEAST_SILENT or silent < LEAST_SHARE * there:
            continue
        slots = {slot_of(start), slot_of(start + SLOT - 1)}
        rate = max(rates.rate(cell, slot) for slot in slots)
        if silent <= rate * there or _log_term(there, silent, rate) > log(ALARM):
            continue  # the chance of exactly so many is too large already
        chance = _log_chance(there, silent, rate)
        if chance < log(ALARM) and (best is None or chance < best[0]):
            told = Silence(*cell, there, there - silent, exp(chance), start)
            best = (chance, cell, told)
    return best


def _silent_provinces(heard: Sequence[Heard], rates: LeaveRates) -> Iterable[Silence]:
    """Where nothing is known of what is usual: provinces of which at most a fifth is heard, while most others are."""
    return (
        x
        for x in silent_provinces(
            {x.office: x.province for x in heard},
            [x.office for x in heard],
            [x.office for x in heard if x.fresh],
        )
        if not any(
            rates.known((Scope.PROVINCE, "", x.province), slot_of(y.last))
            for y in heard
            if y.province == x.province and not y.fresh
        )
    )


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
    total = sum(map(len, groups.values()))
    all_heard = sum(office in heard for group in groups.values() for office in group)
    found = []
    for province, group in sorted(groups.items()):
        here = sum(office in heard for office in group)
        others, elsewhere = total - len(group), all_heard - here
        if (
            len(group) >= LEAST_OFFICES
            and here <= MOST_REPORTING * len(group)
            and others
            and elsewhere >= OTHERS_REPORTING * others
        ):
            found.append(Silence(Scope.PROVINCE, "", province, len(group), here))
    return tuple(found)


def _log_term(n: int, k: int, h: float) -> float:
    """Log P[Bin(n, h) = k]; the rate lies between 0 and 1, since it is smoothed."""
    if h <= 0:
        return 0.0 if k == 0 else float("-inf")
    if h >= 1:
        return 0.0 if k == n else float("-inf")
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(h) + (n - k) * log1p(-h)


def _log_chance(n: int, k: int, h: float) -> float:
    """Log P[Bin(n, h) ≥ k], exact also where the chance itself is too small for a number."""
    if k <= 0 or h >= 1:
        return 0.0
    if h <= 0:
        return float("-inf")
    odds = h / (1 - h)
    if k <= n * h:  # what is left is summed up downwards, where its terms shrink
        rest = _shrinking((j + 1) / ((n - j) * odds) for j in range(k - 2, -1, -1))
        return log1p(-min(exp(_log_term(n, k - 1, h)) * rest, 1 - 1e-16))
    return _log_term(n, k, h) + log(_shrinking((n - j) / (j + 1) * odds for j in range(k, n)))


def _shrinking(ratios: Iterable[float]) -> float:
    """The sum of 1 and of the terms that follow it by these ratios, until they do not matter."""
    term = total = 1.0
    for ratio in ratios:
        term *= ratio
        total += term
        if term < 1e-17 * total:
            break
    return total
