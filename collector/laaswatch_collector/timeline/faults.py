"""Which fault a minute shows: each agent's, then one for its office."""

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.timeline.minutes import ANY, Minutes, derived_fault
from laaswatch_collector.timeline.states import OfficeMinutes

_FAULT_CODE = {fault: i for i, fault in enumerate(FAULTS)}


def agent_faults(m: Minutes) -> NDArray[np.uint8]:
    """Each agent-minute's fault code: the agent's own verdict, or what its layers point to."""
    given = m.fault.copy()
    for i in range(len(given)):
        missing = (given[i] == 0) & (m.bits[i] > 0)
        if not missing.any():
            continue
        table = np.array(
            [
                _FAULT_CODE[derived_fault(b, bool(m.gateway_tells[i]), bool(m.reference_tells[i]))]
                for b in range(ANY)
            ],
            np.uint8,
        )
        given[i, missing] = table[m.bits[i, missing] & (ANY - 1)]
    return given


def office_faults(
    m: Minutes, o: OfficeMinutes, faults: NDArray[np.uint8], offices: int
) -> NDArray[np.uint8]:
    """The fault of each office-minute: of a down one the widest reaching that a PC saw, else the mildest."""
    out = np.zeros((offices, faults.shape[1]), np.uint8)
    best = np.zeros((offices, faults.shape[1]), np.uint8)
    rank_down = np.array([_REACH.get(f, 0) for f in FAULTS], np.uint8)
    rank_up = np.array([_MILD.get(f, 0) for f in FAULTS], np.uint8)
    for i, row in enumerate(m.office):
        rank = np.where(o.down[row], rank_down[faults[i]], rank_up[faults[i]])
        better = rank > best[row]
        out[row][better] = faults[i][better]
        best[row][better] = rank[better]
    return _carried(out, o)


# A PC with its own cable out says nothing about the office when another PC got further.
_REACH = {
    f: i
    for i, f in enumerate(
        (
            Fault.PC_LINK,
            Fault.PC_CLOCK,
            Fault.PC_BLOCKED,
            Fault.GATEWAY,
            Fault.BEYOND_GATEWAY,
            Fault.UPLINK,
            Fault.DNS,
            Fault.INTERCEPTION,
            Fault.CAPTIVE_PORTAL,
            Fault.SITE_TCP,
            Fault.SITE_TLS,
            Fault.SITE_HTTP,
        ),
        1,
    )
}
_MILD = {Fault.LOSSY: 1, Fault.SLOW: 2, Fault.NONE: 3}


def _carried(fault: NDArray[np.uint8], o: OfficeMinutes) -> NDArray[np.uint8]:
    """Down minutes without a fault of their own (bridged, damped) take the one before them."""
    for row, down in zip(fault, o.down, strict=True):
        bad = np.isin(row, list(_DOWN_CODES))
        for at in np.flatnonzero(down & ~bad):
            row[at] = row[at - 1] if at and down[at - 1] else _FAULT_CODE[Fault.UNKNOWN]
    return fault


_DOWN_CODES = frozenset(_FAULT_CODE[f] for f in _REACH)
