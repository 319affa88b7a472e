"""The verdict on a late entry, from its two fractions and what is known of its minutes (methods.md §8)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.timeline.conclusions import Grade


@dataclass(frozen=True, slots=True)
class VerdictRules:
    """The dials; `least_shift` trades precision of `explained` against recall."""

    version: str = "2026-11-23.2"
    least_shift: float = 0.5
    """The time lost must reach this share of the tardiness, where the office's habits are not known."""
    most_unknown: float = 0.5
    least_partly: float = 0.25
    overtaken_minutes: int = 30
    backlog_minutes: int = 840
    """Two working days: how far back an outage may have made the queue that an entry then joined."""
    tolerance: float = 0.4
    """The part of an entry by which the replay, which deals in fractions of entries, may fall short."""
    evidence_share: float = 0.5
    """A verdict rests on lost minutes of this share of the tardiness: these are graded."""


DEFAULT_VERDICT_RULES = VerdictRules()


VERDICTS = tuple(Verdict)
"""Codes of verdicts in arrays."""
_CODE = {verdict: code for code, verdict in enumerate(VERDICTS)}
GRADES = tuple(Grade)
"""Codes of grades in arrays."""


def explained_fraction(
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    counterfactual: NDArray[np.int64],
    overtaken_at: NDArray[np.int64],
    most: int,
) -> NDArray[np.float64]:
    """F: 1 if the counterfactual is before the deadline, else the share of the tardiness that it saves.

    All in working minutes. An entry that younger ones overtook by more than `most` was not waiting: 0.
    """
    tardiness = posted - due
    saved = 1.0 - (counterfactual - due) / np.maximum(1, tardiness)
    share = np.where(tardiness > 0, np.maximum(0.0, saved), 0.0)
    found = np.where(counterfactual < due, 1.0, share)
    # Written so that "never" cannot overflow.
    return np.where(overtaken_at < posted - most, 0.0, found)


def decide(
    explained: NDArray[np.float64],
    at_most: NDArray[np.float64],
    shift: NDArray[np.float64],
    unknown_share: NDArray[np.float64],
    settled: NDArray[np.bool_],
    rules: VerdictRules,
    *,
    habits_known: bool,
) -> NDArray[np.uint8]:
    """The verdicts as positions in VERDICTS, first match wins.

    `at_most` is F had everything unseen been down: where even that would change nothing, what was not seen
    does not matter. `shift` is the shift fraction; it has a say only in an office with too few postings
    for a replay with its habits.
    """
    explains = explained >= 1.0
    if not habits_known:
        explains = explains & (shift >= rules.least_shift)
    better = np.where(explained >= rules.least_partly, 1.0, rules.least_partly)
    blind = (unknown_share > rules.most_unknown) & (explained < 1.0) & (at_most >= better)
    cases = (
        (~settled, Verdict.PENDING),
        (explains, Verdict.EXPLAINED),
        (blind, Verdict.NO_EVIDENCE),
        (explained >= rules.least_partly, Verdict.PARTLY),
    )
    return np.select(
        [holds for holds, _ in cases],
        [np.uint8(_CODE[verdict]) for _, verdict in cases],
        np.uint8(_CODE[Verdict.NOT_EXPLAINED]),
    ).astype(np.uint8)


def grade(
    wide: NDArray[np.int64],
    measured: NDArray[np.int64],
    single: NDArray[np.int64],
    inferred: NDArray[np.int64],
    needed: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """How well the down minutes are evidenced, as positions in GRADES: the best grade that alone suffices.

    Minutes by evidence: `wide` site, ISP or province; `measured` ≥ 2 PCs of the office; `single` one PC;
    `inferred` bridged. `needed`: the minutes that the verdict rests on.
    """
    cases = (
        (wide + measured + single + inferred == 0, Grade.NONE),
        (wide >= needed, Grade.CORROBORATED),
        (wide + measured >= needed, Grade.MEASURED),
        (wide + measured + single >= needed, Grade.SINGLE_PC),
    )
    return np.select(
        [holds for holds, _ in cases],
        [np.uint8(GRADES.index(value)) for _, value in cases],
        np.uint8(GRADES.index(Grade.INFERRED)),
    ).astype(np.uint8)
