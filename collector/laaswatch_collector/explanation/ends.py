"""Times that are known only as intervals: what both ends say, and where they disagree.

A posting seen between two exports, or an event of which the book has only the day, is a stretch of time. The
office is explained with every time at its lower end, and again with the upper ends of postings, of events and
of both. An entry on which these agree has that verdict; on any other the truth lies between them, and to say
more than that would be to guess.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.explanation.axis import WorkAxis
from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.explanation.office import Late, explain_office
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES, VERDICTS, VerdictRules

_PENDING = VERDICTS.index(Verdict.PENDING)
_UNDETERMINED = VERDICTS.index(Verdict.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class Times:
    """The entries of an office as indices on its axis. `posted` ≥ the axis's length: not yet posted.

    Exact times have the same value at both ends.
    """

    transacted: NDArray[np.int64]
    transacted_to: NDArray[np.int64]
    posted: NDArray[np.int64]
    posted_to: NDArray[np.int64]
    due: NDArray[np.int64]
    late: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BothEnds:
    """`late`: the figures at the lower ends, its verdict that of all ends or `undetermined`. `least`, `most`:
    the explained fraction at the ends where it is least and most, with the verdicts (codes) there.
    """

    late: Late
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    verdict_at_least: NDArray[np.uint8]
    verdict_at_most: NDArray[np.uint8]


def explain_both_ends(
    times: Times,
    axis: WorkAxis,
    settled_until: int,
    rules: VerdictRules = DEFAULT_VERDICT_RULES,
) -> BothEnds:
    """Explain an office at all ends of its times; once only where every time is exact."""
    events = _ends(times.transacted, times.transacted_to)
    postings = _ends(times.posted, times.posted_to)
    found = [
        explain_office(event, times.due, posting, times.late, axis, settled_until, rules)
        for event in events
        for posting in postings
    ]
    base = found[0]
    least, most = base.explained.copy(), base.explained.copy()
    at_least, at_most, verdict = base.verdict.copy(), base.verdict.copy(), base.verdict.copy()
    for other in found[1:]:
        # Of an entry that lies beyond the axis at one of its ends, the other end is what is known.
        _, mine, its = np.intersect1d(
            base.position, other.position, assume_unique=True, return_indices=True
        )
        explained, code = other.explained[its], other.verdict[its]
        lower = explained < least[mine]
        # The same fraction may have another verdict: too little known at one end only.
        same = (explained == most[mine]) & (code != at_least[mine])
        higher = (explained > most[mine]) | same
        least[mine[lower]], at_least[mine[lower]] = explained[lower], code[lower]
        most[mine[higher]], at_most[mine[higher]] = explained[higher], code[higher]
        before = verdict[mine]
        pending = (before == _PENDING) | (code == _PENDING)
        verdict[mine] = np.select(
            [pending, before != code],
            [np.uint8(_PENDING), np.uint8(_UNDETERMINED)],
            before,
        )
    return BothEnds(replace(base, verdict=verdict), least, most, at_least, at_most)


def _ends(low: NDArray[np.int64], high: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [low] if np.array_equal(low, high) else [low, np.maximum(low, high)]
