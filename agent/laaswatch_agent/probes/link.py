"""The PC's own connection: is an interface up, and has somebody given it an address?"""

import functools
from collections.abc import Sequence
from dataclasses import replace

from laaswatch_agent.host.interfaces import (
    Interface,
    Load,
    LoadMeter,
    TrafficMeter,
    interfaces,
)
from laaswatch_agent.probes.result import Stopwatch, fail, ok
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason

TRAFFIC = 300.0
"""kbit/s of this PC's own from which its traffic is worth reporting."""
OWN_BYTES = 256 * 1024
"""About what a round itself moves."""
BUSY = 90.0
"""Per cent from which the PC's load is worth reporting."""


def look() -> LayerResult:
    """The link layer of this PC, now."""
    watch = Stopwatch()
    return judge_link(interfaces(), _meter().read(), watch.ms())


@functools.lru_cache(maxsize=1)
def _meter() -> LoadMeter:
    return LoadMeter()


def begin() -> None:
    """Count this PC's traffic from now on, if that was not done before."""
    _traffic()


def with_traffic(row: LayerResult) -> LayerResult:
    """The link layer with what this PC itself moved since the last time, where that is worth saying."""
    return loaded(row, _traffic().read(OWN_BYTES))


def loaded(row: LayerResult, kilobits: float) -> LayerResult:
    """The link layer with this PC's own traffic in kbit/s."""
    if kilobits < TRAFFIC:
        return row
    return replace(row, detail=f"{row.detail} load={kilobits:.0f}".strip())


@functools.lru_cache(maxsize=1)
def _traffic() -> TrafficMeter:
    return TrafficMeter()


def judge_link(found: Sequence[Interface], busy: Load, ms: float) -> LayerResult:
    """The link layer, from what the system says. One interface with an address is enough."""
    pressed = {
        "cpu": round(busy.cpu) if busy.cpu >= BUSY else None,
        "memory": round(busy.memory) if busy.memory >= BUSY else None,
    }
    good = [i for i in found if i.up and i.usable]
    if good:
        kind = "wireless" if all(i.wireless for i in good) else "wired"
        return ok(Layer.LINK, "", ms, kind, **pressed)
    return fail(Layer.LINK, "", _why(found), ms, **pressed)


def _why(found: Sequence[Interface]) -> Reason:
    up = [i for i in found if i.up]
    if any(a.startswith("169.254.") for i in up for a in i.addresses):
        return Reason.SELF_ASSIGNED_ADDRESS
    if up:
        return Reason.NO_ADDRESS
    if not found:
        return Reason.NO_INTERFACE
    return Reason.WIFI_OFF if all(i.wireless for i in found) else Reason.CABLE_OUT
