"""How well an outage is witnessed, and whether an office could have made its cause itself. Facts, never a verdict.

| grade | |
| --- | --- |
| E0 | nobody saw it: silence, sleep, a PC that is off; it follows from what others saw at best |
| E1 | one PC says so |
| E2 | two PCs or more of the office, each with a key of its own, say so, and nothing speaks against it |
| E3 | seen from outside the office too: other offices, or our own probe |
| EX | something speaks against it: a posting, a contact, a peer that reached the site, a broken chain |

EX accuses nobody: who posts over a phone while the line is down contradicts the outage of his line too. A
person looks. Only a cause that the office cannot make (`BEYOND`), witnessed by E2 or E3, is one to hold up for
a late posting without more. Verdicts do not ask: grade and cause stand beside them, for whoever decides.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.explanation.contradictions import Flag
from laaswatch_collector.timeline.conclusions import Grade, Scope


class Strength(StrEnum):
    """Grades, weakest first; EX stands beside them."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    EX = "EX"


class Cause(StrEnum):
    """Where the cause lies, as far as it shows."""

    LOCAL = "local"
    """The PC's own cable or Wi-Fi."""
    THIS_PC = "this_pc"
    """One PC alone: its programs, its clock, what stands between it and the site."""
    OFFICE_EDGE = "office_edge"
    """The office's router, its power, its own rules."""
    ACCESS_LINE = "access_line"
    """Behind the router. Whoever pulls the line's plug there looks the same."""
    AREA = "area"
    """A provider, in one province or in all."""
    SITE = "site"
    UNKNOWN = "unknown"


OWN_MAKING = frozenset({Cause.LOCAL, Cause.THIS_PC, Cause.OFFICE_EDGE})
"""Causes that somebody in the office can bring about by himself."""
BEYOND = frozenset({Cause.ACCESS_LINE, Cause.AREA, Cause.SITE})
_SPEAKS_AGAINST = frozenset(
    {Flag.POSTED_INSIDE, Flag.CONTACT_INSIDE, Flag.PEER_REACHED, Flag.CHAIN_BROKEN}
)
_OF_GRADE = {
    Grade.CORROBORATED: Strength.E3,
    Grade.MEASURED: Strength.E2,
    Grade.SINGLE_PC: Strength.E1,
    Grade.INFERRED: Strength.E0,
    Grade.CONTRADICTED: Strength.EX,
    Grade.NONE: Strength.E0,
}
_WIDE = {
    Scope.SITE: Cause.SITE,
    Scope.UNDECIDED: Cause.UNKNOWN,
    Scope.ISP: Cause.AREA,
    Scope.ISP_PROVINCE: Cause.AREA,
    Scope.PROVINCE: Cause.AREA,
}
_OF_FAULT = {
    Fault.PC_LINK: Cause.LOCAL,
    Fault.PC_CLOCK: Cause.THIS_PC,
    Fault.PC_BLOCKED: Cause.THIS_PC,
    Fault.INTERCEPTION: Cause.THIS_PC,
    Fault.UPLINK: Cause.ACCESS_LINE,
    Fault.BEYOND_GATEWAY: Cause.ACCESS_LINE,
    Fault.CAPTIVE_PORTAL: Cause.ACCESS_LINE,
    Fault.UNKNOWN: Cause.UNKNOWN,
}
"""Of an outage of one office; what is not here (its router, names, or the site from there alone) is its edge."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """An outage's grade, and where its cause lies."""

    strength: Strength
    cause: Cause

    @property
    def own_making(self) -> bool:
        """Whether somebody in the office could have brought it about by himself."""
        return self.cause in OWN_MAKING

    @property
    def counts(self) -> bool:
        """Whether it may be held up for a late posting without more."""
        return self.cause in BEYOND and self.strength in (Strength.E2, Strength.E3)


def witnessed(scope: Scope, fault: Fault, grade: Grade, flags: Collection[Flag] = ()) -> Witnessed:
    """The grade of an outage from what was concluded of it, and the flags on it (`contradictions`)."""
    if not _SPEAKS_AGAINST.isdisjoint(flags):
        strength = Strength.EX
    elif scope is Scope.PC:
        strength = min(_OF_GRADE[grade], Strength.E1)  # one PC alone, however many others look on
    else:
        strength = _OF_GRADE[grade]
    return Witnessed(strength, _cause(scope, fault))


def _cause(scope: Scope, fault: Fault) -> Cause:
    if scope is Scope.PC:
        return Cause.LOCAL if fault is Fault.PC_LINK else Cause.THIS_PC
    return _WIDE.get(scope) or _OF_FAULT.get(fault, Cause.OFFICE_EDGE)


def witnessed_as(scope: str, fault: str, grade: str, flags: Iterable[str] = ()) -> Witnessed | None:
    """The same of what is stored; None where no outage is concluded of."""
    if not scope:
        return None
    known = Fault(fault) if fault else Fault.UNKNOWN
    return witnessed(Scope(scope), known, Grade(grade), {Flag(x) for x in flags})
