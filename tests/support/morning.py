"""A morning of many agents, by the agents' own scheduler and the collector's own budget, without a network.

Every PC of every office starts between 08:25 and 08:35 (or all in the same second), lives by
`plan.depth_of` and `schedule.next_round` with the orders that the collector would give it, and touches the
site when they say so. From 08:45 to 08:55 the site's page fails for everyone; some offices lose their line.
What the site's door sees is counted second by second.
"""

import heapq
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from laaswatch_agent.plan import Plan, SitePlan, cadence_at, depth_of, turns
from laaswatch_agent.report.vocabulary import Depth
from laaswatch_agent.schedule import next_round
from laaswatch_collector.server.site_budget import Known, budget, phases

ROUND = 30.0
MORNING = datetime(2026, 11, 23, 1, 20, tzinfo=UTC)  # a Monday, 08:20 in Bangkok
START, END = 0, 50 * 60
BOOTS = (5 * 60, 15 * 60)
SITE_DOWN = (25 * 60, 35 * 60)
LINE_DOWN = 20 * 60
"""The broken lines go down in the minute from here on, and stay so."""


@dataclass(slots=True)
class Pc:
    """One agent: what it knows of its turn, and what it found."""

    office: int
    plan: SitePlan
    prober: bool
    clock_off: float
    since: int = 0
    trouble: bool = False
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """`seconds`: touches by second; `found`: by office with a broken line, seconds from the break to the
    end of its second bad round.
    """

    seconds: Counter[int]
    found: dict[int, float]

    def most_in(self, length: int) -> int:
        """The busiest stretch of so many seconds, sliding."""
        total = best = 0
        for second in range(START, END):
            total += self.seconds[second] - self.seconds[second - length]
            best = max(best, total)
        return best


def play(
    seed: int,
    offices: int,
    pcs: int,
    per_second: float,
    *,
    at_once: bool = False,
    spread: bool = True,
    obeying: bool = True,
) -> Seen:
    """The morning. Without `spread` nobody has a place of its own; not `obeying`: full rounds always."""
    dice = Random(seed)
    known = [
        Known(f"{n:05}-{k}", f"{n:05}", control=False, heard=MORNING)
        for n in range(offices)
        for k in range(pcs)
    ]
    shared = budget(known, MORNING, per_second, ROUND)
    places = phases(known)
    broken = {n: LINE_DOWN + dice.uniform(0, 60) for n in range(0, offices, 50)}
    agents: list[Pc] = []
    events: list[tuple[float, int]] = []
    for i, x in enumerate(known):
        prober = shared.is_prober(x.agent, x.office)
        times = shared.probers if prober else shared.others
        depth = Depth.FULL if prober else Depth.CONNECT
        site = SitePlan(depth, times.every, times.in_trouble, places[x.agent] if spread else 0.0)
        if not obeying:
            site = SitePlan()
        one = Pc(i // pcs, site, prober, dice.uniform(-1.0, 1.0))
        one.since = dice.randrange(turns(site.every, ROUND)) - 1
        agents.append(one)
        events.append((BOOTS[0] if at_once else dice.uniform(*BOOTS), i))
    heapq.heapify(events)
    first = set(range(len(agents)))
    seconds: Counter[int] = Counter()
    found: dict[int, float] = {}
    while events and events[0][0] < END:
        at, i = heapq.heappop(events)
        one = agents[i]
        depth = depth_of(one.plan, one.since, ROUND, trouble=one.trouble)
        if i in first:
            first.discard(i)
            depth = Depth.LOCAL if turns(one.plan.every, ROUND) > 1 else depth
        took = _round(one, depth, at, broken.get(one.office), seconds, dice)
        if one.prober and one.office in broken and one.office not in found and one.bad >= 2:
            found[one.office] = at + took - broken[one.office]
        now = at + took + one.clock_off
        cadence = cadence_at(_wall(at), ROUND, Plan())
        phase = one.plan.phase if one.plan.phase is not None else 0.0
        wait = next_round(now, 0.0, cadence, phase) - now
        if took + wait < 0.5 * cadence:
            wait += cadence
        heapq.heappush(events, (at + took + wait, i))
    return Seen(seconds, found)


def _round(
    one: Pc, depth: Depth, at: float, breaks: float | None, seconds: Counter[int], dice: Random
) -> float:
    """Make a round; how long it took. What goes out on a broken line never reaches the site."""
    one.since = one.since + 1 if depth is Depth.LOCAL else 0
    if breaks is not None and at >= breaks:
        tried = depth is not Depth.LOCAL
        one.bad += tried
        one.trouble = True
        return 13.0 if tried else 4.0
    if depth is Depth.LOCAL:
        return dice.uniform(0.1, 0.5)
    took = dice.uniform(0.1, 1.0)
    seconds[int(at + took / 2)] += 1
    fails = depth is Depth.FULL and SITE_DOWN[0] <= at < SITE_DOWN[1]
    if fails and not one.trouble:
        seconds[int(at + took)] += 1  # what fails for the first time is tried once more
    if depth is Depth.FULL:
        one.trouble, one.bad = fails, one.bad + 1 if fails else 0
    return took


def _wall(at: float) -> int:
    return round((MORNING + timedelta(seconds=at)).timestamp() * 1000)
