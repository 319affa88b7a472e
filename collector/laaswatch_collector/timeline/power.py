"""Power cuts of offices, from the session logs of their PCs (methods.md §6, silence and power).

A PC without power makes no rounds, so its minutes are unknown; an orderly shutdown leaves them so. Only where
several PCs of an office ended uncleanly together is a cut inferred, until the first of them is on again.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.timeline.clock import offset
from laaswatch_collector.timeline.facts import AgentFacts, Session

TOGETHER = 3 * 60
"""Seconds within which PCs that lose power at once notice it."""
LEAST_PCS = 2
"""So many unclean ends make a cut; one is enough where the office has one PC with an agent."""
LONGEST = 8 * 3600
"""Seconds: a PC that stays off longer was left off, by its user or for the night."""


def power_cuts(
    sessions: Sequence[Session],
    agents: Sequence[AgentFacts],
    offices: Sequence[str],
    start: int,
    minutes: int,
) -> NDArray[np.bool_]:
    """(offices, minutes) in which an office had presumably no power; from `start` (seconds).

    Whoever uses it lets observation go first: a minute that any PC observed had power.
    """
    home = {a.id: a.office for a in agents}
    wrong_by = {a.id: offset(a) for a in agents}
    size: dict[str, int] = defaultdict(int)
    for office in home.values():
        size[office] += 1
    ends: dict[str, list[tuple[int, str]]] = defaultdict(list)
    starts: dict[str, list[int]] = defaultdict(list)
    for session in sessions:
        if session.agent in home:
            office, wrong = home[session.agent], wrong_by[session.agent]
            starts[office].append(session.on - wrong)
            if not session.clean:
                ends[office].append((session.off - wrong, session.agent))
    cut = np.zeros((len(offices), minutes), np.bool_)
    for row, office in enumerate(offices):
        back = np.array(sorted(starts[office]), np.int64)
        for a in _common_ends(sorted(ends[office]), min(LEAST_PCS, size[office])):
            at = int(np.searchsorted(back, a, side="right"))
            b = min(int(back[at]) if at < len(back) else a + LONGEST, a + LONGEST)
            first, end = (max(0, (t - start) // 60) for t in (a, b))
            cut[row, first:end] = True
    return cut


def _common_ends(ends: Sequence[tuple[int, str]], least: int) -> list[int]:
    """The first moment of every cluster of unclean ends that enough different PCs share."""
    found: list[int] = []
    i = 0
    while i < len(ends):
        j = i
        while j < len(ends) and ends[j][0] - ends[i][0] <= TOGETHER:
            j += 1
        if len({agent for _, agent in ends[i:j]}) >= least:
            found.append(ends[i][0])
            i = j
        else:
            i += 1
    return found
