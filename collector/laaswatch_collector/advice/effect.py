"""What the rounds say about a step: the same PCs just before and just after it. Pure.

A fault that ended soon after a step was perhaps ended by it, and perhaps it would have ended anyway: faults end by
themselves. So this is a fact beside what the office wrote, and `advice.learned` compares it with how often such
faults end without any step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

BEFORE = 10 * 60
"""Seconds before a step in which its fault must be seen."""
SOON = 20 * 60
"""Seconds within which a step shows its effect: a router takes three minutes, a restart of a PC five."""
STEADY = 10 * 60
"""Seconds that a recovery must hold."""
_MOSTLY = 0.8


class Effect(StrEnum):
    """What followed. Words: `tried.effect_…`."""

    ENDED = "ended"
    WENT_ON = "went_on"
    NO_FAULT = "no_fault"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """Rounds of one PC in order of time: `at` in seconds, `usable` 1, 0, or NaN where nothing can be said."""

    at: NDArray[np.float64]
    usable: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """What followed a step, and after how many minutes the fault ended."""

    effect: Effect
    minutes: float | None = None


def effect_of(at: float, pcs: Iterable[Seen]) -> Found:
    """What followed a step at `at` (seconds) on the PCs that had the fault just before."""
    found = [_of_one(at, x) for x in pcs]
    had = [x for x in found if x.effect in (Effect.ENDED, Effect.WENT_ON)]
    if any(x.effect is Effect.WENT_ON for x in had):
        return Found(Effect.WENT_ON)
    if had:
        return Found(Effect.ENDED, max(x.minutes or 0.0 for x in had))
    well = any(x.effect is Effect.NO_FAULT for x in found)
    return Found(Effect.NO_FAULT if well else Effect.NOT_SEEN)


def _of_one(at: float, pc: Seen) -> Found:
    told = ~np.isnan(pc.usable)
    when, usable = pc.at[told], pc.usable[told]
    before = usable[(when >= at - BEFORE) & (when < at)]
    if not before.size:
        return Found(Effect.NOT_SEEN)
    if before.mean() > 0.5:  # mostly usable
        return Found(Effect.NO_FAULT)
    after = when >= at
    when, usable = when[after], usable[after]
    soon = when[(usable > 0) & (when <= at + SOON)]
    if not when.size:
        return Found(Effect.NOT_SEEN)
    for first in soon:
        held = usable[(when >= first) & (when <= first + STEADY)]
        if held.mean() >= _MOSTLY:
            return Found(Effect.ENDED, round(float(first - at) / 60, 1))
    if when[-1] < at + SOON:
        return Found(Effect.NOT_SEEN)
    return Found(Effect.WENT_ON)
