"""The verdict of one round: the first rule that matches, and what else was seen beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from laaswatch_agent.diagnosis.evidence import Evidence
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rules import RULES, SIDE_RULES
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Also, Fault, Layer


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


_BREAKS_AT = {
    Fault.PC_LINK: Layer.LINK,
    Fault.GATEWAY: Layer.GATEWAY,
    Fault.UPLINK: Layer.REFERENCE,
    Fault.DNS: Layer.DNS,
    Fault.PC_CLOCK: Layer.TLS,
    Fault.INTERCEPTION: Layer.TLS,
    Fault.SITE_TLS: Layer.TLS,
    Fault.CAPTIVE_PORTAL: Layer.REFERENCE,
    Fault.SITE_TCP: Layer.TCP,
    Fault.PC_BLOCKED: Layer.TCP,
    Fault.SITE_HTTP: Layer.HTTP,
    Fault.BEYOND_GATEWAY: Layer.TCP,
}


def breaks_at(fault: Fault) -> Layer | None:
    """The rung of the ladder at which people see this fault; None where nothing broke."""
    return _BREAKS_AT.get(fault)
