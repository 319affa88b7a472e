"""Late entries against outages: shift and replay of each office, then a verdict on each late entry.

"An outage touched the window" explains nothing; what counts is whether the entry would have been on time
without the outages (methods.md §1, §8). On-time entries take part too: they are the office's posting curve.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.axis import WorkAxis, clock_weight, work_axis
from laaswatch_collector.explanation.model import EntryTimes, Explanation
from laaswatch_collector.explanation.replay import counterfactual, replay
from laaswatch_collector.explanation.shift import cumulative, overtaken, shift_fraction
from laaswatch_collector.explanation.verdict import (
    DEFAULT_VERDICT_RULES,
    VerdictRules,
    decide,
    explained_fraction,
    grade,
)
from laaswatch_collector.timeline.conclusions import (
    SCOPES,
    Conclusions,
    Grade,
    MinuteState,
    Outage,
    Scope,
)
from laaswatch_collector.worktime.clock import WorkClock

_WIDE = frozenset(
    SCOPES.index(s) for s in (Scope.SITE, Scope.ISP, Scope.ISP_PROVINCE, Scope.PROVINCE)
)


def explain(
    entries: Sequence[EntryTimes],
    conclusions: Conclusions,
    worktime: WorkClock,
    rules: VerdictRules = DEFAULT_VERDICT_RULES,
) -> tuple[Explanation, ...]:
    """The explanation of every late entry, in the order given. Offices unknown to the conclusions have
    no evidence, not no outages.
    """
    rows = {office: i for i, office in enumerate(conclusions.offices)}
    by_office: dict[str, list[EntryTimes]] = defaultdict(list)
    for entry in entries:
        by_office[entry.office].append(entry)
    found: dict[int | str, Explanation] = {}
    for office, group in by_office.items():
        if office not in rows:
            continue
        axis = work_axis(conclusions, rows[office], worktime)
        if len(axis.minute):
            found.update(_explain_office(group, axis, conclusions, office, rules))
    return tuple(found[e.id] for e in entries if e.id in found)


def _explain_office(
    entries: Sequence[EntryTimes],
    axis: WorkAxis,
    conclusions: Conclusions,
    office: str,
    rules: VerdictRules,
) -> dict[int | str, Explanation]:
    size = len(axis.minute)
    never = size + 1_000_000
    transacted = axis.index(np.array([e.transacted for e in entries], np.int64))
    due = axis.index(np.array([e.due for e in entries], np.int64))
    posted = np.where(
        [e.posted is None for e in entries],
        never,
        axis.index(np.array([e.posted or 0 for e in entries], np.int64)),
    )
    weight = clock_weight(axis, posted)
    later = overtaken(transacted, posted)
    run = replay(transacted, posted, later, axis.x, weight)
    lost, weights = cumulative(weight * run.lost), cumulative(weight)
    outages = [o for o in conclusions.outages if office in o.offices and o.scope is not Scope.PC]
    found = {}
    for i, entry in enumerate(entries):
        late = entry.posted is None or entry.posted >= entry.due
        if not late or due[i] > size or (entry.posted is None and due[i] >= size):
            continue
        t, d = int(transacted[i]), int(due[i])
        p = min(int(posted[i]), size)
        shift = shift_fraction(t, d, p, int(later[i]), lost, weights)
        since = max(int(run.busy_since[min(t, size - 1)]), t - rules.backlog_minutes)
        carried = shift_fraction(min(since, t), d, p, int(later[i]), lost, weights)
        # Earlier outages count as evidence only where the queue that they made changes the verdict.
        since = min(since, t) if carried > shift else t
        cf = min(counterfactual(run, i, t), p) if t < size else size
        fraction = explained_fraction(d, p, cf, int(later[i]), rules.overtaken_minutes)
        found[entry.id] = _conclude(
            entry,
            axis,
            run.denied,
            outages,
            (since, t, d, p, cf),
            (shift, carried, fraction),
            conclusions,
            rules,
        )
    return found


def _conclude(
    entry: EntryTimes,
    axis: WorkAxis,
    denied: NDArray[np.bool_],
    outages: Sequence[Outage],
    at: tuple[int, int, int, int, int],
    fractions: tuple[float, float, float],
    conclusions: Conclusions,
    rules: VerdictRules,
) -> Explanation:
    since, t, d, p, cf = at
    shift, carried, fraction = fractions
    window = slice(t, d)
    states = axis.state[window]
    down = states == MinuteState.DOWN
    unknown = int((states == MinuteState.UNKNOWN).sum())
    width = max(0, d - t)
    touched = slice(since, max(d, p))
    lost = axis.state[touched] == MinuteState.DOWN
    scopes = axis.scope[touched][lost]
    # What still waits at the end of the axis is judged by the minutes up to its deadline.
    judged_to = axis.seconds(d if entry.posted is None else p)
    settled = judged_to <= conclusions.settled_until
    return Explanation(
        entry=entry.id,
        verdict=decide(fraction, carried, unknown / width if width else 0.0, settled, rules),
        tardiness=max(0, p - d),
        explained_fraction=round(fraction, 4),
        shift_fraction=round(shift, 4),
        backlog_fraction=round(carried, 4),
        counterfactual=axis.seconds(cf) if fraction > 0 else None,
        scope=_main_scope(scopes),
        fault=_main_fault(axis.fault[touched][lost]),
        grade=Grade.CONTRADICTED
        if 2 * int((denied[touched] & lost).sum()) > int(lost.sum())
        else _grade(axis, touched, lost, rules.least_shift * (p - d)),
        window_minutes=width,
        usable_minutes=int(((states == MinuteState.UP) | (states == MinuteState.DEGRADED)).sum()),
        down_minutes=int(down.sum()),
        unknown_minutes=unknown,
        outages=tuple(
            o.id
            for o in outages
            if o.start < axis.seconds(max(d, p))
            and o.end > min(entry.transacted, axis.seconds(since))
        ),
        backlog_minutes=int((axis.state[since:t] == MinuteState.DOWN).sum()),
    )


def _main_scope(scopes: NDArray[np.uint8]) -> Scope:
    if not len(scopes):
        return Scope.NONE
    return SCOPES[int(np.argmax(np.bincount(scopes, minlength=len(SCOPES))))]


def _main_fault(faults: NDArray[np.uint8]) -> str:
    known = faults[faults != FAULTS.index(Fault.UNKNOWN)]
    if not len(known):
        return ""
    return str(FAULTS[int(np.argmax(np.bincount(known, minlength=len(FAULTS))))])


def _grade(axis: WorkAxis, part: slice, lost: NDArray[np.bool_], needed: float) -> Grade:
    """The grade of the minutes that the verdict needs: the shift condition asks for half of the tardiness."""
    inferred = axis.inferred[part] & lost
    wide = np.isin(axis.scope[part], list(_WIDE)) & lost & ~inferred
    witnesses = axis.witnesses[part]
    measured = lost & ~wide & ~inferred & (witnesses >= 2)
    single = lost & ~wide & ~inferred & (witnesses < 2)
    total = int(lost.sum())
    return grade(
        wide=int(wide.sum()),
        measured=int(measured.sum()),
        single=int(single.sum()),
        inferred=int(inferred.sum()),
        needed=min(needed, total),
    )
