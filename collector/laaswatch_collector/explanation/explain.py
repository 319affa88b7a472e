"""Late entries against outages: shift and replay of each office, then a verdict on each late entry.

"An outage touched the window" explains nothing; what counts is whether the entry would have been on time
without the outages (methods.md §1, §8). On-time entries take part too: they are the office's posting curve.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from laaswatch_agent.report.vocabulary import FAULTS
from laaswatch_collector.explanation.axis import WorkAxis, work_axis
from laaswatch_collector.explanation.model import EntryTimes, Explanation
from laaswatch_collector.explanation.office import Late, explain_office
from laaswatch_collector.explanation.verdict import (
    DEFAULT_VERDICT_RULES,
    GRADES,
    VERDICTS,
    VerdictRules,
)
from laaswatch_collector.timeline.conclusions import SCOPES, Conclusions, Outage, Scope
from laaswatch_collector.worktime.clock import WorkClock

NEVER = 1_000_000
"""So far beyond the axis lies the posting of an entry that is not posted yet."""


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
    never = len(axis.minute) + NEVER
    posted = np.where(
        [e.posted is None for e in entries],
        never,
        axis.index(np.array([e.posted or 0 for e in entries], np.int64)),
    )
    late = explain_office(
        axis.index(np.array([e.transacted for e in entries], np.int64)),
        axis.index(np.array([e.due for e in entries], np.int64)),
        posted,
        np.array([e.posted is None or e.posted >= e.due for e in entries]),
        axis,
        conclusions.settled_until,
        rules,
    )
    outages = [o for o in conclusions.outages if office in o.offices and o.scope is not Scope.PC]
    rows = (_explanation(entries, axis, late, i, outages) for i in range(len(late.position)))
    return {row.entry: row for row in rows}


def _explanation(
    entries: Sequence[EntryTimes],
    axis: WorkAxis,
    late: Late,
    i: int,
    outages: Sequence[Outage],
) -> Explanation:
    """Row `i` of an office's late entries as an object."""
    entry = entries[int(late.position[i])]
    fraction = float(late.explained[i])
    first = min(entry.transacted, axis.seconds(int(late.since[i])))
    last = axis.seconds(int(late.until[i]))
    fault = int(late.fault[i])
    return Explanation(
        entry=entry.id,
        verdict=VERDICTS[late.verdict[i]],
        tardiness=int(late.tardiness[i]),
        explained_fraction=round(fraction, 4),
        shift_fraction=round(float(late.shift[i]), 4),
        backlog_fraction=round(float(late.backlog[i]), 4),
        counterfactual=axis.seconds(int(late.counterfactual[i])) if fraction > 0 else None,
        scope=SCOPES[late.scope[i]],
        fault=str(FAULTS[fault]) if fault else "",
        grade=GRADES[late.grade[i]],
        window_minutes=int(late.window_minutes[i]),
        usable_minutes=int(late.usable_minutes[i]),
        down_minutes=int(late.down_minutes[i]),
        unknown_minutes=int(late.unknown_minutes[i]),
        outages=tuple(o.id for o in outages if o.start < last and o.end > first),
        backlog_minutes=int(late.backlog_minutes[i]),
    )
