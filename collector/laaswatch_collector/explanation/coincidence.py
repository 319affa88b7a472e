"""Do an office's own faults come just before its deadlines more often than chance would have it?

For a person to look at, never automatic. Of each working day two things are known: how much work was at stake
four working hours before the day's deadline (entries due then and not yet posted), and how long, from then on,
the office's own line or PCs were down, site and provider outages left out. If faults come when they come, it
makes no difference on which days they fell. So whole days of faults are dealt out anew many times, each keeping
its hours (faults may have their hours) and faults of days in a row staying together (a bad line is bad for
days): how often does chance put as much fault on the days when most was at stake?
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW = 240
"""Working minutes before a deadline."""
LEAST_DAYS = 60
"""Working days: three months."""
LEAST_EVENTS = 3
MOST_CHANCE = 0.001
SHUFFLES = 4_999
ENOUGH = 20
"""Shuffles with as much fault at the stakes after which the answer is known."""


@dataclass(frozen=True, slots=True)
class Coincidence:
    """`chance`: how often chance alone does as much; None with too few days, events, or nothing at stake.

    `flagged`: to be shown to a person. `minutes`: of the office's own faults in the windows.
    """

    chance: float | None
    flagged: bool
    days: int
    events: int
    minutes: int


def at_stake(
    posted: NDArray[np.int64], due: NDArray[np.int64], day_ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of each working day, the entries due at its end that were not posted `WINDOW` minutes before it.

    All as indices of working minutes; posted beyond the axis = not yet.
    """
    late_enough = posted >= due - WINDOW
    place = np.searchsorted(day_ends, due[late_enough])
    hit = place < len(day_ends)
    return np.bincount(place[hit], minlength=len(day_ends))


def own_fault_minutes(
    local: NDArray[np.bool_], wide: NDArray[np.bool_], day_ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of each working day, minutes of the office's own faults that began in the day's last `WINDOW` minutes.

    `local`: minutes down by the office's own line or PCs. `wide`: by site, provider or province: left out.
    """
    down = local & ~wide
    begins = down & ~np.concatenate(([False], down[:-1]))
    run = np.cumsum(begins)
    starts = np.append(np.flatnonzero(begins), len(down))
    at = np.flatnonzero(down)
    if not len(at):
        return np.zeros(len(day_ends), np.int64)
    day = np.searchsorted(day_ends, at, side="right")
    since = starts[run[at] - 1]
    inside = day < len(day_ends)
    end = day_ends[np.minimum(day, len(day_ends) - 1)]
    counted = inside & (at >= end - WINDOW) & (since >= end - WINDOW)
    return np.bincount(day[counted], minlength=len(day_ends))


def coincidence(stake: NDArray[np.int64], minutes: NDArray[np.int64], seed: int = 0) -> Coincidence:
    """Test one office: what was at stake and how long it had faults of its own, by working day."""
    days, events = len(stake), int((minutes[stake > 0] > 0).sum())
    total = int(minutes.sum())
    varies = days > 0 and int(stake.min()) < int(stake.max())
    if days < LEAST_DAYS or events < LEAST_EVENTS or not varies:
        return Coincidence(None, False, days, events, total)
    ranks = _ranks(stake)
    found = float(ranks @ minutes)
    blocks = _blocks(minutes)
    random = np.random.default_rng(seed)
    as_much = done = 0
    # Who is clearly within chance needs no thousands of shuffles.
    while done < SHUFFLES and as_much < ENOUGH:
        dealt = np.concatenate([blocks[k] for k in random.permutation(len(blocks))])
        as_much += float(ranks @ dealt) >= found - 1e-9
        done += 1
    chance = (1 + as_much) / (1 + done)
    return Coincidence(chance, chance < MOST_CHANCE, days, events, total)


def _ranks(values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ranks from 0, ties at their middle."""
    order = np.sort(values)
    low = np.searchsorted(order, values, side="left")
    high = np.searchsorted(order, values, side="right")
    return np.asarray((low + high - 1) / 2, np.float64)


def _blocks(minutes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Days with faults in a row as one block each, every other day as a block of its own."""
    faulty = minutes > 0
    joined = faulty & np.concatenate(([False], faulty[:-1]))
    return np.split(minutes, np.flatnonzero(~joined)[1:])
