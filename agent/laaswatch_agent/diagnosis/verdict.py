"""The verdict of one round: the first rule that matches, and what else was seen beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from laaswatch_agent.diagnosis.evidence import Evidence
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rules import RULES, SIDE_RULES
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Also, Fault


@dataclass(frozen=True, slots=True)
class Judgement:
    """A fault, the id of the rule that found it, and what was seen beside it."""

    fault: Fault
    rule: str
    also: tuple[Also, ...] = ()


def judge(layers: Sequence[LayerResult], history: History) -> Judgement:
    """The verdict on these layers, of the role that `history.decides`. Never raises."""
    seen = Evidence(tuple(layers), history)
    rule = next(r for r in RULES if all(need(seen) for need in r.needs))  # the last always matches
    also = tuple(side.also for side in SIDE_RULES if side.needs(seen))
    return Judgement(rule.fault, rule.id, also)
