"""The ladder that people see: one result a layer, from a round that may hold several."""

from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import LAYERS, Layer, Result

_BEST_FIRST = (Result.OK, Result.FAIL, Result.SKIPPED)


def rungs(one: ProbeRound, decides: str) -> list[tuple[Layer, LayerResult | None]]:
    """One result a layer, in the ladder's order: the deciding target's; of the references the best."""
    found: list[tuple[Layer, LayerResult | None]] = []
    for layer in LAYERS:
        own = [
            x
            for x in one.layers
            if x.layer is layer and (x.target in (decides, "") or layer is Layer.REFERENCE)
        ]
        found.append((layer, min(own, key=lambda x: _BEST_FIRST.index(x.result), default=None)))
    return found
