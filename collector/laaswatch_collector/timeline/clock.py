"""Repair of PC clocks (methods.md §4): what a PC's clock was off when it sent is what it was off before.

Used where only wall clocks are known (the analysis folder); live reports are placed by the monotonic
clock before they get here (`timeline.placement`) and come with sent equal to received.
"""

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.timeline.facts import AgentFacts

LEAST_REPORTS = 3
"""Fewer reports are no basis for a correction."""
TOLERATED = 5
"""Seconds of offset that travel time and whole seconds explain."""


def offset(agent: AgentFacts) -> int:
    """Median of sent − received over the agent's reports, in seconds; 0 where it is small or unknown.

    Example: −25,200 is a PC that keeps UTC as its local time.
    """
    if len(agent.delivered) < LEAST_REPORTS:
        return 0
    median = int(np.median([x.sent - x.received for x in agent.delivered]))
    return median if abs(median) > TOLERATED else 0


def repaired(agent: AgentFacts) -> NDArray[np.int64]:
    """The times of the agent's rounds on the collector's clock, in seconds."""
    return agent.t - offset(agent)
