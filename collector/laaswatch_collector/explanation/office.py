"""The late entries of one office explained, all at once: arrays in, arrays out (methods.md §8).

Every time is an index on the axis of the office's working minutes. Entries on time take part too: they
are the office's posting curve.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS
from laaswatch_collector.explanation.axis import WIDE, WorkAxis, clock_weight
from laaswatch_collector.explanation.desk import LEAST_POSTINGS, takes_newest
from laaswatch_collector.explanation.replay import Replay, at_most, counterfactual, replay
from laaswatch_collector.explanation.shift import NEVER, cumulative, overtaken, shift_fraction
from laaswatch_collector.explanation.verdict import (
    DEFAULT_VERDICT_RULES,
    GRADES,
    VerdictRules,
    decide,
    explained_fraction,
    grade,
)
from laaswatch_collector.timeline.conclusions import SCOPES, Grade, MinuteState


@dataclass(frozen=True, slots=True)
class Late:
    """One row a late entry. `position`: which of the office's entries. `verdict`, `scope`, `fault`, `grade`:
    positions in VERDICTS, SCOPES, FAULTS, GRADES. `since`: from where outages count, earlier than the
    transaction where the queue that they made changes the result; `until`: up to where.
    `counterfactual`: a time on the axis. The rest as in `model.Explanation`.
    """

    position: NDArray[np.int64]
    verdict: NDArray[np.uint8]
    tardiness: NDArray[np.int64]
    explained: NDArray[np.float64]
    shift: NDArray[np.float64]
    backlog: NDArray[np.float64]
    counterfactual: NDArray[np.int64]
    since: NDArray[np.int64]
    until: NDArray[np.int64]
    window_minutes: NDArray[np.int64]
    usable_minutes: NDArray[np.int64]
    down_minutes: NDArray[np.int64]
    unknown_minutes: NDArray[np.int64]
    backlog_minutes: NDArray[np.int64]
    scope: NDArray[np.uint8]
    fault: NDArray[np.uint8]
    grade: NDArray[np.uint8]


def explain_office(
    transacted: NDArray[np.int64],
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    late: NDArray[np.bool_],
    axis: WorkAxis,
    settled_until: int,
    rules: VerdictRules = DEFAULT_VERDICT_RULES,
) -> Late:
    """Explain an office. posted ≥ the axis's length means not yet posted; `late` as of now.

    `settled_until`: seconds; what rests on later minutes is pending. Late entries whose deadline lies beyond
    the axis are left out: nothing is known of the time in which they became late.
    """
    size = len(axis.minute)
    weight = clock_weight(axis, posted)
    newest_first = takes_newest(transacted, posted, size)
    later = np.full(len(posted), NEVER) if newest_first else overtaken(transacted, posted)
    run = replay(
        transacted, posted, later, axis.x, axis.days, axis.known, newest_first=newest_first
    )
    at = np.flatnonzero(late & (due <= size) & ((posted < size) | (due < size)))
    t, d, p, o = transacted[at], due[at], np.minimum(posted[at], size), later[at]
    back = np.minimum(counterfactual(run, at, t, rules.tolerance), p)
    explained = explained_fraction(d, p, back, o, rules.overtaken_minutes)
    most = explained_fraction(
        d, p, np.minimum(at_most(run, at, t, rules.tolerance), p), o, rules.overtaken_minutes
    )
    lost, weights = cumulative(weight * run.lost), cumulative(weight)
    shift = shift_fraction(t, d, p, o, lost, weights)
    before = np.maximum(run.busy_since[np.minimum(t, size - 1)], t - rules.backlog_minutes)
    before = np.maximum(0, np.minimum(before, t))
    carried = shift_fraction(before, d, p, o, lost, weights)
    # Earlier outages count as evidence only where the queue that they made changes the result.
    since = np.where(carried > shift, before, t)
    until = np.maximum(d, p)
    minutes = _Minutes(axis, run)
    unknown, width = minutes.unknown(t, d), np.maximum(0, d - t)
    judged_to = np.where(posted[at] >= size, d, p)
    return Late(
        at,
        decide(
            explained,
            most,
            carried,
            unknown / np.maximum(1, width),
            _seconds(axis, judged_to) <= settled_until,
            rules,
            habits_known=int((posted < size).sum()) >= LEAST_POSTINGS,
        ),
        np.maximum(0, p - d),
        explained,
        shift,
        carried,
        back,
        since,
        until,
        width,
        minutes.usable(t, d),
        minutes.down(t, d),
        unknown,
        minutes.down(since, t),
        minutes.scope(since, until),
        minutes.fault(since, until),
        minutes.grade(since, until, np.asarray(rules.evidence_share * (p - d), np.float64)),
    )


def _seconds(axis: WorkAxis, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """`axis.seconds` of many."""
    ends = np.append(axis.minute, axis.minute[-1] + 1) * 60
    return np.asarray(ends[np.minimum(at, len(axis.minute))], np.int64)


class _Minutes:
    """Sums over stretches [a, b) of the axis, for many stretches at once."""

    def __init__(self, axis: WorkAxis, run: Replay) -> None:
        self._axis = axis
        self._run = run
        self._lost = _sums(axis.lost)

    def unknown(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        return _between(_sums(~self._axis.known), a, b)

    def usable(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        state = self._axis.state
        return _between(_sums((state == MinuteState.UP) | (state == MinuteState.DEGRADED)), a, b)

    def down(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        return _between(self._lost, a, b)

    def scope(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The scope of most of the lost minutes; 0 where none was lost."""
        return self._main(self._axis.scope, len(SCOPES), a, b)

    def fault(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The fault of most of the lost minutes; 0 where none was lost or none is known."""
        return self._main(self._axis.fault, len(FAULTS), a, b)

    def grade(
        self, a: NDArray[np.int64], b: NDArray[np.int64], needed: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """How well the lost minutes are evidenced that the verdict needs."""
        axis = self._axis
        seen = axis.lost & ~axis.inferred
        wide = seen & np.isin(axis.scope, WIDE)
        several = axis.witnesses >= 2
        total = self.down(a, b)
        found = grade(
            wide=_between(_sums(wide), a, b),
            measured=_between(_sums(seen & ~wide & several), a, b),
            single=_between(_sums(seen & ~wide & ~several), a, b),
            inferred=_between(_sums(axis.lost & axis.inferred), a, b),
            needed=np.minimum(needed, total),
        )
        denied = _between(_sums(self._run.denied & axis.lost), a, b)
        return np.where(2 * denied > total, np.uint8(GRADES.index(Grade.CONTRADICTED)), found)

    def _main(
        self, codes: NDArray[np.uint8], size: int, a: NDArray[np.int64], b: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        best = np.zeros(len(a), np.int64)
        found = np.zeros(len(a), np.uint8)
        for code in np.unique(codes[self._axis.lost]).tolist():
            if not 0 < code < size:
                continue
            minutes = _between(_sums(self._axis.lost & (codes == code)), a, b)
            found[minutes > best] = code
            best = np.maximum(best, minutes)
        return found


def _sums(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(flags, dtype=np.int64)))


def _between(
    sums: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    last = len(sums) - 1
    low, high = np.minimum(a, last), np.minimum(b, last)
    return np.asarray(np.maximum(0, sums[high] - sums[low]), np.int64)
