"""What worked before for a fault, with small numbers shrunk towards what is known more widely. Pure.

A rate is estimated office within provider within everybody (empirical Bayes for proportions, Efron and Morris 1975, with a
fixed strength): each group's own tries are added to `STRENGTH` tries at the rate of the wider group. The widest is
shrunk towards how often such a fault ends by itself in the same time, so that a step that does nothing comes out
as that and not as a cure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from laaswatch_agent.knowledge.articles import Action, Step

STRENGTH = 6.0
"""Tries that a wider group's rate is worth: after as many of its own a group counts as much as that."""
SOON = 20.0
"""Minutes within which a step shows (as `advice.effect`)."""
ENDS_ANYWAY = 0.3
"""How often a fault ends within that time by itself, where nothing is known: see `ends_by_itself`."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a step was tried with a known outcome, and how often it helped."""

    tries: int = 0
    helped: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.tries + other.tries, self.helped + other.helped)


@dataclass(frozen=True, slots=True)
class Past:
    """One step's past against a fault: at this office, at others of its provider, elsewhere."""

    here: Tally = Tally()
    provider: Tally = Tally()
    elsewhere: Tally = Tally()

    @property
    def all(self) -> Tally:
        """Everywhere."""
        return self.here + self.provider + self.elsewhere


@dataclass(frozen=True, slots=True)
class Ranked:
    """An action with its past and the rate to expect, 0 to 1."""

    action: Action
    past: Past
    rate: float


def ends_by_itself(minutes: Iterable[float]) -> float:
    """The chance that a fault, met at any moment of its life, ends within `SOON` minutes: read off how long such last."""
    lasted = [x for x in minutes if x > 0]
    if not lasted:
        return ENDS_ANYWAY
    return sum(min(x, SOON) for x in lasted) / sum(lasted)


def expected(past: Past, anyway: float = ENDS_ANYWAY) -> float:
    """How likely the step helps here."""
    everybody = _shrunk(past.all, anyway)
    provider = _shrunk(past.here + past.provider, everybody)
    return _shrunk(past.here, provider)


def ranked(
    actions: Sequence[Action], past: Mapping[str, Past], anyway: float = ENDS_ANYWAY
) -> list[Ranked]:
    """The actions in the order to try them; `past` by the action's Thai text.

    Who acts keeps its place (the officer before the provider); among the steps of one, what helps more comes first, and
    what is equally likely stays in the article's order.
    """
    found = []
    for action in actions:
        mine = past.get(action.th, Past())
        found.append(Ranked(action, mine, expected(mine, anyway)))
    places: dict[Step, list[int]] = {}
    for n, action in enumerate(actions):
        places.setdefault(action.step, []).append(n)
    result: list[Ranked] = list(found)
    for mine_at in places.values():
        best = sorted((found[n] for n in mine_at), key=lambda x: -round(x.rate, 6))
        for n, one in zip(mine_at, best, strict=True):
            result[n] = one
    return result


def _shrunk(tally: Tally, towards: float) -> float:
    return (tally.helped + STRENGTH * towards) / (tally.tries + STRENGTH)
