"""Late entries against outages: shift and replay of each office, then a verdict on each late entry.

"An outage touched the window" explains nothing; what counts is whether the entry would have been on time
without the outages (methods.md §1, §8). On-time entries take part too: they are the office's posting curve.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from laaswatch_agent.report.vocabulary import FAULTS
from laaswatch_collector.explanation.axis import WorkAxis, work_axis
from laaswatch_collector.explanation.ends import BothEnds, Times, explain_both_ends
from laaswatch_collector.explanation.model import EntryTimes, Explanation, Verdict
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
    found = explain_both_ends(_times(entries, axis), axis, conclusions.settled_until, rules)
    outages = [o for o in conclusions.outages if office in o.offices and o.scope is not Scope.PC]
    rows = (_explanation(entries, axis, found, i, outages) for i in range(len(found.late.position)))
    return {row.entry: row for row in rows}


def _times(entries: Sequence[EntryTimes], axis: WorkAxis) -> Times:
    """The entries on the axis."""
    posted = np.array([e.posted is not None for e in entries])
    low, high = (np.array(x, np.int64) for x in _postings(entries))
    never = len(axis.minute) + NEVER
    event_to = [e.transacted if e.transacted_to is None else e.transacted_to for e in entries]
    return Times(
        transacted=axis.index(np.array([e.transacted for e in entries], np.int64)),
        transacted_to=axis.index(np.array(event_to, np.int64)),
        posted=np.where(posted, axis.index(low), never),
        posted_to=np.where(posted, axis.index(high), never),
        due=axis.index(np.array([e.due for e in entries], np.int64)),
        late=np.array([e.posted is None or e.posted >= e.due for e in entries]),
    )


def _postings(entries: Sequence[EntryTimes]) -> tuple[list[int], list[int]]:
    low = [e.posted or 0 for e in entries]
    high = [
        e.posted_to if e.posted_to is not None else at for e, at in zip(entries, low, strict=True)
    ]
    return low, high


def _explanation(
    entries: Sequence[EntryTimes],
    axis: WorkAxis,
    found: BothEnds,
    i: int,
    outages: Sequence[Outage],
) -> Explanation:
    """Row `i` of an office's late entries as an object."""
    late = found.late
    verdict = VERDICTS[late.verdict[i]]
    least, most = float(found.least[i]), float(found.most[i])
    ends = VERDICTS[found.verdict_at_least[i]], VERDICTS[found.verdict_at_most[i]]
    entry = entries[int(late.position[i])]
    first = min(entry.transacted, axis.seconds(int(late.since[i])))
    last = axis.seconds(int(late.until[i]))
    fault = int(late.fault[i])
    return Explanation(
        entry=entry.id,
        verdict=verdict,
        tardiness=int(late.tardiness[i]),
        explained_fraction=round(least, 4),
        shift_fraction=round(float(late.shift[i]), 4),
        backlog_fraction=round(float(late.backlog[i]), 4),
        counterfactual=axis.seconds(int(late.counterfactual[i])) if least > 0 else None,
        scope=SCOPES[late.scope[i]],
        fault=str(FAULTS[fault]) if fault else "",
        grade=GRADES[late.grade[i]],
        window_minutes=int(late.window_minutes[i]),
        usable_minutes=int(late.usable_minutes[i]),
        down_minutes=int(late.down_minutes[i]),
        unknown_minutes=int(late.unknown_minutes[i]),
        outages=tuple(o.id for o in outages if o.start < last and o.end > first),
        backlog_minutes=int(late.backlog_minutes[i]),
        explained_to=round(most, 4) if most > least else None,
        between=ends if verdict is Verdict.UNDETERMINED else None,
    )
