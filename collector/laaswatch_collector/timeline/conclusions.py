"""What the core concludes about a period. Recomputable; carries the version of the rules that made it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import Fault


class Scope(StrEnum):
    """Whose fault: the widest first (design.md §3)."""

    NONE = ""
    SITE = "site"
    UNDECIDED = "undecided"  # site or ISP: cannot be told apart from where we look
    ISP = "isp"
    ISP_PROVINCE = "isp_province"
    PROVINCE = "province"
    OFFICE = "office"
    PC = "pc"


SCOPES: tuple[Scope, ...] = tuple(Scope)
"""Codes of scopes in arrays."""


class MinuteState(IntEnum):
    """State of a minute in arrays; zero is `unknown`, so that what was never painted stays unknown."""

    UNKNOWN = 0
    UP = 1
    DEGRADED = 2
    DOWN = 3


class Grade(StrEnum):
    """How well evidenced, best first (methods.md §8)."""

    CORROBORATED = "corroborated"
    MEASURED = "measured"
    SINGLE_PC = "single_pc"
    INFERRED = "inferred"
    CONTRADICTED = "contradicted"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """An interval with a scope. `start` and `end` in seconds; `key` as in `schema.outages`."""

    id: str
    scope: Scope
    key: str
    fault: Fault
    start: int
    end: int
    offices: tuple[str, ...]
    observed: int
    inferred_minutes: int
    grade: Grade
    settled: bool
    ongoing: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """Minute m of the arrays is [start + 60 m, start + 60 (m + 1)); rows follow `offices`.

    All arrays are (offices, minutes): `state` of MinuteState, `scope` positions in SCOPES, `fault`
    positions in FAULTS, `inferred` bool, `witnesses` = PCs of the office observed in that minute.
    """

    rule_version: str
    start: int
    offices: tuple[str, ...]
    state: NDArray[np.uint8]
    scope: NDArray[np.uint8]
    fault: NDArray[np.uint8]
    inferred: NDArray[np.bool_]
    witnesses: NDArray[np.uint8]
    outages: tuple[Outage, ...]
    settled_until: int
    """Seconds: minutes before it will not change any more."""

    @property
    def minutes(self) -> int:
        """Length of the time axis."""
        return int(self.state.shape[1])
