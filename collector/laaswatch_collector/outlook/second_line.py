"""What a second line, of another provider, would have saved an office: its queue replayed with it. Pure.

A second line helps where the way out failed: the office's own line or router, its provider, its provider in
the province. It helps neither against a site that is down, nor a PC's fault, nor a power cut, nor where the
whole province is out. Whether it would have worked in such an outage is what the other providers' offices of
the province say of that very time; it is never taken for certain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.axis import WorkAxis
from laaswatch_collector.explanation.replay import counterfactual, replay
from laaswatch_collector.explanation.shift import overtaken
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES
from laaswatch_collector.timeline.conclusions import SCOPES, MinuteState, Scope

LINE_SCOPES = tuple(SCOPES.index(x) for x in (Scope.OFFICE, Scope.ISP, Scope.ISP_PROVINCE))
LINE_FAULTS = tuple(
    FAULTS.index(x)
    for x in (
        Fault.GATEWAY,
        Fault.UPLINK,
        Fault.DNS,
        Fault.BEYOND_GATEWAY,
        Fault.CAPTIVE_PORTAL,
        Fault.SITE_TCP,
        Fault.SLOW,
        Fault.LOSSY,
    )
)
"""Faults that another way out gets round. A power cut has none: nobody saw where the way broke."""
DRAWS = 200
INNER = 0.8
"""The intervals hold this share of the draws."""
PRIOR_OFFICES = 4.0
"""Offices' worth of the other providers' usual up-time that is mixed into what they show of one outage."""


@dataclass(frozen=True, slots=True)
class Others:
    """The province's offices with other providers: `up` and `known` by working minute of the axis, and how
    many there are. `usual`: the share of their known minutes that were usable, the whole time.
    """

    up: NDArray[np.int64]
    known: NDArray[np.int64]
    offices: int
    usual: float


@dataclass(frozen=True, slots=True)
class Span:
    """The mean of the draws with their interval, in which it is held."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SecondLine:
    """`late`: late entries of the office. `avoided` of them, and `minutes` of the working minutes `line_minutes`
    that were lost to its line. `outages`: how many. `chance`: the second line's chance of working, by minute.
    """

    late: int
    outages: int
    line_minutes: int
    avoided: Span
    minutes: Span
    chance: float
    offices: int


def second_line(
    transacted: NDArray[np.int64],
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    axis: WorkAxis,
    others: Others,
    counted: NDArray[np.bool_],
    seed: int = 0,
) -> SecondLine | None:
    """The savings over the axis; None where no office with another provider was seen: nothing can be said.

    Times are indices of working minutes, posted ≥ the axis's length means not yet. `counted`: the entries
    whose lateness is of interest; the others only feed the queue.
    """
    if others.offices == 0 or not int(others.known.sum()):
        return None
    size = len(axis.minute)
    line = line_minutes(axis)
    late = counted & (posted >= due) & (due < size)
    episodes = _episodes(line)
    down = axis.state == MinuteState.DOWN
    lengths = np.array([int(down[a:b].sum()) for a, b in episodes], np.int64)
    chances = np.array([_chance(others, a, b) for a, b in episodes])
    dice = np.random.default_rng(seed)
    works = dice.random((DRAWS, len(episodes))) < chances
    later = overtaken(transacted, posted)
    at = np.flatnonzero(late)
    saved = np.zeros(DRAWS)
    known: dict[bytes, int] = {}
    for k, working in enumerate(works):
        key = working.tobytes()
        if key not in known:
            x = np.zeros(size)
            for (a, b), good in zip(episodes, working.tolist(), strict=True):
                if good:
                    x[a:b] = axis.x[a:b]
            known[key] = _in_time(transacted, due, posted, later, x, axis, at)
        saved[k] = known[key]
    total = int(lengths.sum())
    return SecondLine(
        late=len(at),
        outages=len(episodes),
        line_minutes=total,
        avoided=_span(saved),
        minutes=_span(works @ lengths),
        chance=float((chances * lengths).sum() / total) if total else others.usual,
        offices=others.offices,
    )


def line_minutes(axis: WorkAxis) -> NDArray[np.bool_]:
    """The working minutes lost, or slow, by a fault of the office's way out."""
    return np.asarray(
        (axis.x > 0) & np.isin(axis.scope, LINE_SCOPES) & np.isin(axis.fault, LINE_FAULTS)
    )


def _in_time(
    transacted: NDArray[np.int64],
    due: NDArray[np.int64],
    posted: NDArray[np.int64],
    later: NDArray[np.int64],
    x: NDArray[np.float64],
    axis: WorkAxis,
    at: NDArray[np.int64],
) -> int:
    """How many of the entries `at` would have been posted in time without the losses x."""
    if not len(at) or not x.any():
        return 0
    # What stays broken (the site, say) was no time in which the desk could have posted.
    usable_or_taken = axis.known & ~((axis.x > 0) & (x == 0))
    run = replay(transacted, posted, later, x, axis.days, usable_or_taken)
    when = counterfactual(run, at, transacted[at], DEFAULT_VERDICT_RULES.tolerance)
    waited = later[at] >= posted[at] - DEFAULT_VERDICT_RULES.overtaken_minutes
    return int((waited & (when < due[at])).sum())


def _chance(others: Others, a: int, b: int) -> float:
    """How likely another provider's line worked in [a, b), in units of offices."""
    known = int(others.known[a:b].sum())
    seen = known / (b - a)
    share = int(others.up[a:b].sum()) / known if known else 0.0
    return (share * seen + PRIOR_OFFICES * others.usual) / (seen + PRIOR_OFFICES)


def _episodes(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _span(draws: NDArray[np.float64] | NDArray[np.int64]) -> Span:
    tail = (1 - INNER) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), method="nearest")
    return Span(float(np.clip(draws.mean(), low, high)), float(low), float(high))
