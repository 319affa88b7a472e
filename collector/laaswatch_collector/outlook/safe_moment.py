"""Is now a safe moment to save? How often, in moments like this one, the next ten minutes stayed usable. Pure.

A moment is told by how the office was when last seen (down, slow, up for how long), and by how its provider's
other offices were. The office's own last weeks say how often ten usable minutes followed; where such moments
were rare, those of all its moments are mixed in. The same weeks, each day judged by the other days, say how
often such a figure was wrong.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.timeline.conclusions import MinuteState

AHEAD = 10
"""Minutes that should stay usable."""
SAFE = 0.95
"""From this chance on a moment is called safe."""
LEAST_MINUTES = 600
"""Known moments before anything is said."""
LEAST_DAYS = 5
STEADY, RECENT = 60, 10
"""Minutes since the last trouble from which on an office counts as steady, and as just back."""
PEERS_DOWN = 0.2
"""The share of the provider's other offices that are down from which on they count as in trouble."""
PRIOR = 30.0
"""Moments' worth of the wider group that is mixed in."""

_OWN = 5  # down, slow, just back, back for a while, steady
_PEERS = 3  # unknown, fine, in trouble


@dataclass(frozen=True, slots=True)
class Past:
    """Minutes in a row of some weeks: `state` of MinuteState, `peers_up` and `peers_down` of the provider's other
    offices, `working` where the office works, `day` a number for each local day.
    """

    state: NDArray[np.uint8]
    peers_up: NDArray[np.int64]
    peers_down: NDArray[np.int64]
    working: NDArray[np.bool_]
    day: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """How good such figures were on days that they did not know. `false_safe`: of the moments called safe, the
    share that did not stay usable; `false_unsafe`: of those called unsafe, the share that did. None where none
    was called so. `brier` against `base`, that of always giving the usual share.
    """

    moments: int
    false_safe: float | None
    false_unsafe: float | None
    brier: float
    base: float


@dataclass(frozen=True, slots=True)
class SafeMoment:
    """`chance` that the next minutes stay usable; `safe`: whether that is at least `SAFE`; `moments` like this."""

    chance: float
    safe: bool
    moments: int
    measured: Measured


def safe_moment(past: Past, age: int) -> SafeMoment | None:
    """For the end of `past`, last seen `age` minutes ago; None where too little is known, now or before.

    The last minute of `past` is the newest of which anything is known.
    """
    if not len(past.state) or past.state[-1] == MinuteState.UNKNOWN:
        return None
    cells = _cells(past)
    outcome, judged = _outcomes(past, age)
    if int(judged.sum()) < LEAST_MINUTES or len(np.unique(past.day[judged])) < LEAST_DAYS:
        return None
    chance = _chances(cells[judged], outcome[judged])
    cell = int(cells[-1])
    return SafeMoment(
        chance=float(chance[cell]),
        safe=bool(chance[cell] >= SAFE),
        moments=int((cells[judged] == cell).sum()),
        measured=_measure(cells[judged], outcome[judged], past.day[judged]),
    )


def predictions(past: Past, age: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of every judged moment: the chance given without its own day, and what came. For back-tests."""
    cells = _cells(past)
    outcome, judged = _outcomes(past, age)
    return _without_own_day(cells[judged], outcome[judged], past.day[judged]), outcome[judged]


def _cells(past: Past) -> NDArray[np.int64]:
    """The kind of each moment, 0 to 14."""
    state = past.state
    minutes = np.arange(len(state))
    trouble = (state == MinuteState.DOWN) | (state == MinuteState.DEGRADED)
    last = np.maximum.accumulate(np.where(trouble, minutes, -STEADY))
    quiet = minutes - last
    own = np.select(
        [state == MinuteState.DOWN, state == MinuteState.DEGRADED, quiet <= RECENT, quiet < STEADY],
        [0, 1, 2, 3],
        4,
    )
    known = past.peers_up + past.peers_down
    peers = np.where(known == 0, 0, np.where(past.peers_down > PEERS_DOWN * known, 2, 1))
    return np.asarray(own * _PEERS + peers, np.int64)


def _outcomes(past: Past, age: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the minutes (age, age + 10] after each stayed usable, and which moments can be judged at all."""
    size = len(past.state)
    bad = np.concatenate(([0], np.cumsum(past.state == MinuteState.DOWN)))
    blind = np.concatenate(([0], np.cumsum(past.state == MinuteState.UNKNOWN)))
    first = np.minimum(np.arange(size) + 1 + age, size)
    last = np.minimum(first + AHEAD, size)
    usable = (bad[last] - bad[first]) == 0
    seen = (blind[last] - blind[first] == 0) & (past.state != MinuteState.UNKNOWN)
    return usable, seen & past.working & (last - first == AHEAD)


def _chances(cells: NDArray[np.int64], outcome: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chance of each kind: its own share, drawn to that of its own state, and that to the whole."""
    size = _OWN * _PEERS
    good = np.bincount(cells[outcome], minlength=size).astype(np.float64)
    return _drawn(good, np.bincount(cells, minlength=size).astype(np.float64))


def _drawn(good: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = (good.sum() + 1) / (of.sum() + 2)
    own_good, own_of = (x.reshape(_OWN, _PEERS).sum(axis=1) for x in (good, of))
    own = np.repeat((own_good + PRIOR * whole) / (own_of + PRIOR), _PEERS)
    # Weeks without trouble are no proof of none: never surer than had one more trouble come in that time.
    most = of.sum() / (of.sum() + AHEAD)
    return np.asarray(np.minimum(most, (good + PRIOR * own) / (of + PRIOR)), np.float64)


def _without_own_day(
    cells: NDArray[np.int64], outcome: NDArray[np.bool_], day: NDArray[np.int64]
) -> NDArray[np.float64]:
    size = _OWN * _PEERS
    _, label = np.unique(day, return_inverse=True)
    days = int(label.max()) + 1 if len(label) else 0
    index = label * size + cells
    of = np.bincount(index, minlength=days * size).reshape(days, size).astype(np.float64)
    good = np.bincount(index[outcome], minlength=days * size).reshape(days, size)
    found = np.zeros(len(cells))
    for k in range(days):
        chance = _drawn(good.sum(axis=0) - good[k], of.sum(axis=0) - of[k])
        found[label == k] = chance[cells[label == k]]
    return found


def _measure(
    cells: NDArray[np.int64], outcome: NDArray[np.bool_], day: NDArray[np.int64]
) -> Measured:
    given = _without_own_day(cells, outcome, day)
    return measure(given, outcome)


def measure(given: NDArray[np.float64], outcome: NDArray[np.bool_]) -> Measured:
    """How given chances turned out."""
    called = given >= SAFE
    usual = float(outcome.mean())
    return Measured(
        moments=len(outcome),
        false_safe=float((~outcome[called]).mean()) if called.any() else None,
        false_unsafe=float(outcome[~called].mean()) if (~called).any() else None,
        brier=float(((given - outcome) ** 2).mean()),
        base=usual * (1 - usual),
    )
