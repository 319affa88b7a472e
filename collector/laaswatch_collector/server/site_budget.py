"""How often which agent may touch the accounting site. Pure; docs/politeness.md shows what it comes to.

One agent of each office asks for the page, the others of that office only connect, and rarely. Both are
slow enough that all together stay below the cap even when something is wrong everywhere at once: then
every prober goes to its shorter time, and that is what the cap is reckoned by.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PROBERS_SHARE = 0.45
OTHERS_SHARE = 0.05
"""Shares of the cap when everybody is in trouble. The rest is for its first minute, when what fails is tried
twice, and for chance: clocks are off by a second, and names take their time.
"""
PROBER_LEAST = 30.0
"""Seconds between two looks of an office's prober in trouble at least; twice that when all is well."""
OTHERS_LEAST = 120.0
FRESH = timedelta(minutes=5)
"""An agent heard within this time can be its office's prober."""
KNOWN = timedelta(days=7)
"""An agent heard within this time may come back any minute: the cap is reckoned with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """One agent as the budget sees it; `heard` on the collector's clock."""

    agent: str
    office: str
    control: bool
    heard: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """Least seconds between two touches of the site: when all is well, and in trouble."""

    every: float
    in_trouble: float


@dataclass(frozen=True, slots=True)
class Budget:
    """The times of probers and of the others, and who is each office's prober."""

    probers: Times
    others: Times
    prober_of: Mapping[str, str]

    def is_prober(self, agent: str, office: str) -> bool:
        """Whether this agent asks for the page; where nobody was elected, whoever asks is."""
        return self.prober_of.get(office, agent) == agent


def budget(
    known: Iterable[Known], now: datetime, per_second: float, round_seconds: float
) -> Budget:
    """Share out `per_second` touches of each host of the site among these agents."""
    lately = [x for x in known if not x.control and now - x.heard <= KNOWN]
    offices = len({x.office for x in lately})
    others = len(lately) - offices
    trouble = _whole(max(PROBER_LEAST, offices / (PROBERS_SHARE * per_second)), round_seconds)
    rarely = _whole(max(OTHERS_LEAST, others / (OTHERS_SHARE * per_second)), round_seconds)
    return Budget(
        Times(2 * trouble, trouble),
        Times(rarely, rarely),
        elect(lately, now),
    )


def elect(known: Iterable[Known], now: datetime) -> dict[str, str]:
    """The prober of each office: of the agents heard lately always the same one, whoever computes it."""
    chosen: dict[str, str] = {}
    for x in known:
        if not x.control and now - x.heard <= FRESH:
            chosen[x.office] = min(x.agent, chosen.get(x.office, x.agent))
    return chosen


def phases(known: Iterable[Known]) -> dict[str, float]:
    """The place of each agent in the cycle of rounds, 0 ≤ phase < 1, by the order of enrolment.

    Multiples of the golden ratio lie evenly however many there are, so nobody has to move when another
    comes, and no second gets much more than its share. The agents of one office follow its own row of
    places, with their offices' first agents in one row: probers stay even among themselves.
    """
    rows: dict[str, int] = {}
    found: dict[str, float] = {}
    for rank, x in enumerate(known):
        first = x.office not in rows
        office = rows.setdefault(x.office, len(rows))
        found[x.agent] = (_GOLDEN * (office if first else rank + 0.5)) % 1.0
    return found


_GOLDEN = (5**0.5 - 1) / 2


def _whole(seconds: float, round_seconds: float) -> float:
    """A whole number of rounds, so that a plan does not change with every agent that comes or goes."""
    return math.ceil(seconds / round_seconds - 1e-9) * round_seconds
