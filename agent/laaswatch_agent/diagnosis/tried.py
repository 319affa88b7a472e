"""What was tried since something went wrong, and what to offer next: nobody is told the same thing twice.

Pure. A spell lasts from the first bad look to the next good one. Each step of an article is known by its
words, so a step that two articles share is tried once, and an article that is mended keeps its other
steps. A step is offered until somebody says whether it helped; one that did not help is not offered
again in its spell. When none is left, the article's last word is offered: whom to turn to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from laaswatch_agent.diagnosis.advice import ActionLike, Advice, TextLike
from laaswatch_agent.report.vocabulary import State

SPELL_MS = 3 * 24 * 3600 * 1000
"""Without a look for this long, what was tried is old: the steps begin anew."""
OUTSIDE = ("PARTNER", "ISP", "OWNER")
"""Who can be turned to outside the office."""
MOST_TRIALS = 40
MOST_TEXT = 2000
"""Bounds on what is read back: an article has five steps, of some hundred characters."""


class ArticleLike(Protocol):
    """What is needed of the article whose steps are gone through."""

    @property
    def actions(self) -> Sequence[ActionLike]: ...
    @property
    def next(self) -> TextLike: ...


@dataclass(frozen=True, slots=True)
class Trial:
    """One step that was offered. `helped` is None until somebody answered, or the next good look did."""

    step: str
    th: str
    en: str
    at: int
    helped: bool | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The present spell: its trials, oldest first. `over` = a good look ended it."""

    trials: tuple[Trial, ...] = ()
    over: bool = False

    @property
    def open(self) -> Trial | None:
        """The step that was offered and not yet answered for."""
        if self.over or not self.trials or self.trials[-1].helped is not None:
            return None
        return self.trials[-1]

    @property
    def done(self) -> tuple[Trial, ...]:
        """The steps that were answered for."""
        return tuple(x for x in self.trials if x.helped is not None)

    @property
    def at(self) -> int:
        """When it was last added to; 0 = never."""
        return self.trials[-1].at if self.trials else 0

    def to_dict(self) -> dict[str, Any]:
        """For the file."""
        rows = [[x.step, x.th, x.en, x.at, x.helped] for x in self.trials]
        return {"trials": rows, "over": self.over}

    @classmethod
    def from_dict(cls, kept: object) -> "Memory":
        """What `to_dict` gave; an empty memory for anything else, whoever wrote it."""
        if not isinstance(kept, dict) or type(kept.get("over")) is not bool:
            return cls()
        rows = kept.get("trials")
        if not isinstance(rows, list) or len(rows) > MOST_TRIALS:
            return cls()
        trials = [_trial(row) for row in rows]
        # Only the last may be unanswered.
        if None in trials or any(x is not None and x.helped is None for x in trials[:-1]):
            return cls()
        return cls(tuple(x for x in trials if x is not None), kept["over"])


@dataclass(frozen=True, slots=True)
class Offer:
    """What to do next. `number` of `count` steps, from 1; 0 = none is left, this is whom to turn to."""

    th: str
    en: str
    who: str
    number: int
    count: int


def looked(memory: Memory, state: State, now: int) -> Memory:
    """The memory after a look. A good one ends the spell, and shows that the open step helped.

    A look that could not tell changes nothing; a bad one after the end, or after days, begins a new spell.
    """
    if state is State.UP:
        return replace(answered(memory, helped=True), over=True) if memory.trials else memory
    if state is State.UNKNOWN:
        return memory
    if memory.over or abs(now - memory.at) > SPELL_MS:
        return Memory()
    return memory


def answered(memory: Memory, *, helped: bool) -> Memory:
    """The memory after the answer about the open step; without one, as it was."""
    if memory.open is None:
        return memory
    return replace(memory, trials=(*memory.trials[:-1], replace(memory.open, helped=helped)))


def offer(article: ArticleLike, memory: Memory) -> Offer:
    """The step to take next: the first of the article that nobody answered for, or its last word.

    The last word is whom to turn to outside the office, if a step names somebody, and what the article ends with.
    "It helped", and yet it is bad again: that step comes no second time either before the others.
    """
    tried = {x.step for x in memory.done} if not memory.over else set()
    count = len(article.actions)
    for number, action in enumerate(article.actions, 1):
        if step_of(action) not in tried:
            return Offer(action.th, action.en, action.step, number, count)
    outside = [x for x in article.actions if x.step in OUTSIDE]
    if not outside:
        return Offer(article.next.th, article.next.en, "", 0, count)
    last = outside[-1]
    th, en = f"{last.th} {article.next.th}", f"{last.en}. {article.next.en}"
    return Offer(th, en, last.step, 0, count)


def offered(memory: Memory, what: Offer, now: int) -> Memory:
    """The memory once a person was shown `what`. The last word is no step: nobody is asked about it."""
    if what.number == 0:
        return memory
    step = step_of(what)
    if memory.open is not None and memory.open.step == step:
        return memory
    # Another fault, and so another article, came up before the answer: the open step is left as not done.
    kept = memory.done[-(MOST_TRIALS - 1) :]
    return Memory((*kept, Trial(step, what.th, what.en, now)))


def resume(advice: Advice, what: Offer) -> Advice:
    """The advice with the step that comes next, after all that was tried."""
    return replace(advice, next_step_th=what.th, next_step_en=what.en, step=what.who)


def step_of(words: TextLike) -> str:
    """The name by which a step is remembered."""
    return sha256(words.th.encode()).hexdigest()[:16]


def _trial(row: object) -> Trial | None:
    if not isinstance(row, list) or len(row) != 5:
        return None
    step, th, en, at, helped = row
    texts_fit = all(isinstance(x, str) and 0 < len(x) <= MOST_TEXT for x in (step, th, en))
    if not texts_fit or type(at) is not int or not (helped is None or type(helped) is bool):
        return None
    return Trial(step, th, en, at, helped)
