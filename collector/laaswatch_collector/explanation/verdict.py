"""The verdict on a late entry, from its two fractions and what is known of its minutes (methods.md §8)."""

from dataclasses import dataclass

from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.timeline.conclusions import Grade


@dataclass(frozen=True, slots=True)
class VerdictRules:
    """The dials; `least_shift` trades precision of `explained` against recall."""

    version: str = "2026-11-23.1"
    least_shift: float = 0.5
    most_unknown: float = 0.5
    least_partly: float = 0.25
    overtaken_minutes: int = 30
    backlog_minutes: int = 840
    """Two working days: how far back an outage may have made the queue that an entry then joined."""


DEFAULT_VERDICT_RULES = VerdictRules()


def explained_fraction(
    due: int, posted: int, counterfactual: int, overtaken_at: int, most: int
) -> float:
    """F: 1 if the counterfactual is before the deadline, else the share of the tardiness that it saves.

    All in working minutes. An entry that younger ones overtook by more than `most` was not waiting: 0.
    """
    if overtaken_at + most < posted:
        return 0.0
    if counterfactual < due:
        return 1.0
    tardiness = posted - due
    return max(0.0, 1.0 - (counterfactual - due) / tardiness) if tardiness > 0 else 0.0


def decide(
    explained: float, backlog: float, unknown_share: float, settled: bool, rules: VerdictRules
) -> Verdict:
    """The verdict, first match wins.

    `backlog` is the shift fraction counted from the beginning of the busy stretch that the entry joined
    (at most `backlog_minutes` back): an outage of the day before delays today's entries through the queue.
    """
    if not settled:
        return Verdict.PENDING
    if explained >= 1.0 and backlog >= rules.least_shift:
        return Verdict.EXPLAINED
    if unknown_share > rules.most_unknown and explained < 1.0:
        return Verdict.NO_EVIDENCE
    if explained >= rules.least_partly:
        return Verdict.PARTLY
    return Verdict.NOT_EXPLAINED


def grade(*, wide: int, measured: int, single: int, inferred: int, needed: float) -> Grade:
    """How well the down minutes are evidenced: the best grade whose minutes alone suffice.

    Minutes by evidence: `wide` site, ISP or province; `measured` ≥ 2 PCs of the office; `single` one PC;
    `inferred` bridged. `needed`: the minutes that the verdict rests on.
    """
    if wide + measured + single + inferred == 0:
        return Grade.NONE
    if wide >= needed:
        return Grade.CORROBORATED
    if wide + measured >= needed:
        return Grade.MEASURED
    if wide + measured + single >= needed:
        return Grade.SINGLE_PC
    return Grade.INFERRED
