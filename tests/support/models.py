"""Ways to say whether a late entry would have been on time, held against desks of several kinds.

`PYTHONPATH=tests python -m support.models` prints the table of docs/explanations.md. Every office here has
two lives with the same draws, one with outages and one without: that is the truth. No model sees the second.
"""

import sys
from collections.abc import Callable
from unittest.mock import patch

import numpy as np

from laaswatch_collector.explanation import desk as desk_module
from laaswatch_collector.explanation import shift as shift_module
from laaswatch_collector.explanation.desk import takes_newest
from laaswatch_collector.explanation.replay import counterfactual, replay
from laaswatch_collector.explanation.shift import cumulative, overtaken, shift_fraction
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES, explained_fraction
from support.desks import DAY, NEVER, Office, arrivals, office, working_days

RULES = DEFAULT_VERDICT_RULES
Verdicts = np.ndarray
"""0 not explained, 1 partly, 2 explained; one an entry."""

KINDS = {
    "first come, first served": {"rate": 0.035},
    "the newest first": {"rate": 0.035, "order": "newest"},
    "three clerks, uneven work": {"rate": 0.035, "order": "clerks"},
    "two hours a day": {"rate": 0.12, "hours": (90, 210)},
    "two hours, made up the same day": {"rate": 0.12, "hours": (90, 210), "resumes": True},
    "once a week": {"rate": 0.08, "weekday": 4},
    "always behind": {"rate": 0.0245},
}
OFFICES = 60
DAYS = 20


def an_office(kind: str, seed: int) -> Office:
    """An office of a kind, with four to eight outages and one or two days on which nobody came."""
    dice = np.random.default_rng([seed, list(KINDS).index(kind)])
    days = working_days(DAYS)
    outages = [
        (int(start), int(start + np.exp(dice.normal(np.log(120), 1.0))))
        for start in dice.integers(0, DAYS * DAY, dice.integers(4, 9))
    ]
    return office(
        days,
        arrivals(days, int(dice.integers(8, 11)), seed),
        down=outages,
        absent=dice.choice(DAYS, dice.integers(1, 3), replace=False).tolist(),
        seed=seed,
        **KINDS[kind],
    )


def truth(o: Office) -> Verdicts:
    """What the other life says: the share of the tardiness that it is without."""
    size = len(o.x)
    late, without = np.minimum(o.posted, size) - o.due, np.minimum(o.would, size) - o.due
    share = 1 - np.maximum(0, without) / np.maximum(1, late)
    return np.select([without < 0, share >= RULES.least_partly], [2, 1], 0)


def with_habits(o: Office) -> Verdicts:
    """The replay as it is used."""
    if not takes_newest(o.transacted, o.posted, len(o.x)):
        return _by_fraction(o, _replayed(o))
    never = np.full(len(o.posted), shift_module.NEVER)
    run = replay(o.transacted, o.posted, never, o.x, o.days, newest_first=True)
    back = counterfactual(run, np.arange(len(o.posted)), o.transacted, RULES.tolerance)
    return _by_fraction(o, back, never)


def without_habits(o: Office) -> Verdicts:
    """The plain queue replay: a desk that is always at work, and a shift fraction of half or more."""
    with patch.object(desk_module, "LEAST_POSTINGS", NEVER):
        found = _by_fraction(o, _replayed(o))
    return np.where((found == 2) & (_shift(o) < RULES.least_shift), 1, found)


def newest_first(o: Office) -> Verdicts:
    """The same amount of work given back, always to the newest entry."""
    never = np.full(len(o.posted), shift_module.NEVER)
    run = replay(o.transacted, o.posted, never, o.x, o.days, newest_first=True)
    back = counterfactual(run, np.arange(len(o.posted)), o.transacted, RULES.tolerance)
    return _by_fraction(o, back, never)


def time_shift(o: Office) -> Verdicts:
    """No queue at all: the time lost, set against the time by which the entry is late."""
    shift = _shift(o)
    return np.select([shift >= 1, shift >= RULES.least_partly], [2, 1], 0)


def need(o: Office) -> Verdicts:
    """Explained if the usable time before the deadline was less than the waiting work needs.

    Need: 30 minutes and two for each entry waiting; only runs of ten usable minutes or more count; partly
    from a quarter of the window lost.
    """
    usable = _long_runs(o.x == 0, 10)
    sums, lost = cumulative(usable.astype(float)), cumulative((o.x > 0).astype(float))
    waiting = np.array([((o.transacted <= t) & (o.posted > t)).sum() for t in o.transacted])
    had = sums[o.due] - sums[o.transacted]
    share = (lost[o.due] - lost[o.transacted]) / np.maximum(1, o.due - o.transacted)
    return np.select([had < 30 + 2 * waiting, share >= RULES.least_partly], [2, 1], 0)


MODELS: dict[str, Callable[[Office], Verdicts]] = {
    "with habits": with_habits,
    "plain queue": without_habits,
    "newest first": newest_first,
    "time shift": time_shift,
    "need": need,
}


def scores(kind: str, model: str, offices: int = OFFICES) -> tuple[float, float, float]:
    """Over late entries: right of three, precision of `explained`, share of explained ones found."""
    found, true = [], []
    for seed in range(offices):
        o = an_office(kind, seed)
        judged = (o.posted >= o.due) & (o.due < len(o.x) - 2 * DAY)
        found.append(MODELS[model](o)[judged])
        true.append(truth(o)[judged])
    f, t = np.concatenate(found), np.concatenate(true)
    hit = float(((f == 2) & (t == 2)).sum())
    return (
        float((f == t).mean()),
        hit / max(1, int((f == 2).sum())),
        hit / max(1, int((t == 2).sum())),
    )


def _replayed(o: Office) -> np.ndarray:
    later = overtaken(o.transacted, o.posted)
    run = replay(o.transacted, o.posted, later, o.x, o.days)
    return counterfactual(run, np.arange(len(o.posted)), o.transacted, RULES.tolerance)


def _by_fraction(o: Office, back: np.ndarray, later: np.ndarray | None = None) -> Verdicts:
    last = np.minimum(o.posted, len(o.x))
    later = overtaken(o.transacted, o.posted) if later is None else later
    share = explained_fraction(o.due, last, np.minimum(back, last), later, RULES.overtaken_minutes)
    return np.select([share >= 1, share >= RULES.least_partly], [2, 1], 0)


def _shift(o: Office) -> np.ndarray:
    later = overtaken(o.transacted, o.posted)
    last = np.minimum(o.posted, len(o.x))
    even = np.ones(len(o.x))
    return shift_fraction(o.transacted, o.due, last, later, cumulative(o.x), cumulative(even))


def _long_runs(flags: np.ndarray, least: int) -> np.ndarray:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(int)))
    found = np.zeros(len(flags), bool)
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        found[a:b] = b - a >= least
    return found


def main() -> None:
    """Print the table."""
    print("| desk | " + " | ".join(MODELS) + " |\n| --- |" + " --- |" * len(MODELS))
    for kind in KINDS:
        cells = [scores(kind, model) for model in MODELS]
        row = " | ".join(f"{right:.2f} ({p:.2f}, {r:.2f})" for right, p, r in cells)
        print(f"| {kind} | {row} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
