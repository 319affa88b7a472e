"""The steps against trouble, nearest first, and where an office stands on them. Pure.

The circular of 19 August 2558, point 2, has two tracks that never merge: no internet at all is solved by the
office and the province together, if need be from a partner agency's line; a slow or unstable line takes the
site owner's advice first, then the provider or an expert. Where the fault is wider than the office, the steps
before it are left out: nobody is sent to a router while the provider is down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from laaswatch_agent.knowledge.articles import Step, Track
from laaswatch_collector.advice.tried import Outcome, TriedStep
from laaswatch_collector.timeline.conclusions import Scope


class Standing(StrEnum):
    """Where an office stands on a step. Words: `tried.standing_…`."""

    NOT_YET = "not_yet"
    WAITING = "waiting"
    OVERDUE = "overdue"
    HELPED = "helped"
    NO_HELP = "no_help"


class WorkingDays(Protocol):
    """A calendar that knows working days."""

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is one."""
        ...


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder; `times` it was taken, `due` of the answer that is waited for."""

    step: Step
    standing: Standing
    times: int = 0
    due: date | None = None


_BY_TRACK = {
    Track.NO_ACCESS: (Step.SELF, Step.IT, Step.ISP, Step.PARTNER),
    Track.DEGRADED: (Step.SELF, Step.IT, Step.ISP, Step.OWNER),
    Track.NONE: (Step.SELF, Step.IT, Step.ISP, Step.PARTNER),
}
_BY_SCOPE = {
    Scope.SITE: (Step.SELF, Step.OWNER),
    Scope.UNDECIDED: (Step.SELF, Step.OWNER),
    Scope.ISP: (Step.ISP, Step.PARTNER),
    Scope.ISP_PROVINCE: (Step.ISP, Step.PARTNER),
    Scope.PROVINCE: (Step.ISP, Step.PARTNER),
    Scope.PC: (Step.SELF, Step.IT),
}
_ANSWERS_LATER = frozenset((Step.ISP, Step.OWNER, Step.PARTNER))
"""Steps whose answer somebody else owes: due by the end of the next working day."""


def steps_for(track: Track, scope: Scope | None) -> tuple[Step, ...]:
    """The steps that make sense, in order; `scope` None where nobody's fault is known yet."""
    if scope is not None and scope in _BY_SCOPE:
        return _BY_SCOPE[scope]
    return _BY_TRACK[track]


def ladder(steps: Sequence[Step], taken: Iterable[TriedStep], today: date) -> list[Rung]:
    """Where an office stands on each of `steps`, and on any other that it took. `taken` in order of time."""
    by_step: dict[Step, list[TriedStep]] = {x: [] for x in steps}
    for one in taken:
        by_step.setdefault(one.step, []).append(one)
    return [_rung(step, mine, today) for step, mine in by_step.items()]


def next_of(rungs: Sequence[Rung]) -> Rung | None:
    """The rung to see to now: an answer that is overdue, else the first not taken; None once one helped."""
    if any(x.standing is Standing.HELPED for x in rungs):
        return None
    overdue = [x for x in rungs if x.standing is Standing.OVERDUE]
    waiting = any(x.standing is Standing.WAITING for x in rungs)
    not_yet = [x for x in rungs if x.standing is Standing.NOT_YET]
    return next(iter([*overdue, *([] if waiting else not_yet)]), None)


def due_by_custom(step: Step, day: date, clock: WorkingDays) -> date | None:
    """The next working day for answers that others owe; None for what is seen at once."""
    if step not in _ANSWERS_LATER:
        return None
    days = (day + timedelta(days=n) for n in range(1, 30))
    return next((x for x in days if clock.is_working_day(x)), day + timedelta(days=1))


def _rung(step: Step, taken: Sequence[TriedStep], today: date) -> Rung:
    if not taken:
        return Rung(step, Standing.NOT_YET)
    last, n = taken[-1], len(taken)
    if last.outcome is Outcome.WAITING:
        standing = Standing.OVERDUE if last.is_overdue(today) else Standing.WAITING
        return Rung(step, standing, n, last.due)
    return Rung(step, Standing.HELPED if last.outcome is Outcome.HELPED else Standing.NO_HELP, n)
