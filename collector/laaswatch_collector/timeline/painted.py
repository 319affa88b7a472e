"""Everything that one office's own rounds say of its minutes, ready to be held against the others.

Painting is the costly half of concluding, and needs nothing but the office itself: so it is kept
(`timeline.office_day`), and only offices with new facts are painted again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault, State, state_of
from laaswatch_collector.timeline.calibration import Counts, OfDay
from laaswatch_collector.timeline.facts import AgentFacts, Office, Session
from laaswatch_collector.timeline.faults import agent_faults, office_faults
from laaswatch_collector.timeline.minutes import minutes_of
from laaswatch_collector.timeline.power import power_cuts
from laaswatch_collector.timeline.states import OfficeMinutes, office_minutes, pc_down

_DOWN = frozenset(i for i, f in enumerate(FAULTS) if state_of(f) is State.DOWN)


@dataclass(frozen=True, slots=True)
class PcSpan:
    """One PC alone failed over minutes [first, end) of the axis, in the office of row `office`.

    `fault`: position in FAULTS. `pcs`: the most PCs of the office that were observed in one of these minutes.
    """

    agent: str
    office: int
    first: int
    end: int
    fault: int
    pcs: int


@dataclass(frozen=True, slots=True)
class PaintedOffices:
    """Minutes of the axis from `start` (seconds); rows are offices. `fault`: uint8 positions in FAULTS.

    `steps`: for each office, the minutes that one round of each of its agents stands for. `counts`: for each
    office, what counts of each agent for the days after (`timeline.calibration`).
    """

    start: int
    minutes: OfficeMinutes
    fault: NDArray[np.uint8]
    pcs: tuple[PcSpan, ...]
    steps: tuple[tuple[int, ...], ...]
    counts: tuple[dict[str, Counts], ...]

    @property
    def cadence(self) -> int:
        """Minutes that a round stands for, in the middle over all agents."""
        every = [step for office in self.steps for step in office]
        return int(np.median(every)) if every else 1


def paint(
    offices: Sequence[Office],
    agents: Sequence[AgentFacts],
    sessions: Sequence[Session],
    start: int,
    minutes: int,
    before: OfDay | None = None,
) -> PaintedOffices:
    """Paint these offices from the rounds and session logs of their agents. No office sees another.

    `before`: what was counted of their agents in the days before, so far as it still counts.
    """
    agents = sorted(agents, key=lambda a: a.id)
    names = [o.id for o in offices]
    m = minutes_of(agents, names, start, minutes, before)
    cut = power_cuts(sessions, agents, names, start, minutes)
    o = office_minutes(m, np.array([x.pcs for x in offices], np.int64), cut)
    faults = agent_faults(m)
    alone = pc_down(m, o)
    spans = tuple(
        PcSpan(
            agent.id,
            int(row),
            a,
            b,
            FAULTS.index(main_fault(faults[i, a:b])),
            int(o.observed[row, a:b].max()),
        )
        for i, (agent, row) in enumerate(zip(agents, m.office, strict=True))
        for a, b in stretches(alone[i])
    )
    steps: list[list[int]] = [[] for _ in names]
    counts: list[dict[str, Counts]] = [{} for _ in names]
    for agent, row, step, told in zip(
        agents, m.office.tolist(), m.steps.tolist(), m.counts.tolist(), strict=True
    ):
        steps[row].append(step)
        counts[row][agent.id] = Counts(*told)
    return PaintedOffices(
        start,
        o,
        office_faults(m, o, faults, len(names)),
        spans,
        tuple(tuple(sorted(x)) for x in steps),
        tuple(counts),
    )


def main_fault(codes: NDArray[np.uint8]) -> Fault:
    """The commonest fault of down minutes among these positions in FAULTS."""
    counts = Counter(int(c) for c in codes.ravel().tolist() if c in _DOWN)
    if not counts:
        return Fault.UNKNOWN
    return FAULTS[min(counts, key=lambda c: (-counts[c], c))]


def stretches(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of true flags as [first, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
