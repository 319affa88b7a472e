"""Facts → conclusions of a period: states, scopes and outages. Pure: the same facts give the same bytes.

Order of arrival cannot matter, since rounds are painted on an axis of minutes by their own times, and
everything after that is a function of the painted axis.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.localization.blame import blame, control_row
from laaswatch_collector.localization.outages import (
    Painted,
    office_outages,
    pc_outages,
    wide_outage,
    with_unstable,
)
from laaswatch_collector.localization.rules import DEFAULT_RULES, Rules
from laaswatch_collector.timeline.conclusions import Conclusions, MinuteState, Outage, Scope
from laaswatch_collector.timeline.facts import Facts
from laaswatch_collector.timeline.minutes import ANY, Minutes, derived_fault, minutes_of
from laaswatch_collector.timeline.power import power_cuts
from laaswatch_collector.timeline.states import OfficeMinutes, office_minutes, pc_down
from laaswatch_collector.worktime.clock import WorkClock

_FAULT_CODE = {fault: i for i, fault in enumerate(FAULTS)}


def conclude(
    facts: Facts,
    start: int,
    end: int,
    now: int,
    settled_until: int,
    rules: Rules = DEFAULT_RULES,
) -> Conclusions:
    """Everything that the facts of [start, end) (seconds) say, as known at `now`.

    Minutes before `settled_until` will not change any more (`settled_before`).
    """
    length = (end - start) // 60
    agents = sorted(facts.agents, key=lambda a: a.id)
    names = [o.id for o in facts.offices]
    m = minutes_of(agents, names, start, length)
    cut = power_cuts(facts.sessions, agents, names, start, length)
    o = office_minutes(m, np.array([x.pcs for x in facts.offices], np.int64), cut)
    control = control_row(facts.control, start, length)
    cadence = int(np.median(m.steps)) if len(m.steps) else 1
    found = blame(facts.offices, o, control, rules, cadence)
    faults = _agent_faults(m)
    fault = _office_faults(m, o, faults, len(names))
    state = np.full(o.down.shape, MinuteState.UNKNOWN, np.uint8)
    state[o.observed > 0] = MinuteState.UP
    state[o.slow] = MinuteState.DEGRADED
    state[o.down] = MinuteState.DOWN
    painted = Painted(tuple(names), start, o, fault, control)
    outages = [
        *(wide_outage(w, painted) for w in found.wide),
        *office_outages(found.scope, painted),
        *pc_outages(pc_down(m, o), faults, [a.id for a in agents], m.office, painted),
    ]
    return Conclusions(
        rule_version=rules.version,
        start=start,
        offices=tuple(names),
        state=state,
        scope=found.scope,
        fault=fault,
        inferred=o.inferred,
        witnesses=o.observed,
        outages=tuple(
            replace(x, settled=x.end <= settled_until, ongoing=_going_on(x, painted, now))
            for x in with_unstable(sorted(outages, key=lambda x: (x.start, x.scope, x.key)))
        ),
        settled_until=settled_until,
    )


def settled_before(worktime: WorkClock, now: int, rules: Rules = DEFAULT_RULES) -> int:
    """The time before which late reports have had their working days to arrive (methods.md §5)."""
    day = worktime.working_day(now)
    for _ in range(rules.settle_working_days):
        day = worktime.working_day_before(day)
    return worktime.second(day, 24 * 60)


_ONGOING = 5 * 60
"""Seconds: an outage that reaches this near to the present may not have been seen to end."""
_WELL = 3
"""Usable minutes after its last bad one that show an outage to be over (methods.md §5, `stop`)."""


def _going_on(x: Outage, painted: Painted, now: int) -> bool:
    """It reaches the present, and none of its offices has been seen to work again since."""
    if x.end < now - _ONGOING:
        return False
    if x.scope is Scope.PC:  # its office works all the time: that is what makes it the PC's
        return True
    rows = [painted.offices.index(name) for name in x.offices]
    since = slice((x.end - painted.start) // 60, None)
    well = (painted.minutes.usable[rows, since] > 0).sum(axis=1)
    return not bool((well >= _WELL).any())


def _agent_faults(m: Minutes) -> NDArray[np.uint8]:
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
        given[i, missing] = table[m.bits[i, missing]]
    return given


def _office_faults(
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
