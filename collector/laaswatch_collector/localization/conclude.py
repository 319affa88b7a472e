"""Facts → conclusions of a period: states, scopes and outages. Pure: the same facts give the same bytes.

Order of arrival cannot matter, since rounds are painted on an axis of minutes by their own times, and
everything after that is a function of the painted axis. Painting looks at one office alone
(`timeline.painted`); only then are the offices held against each other.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.localization.blame import blame, control_row
from laaswatch_collector.localization.outages import (
    Painted,
    office_outages,
    pc_outage,
    wide_outage,
    with_unstable,
)
from laaswatch_collector.localization.rules import DEFAULT_RULES, Rules
from laaswatch_collector.localization.slowness import slow_together
from laaswatch_collector.timeline.conclusions import Conclusions, MinuteState, Outage, Scope
from laaswatch_collector.timeline.facts import Facts, Office
from laaswatch_collector.timeline.painted import PaintedOffices, paint
from laaswatch_collector.worktime.clock import WorkClock


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
    painted = paint(facts.offices, facts.agents, facts.sessions, start, length)
    control = control_row(facts.control, start, length)
    return conclude_painted(facts.offices, painted, control, now, settled_until, rules)


def conclude_painted(
    offices: Sequence[Office],
    painted: PaintedOffices,
    control: NDArray[np.uint8],
    now: int,
    settled_until: int,
    rules: Rules = DEFAULT_RULES,
) -> Conclusions:
    """The same from what was painted of every office. Rows follow `offices`; `control` as `control_row`."""
    o = painted.minutes
    found = blame(offices, o, control, rules, painted.cadence)
    state = np.full(o.down.shape, MinuteState.UNKNOWN, np.uint8)
    state[o.observed > 0] = MinuteState.UP
    together = slow_together(o, np.array([x.isp for x in offices]), rules)
    state[o.slow | together] = MinuteState.DEGRADED
    state[o.down] = MinuteState.DOWN
    names = tuple(x.id for x in offices)
    fault = np.where(together & np.isin(painted.fault, _WELL_FAULTS), _SLOW, painted.fault)
    seen = Painted(names, painted.start, o, fault, control)
    outages = [
        *(wide_outage(w, seen) for w in found.wide),
        *office_outages(found.scope, seen),
        *(pc_outage(x, names[x.office], seen) for x in painted.pcs),
    ]
    rows = {name: i for i, name in enumerate(names)}
    return Conclusions(
        rule_version=rules.version,
        start=painted.start,
        offices=names,
        state=state,
        scope=found.scope,
        fault=fault,
        inferred=o.inferred,
        witnesses=o.observed,
        outages=tuple(
            replace(x, settled=x.end <= settled_until, ongoing=_going_on(x, seen, rows, now))
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


_SLOW = np.uint8(FAULTS.index(Fault.SLOW))
_WELL_FAULTS = (FAULTS.index(Fault.NONE), FAULTS.index(Fault.UNKNOWN))
_ONGOING = 5 * 60
"""Seconds: an outage that reaches this near to the present may not have been seen to end."""
_WELL = 3
"""Usable minutes after its last bad one that show an outage to be over (methods.md §5, `stop`)."""


def _going_on(x: Outage, painted: Painted, rows: dict[str, int], now: int) -> bool:
    """It reaches the present, and none of its offices has been seen to work again since."""
    if x.end < now - _ONGOING:
        return False
    if x.scope is Scope.PC:  # its office works all the time: that is what makes it the PC's
        return True
    hit = [rows[name] for name in x.offices]
    since = slice((x.end - painted.start) // 60, None)
    well = (painted.minutes.usable[hit, since] > 0).sum(axis=1)
    return not bool((well >= _WELL).any())
