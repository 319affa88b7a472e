"""The ladder that people see: one result a layer, from a round that may hold several."""

from collections.abc import Iterable

from laaswatch_agent.diagnosis.verdict import breaks_at
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import LAYERS, Fault, Layer, Result

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


def where_it_broke(fault: Fault, shown: Iterable[LayerResult | None]) -> Layer | None:
    """The rung of this ladder at which people see the fault; None where nothing broke.

    A lossy line may let some of the references' packets pass: then it is the first rung that did fail.
    """
    layer = breaks_at(fault)
    rows = [row for row in shown if row is not None]
    if not any(row.layer is layer and row.result is Result.OK for row in rows):
        return layer
    return next((row.layer for row in rows if row.result is Result.FAIL), layer)
