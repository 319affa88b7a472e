"""An office's working minutes as the axis of the explanation: nights, lunches and holidays are cut out.

Index k is the k-th working minute of the period. A time outside working hours belongs to the next index.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.desk import Days
from laaswatch_collector.timeline.conclusions import SCOPES, Conclusions, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock

DOWN_WEIGHT = 1.0
DEGRADED_WEIGHT = 0.6
LEAST_POSTINGS = 100
SHRINK = 0.02
WEEKDAY_SHARE = 0.6
_PC_LINK = FAULTS.index(Fault.PC_LINK)
WIDE = tuple(SCOPES.index(s) for s in (Scope.SITE, Scope.ISP, Scope.ISP_PROVINCE, Scope.PROVINCE))
"""Codes of the scopes that reach beyond one office."""
_HALF_HOUR = 30
_DAY = 1440
_MONDAY_OFFSET = 3
"""1 January 1970 was a Thursday: day number + 3 is 0 modulo 7 on a Monday."""


@dataclass(frozen=True, slots=True)
class WorkAxis:
    """`minute`: int64 (k,), epoch minutes of the working minutes. `state`, `scope`, `fault`, `inferred`,
    `witnesses` at these minutes. `x`: the loss of each minute (1 down, 0.6 degraded, else 0). `lost`: the
    minutes that were down, whoever's fault, `known` those of which anything is known.
    """

    minute: NDArray[np.int64]
    state: NDArray[np.uint8]
    scope: NDArray[np.uint8]
    fault: NDArray[np.uint8]
    inferred: NDArray[np.bool_]
    witnesses: NDArray[np.uint8]
    x: NDArray[np.float64]
    lost: NDArray[np.bool_]
    known: NDArray[np.bool_]
    local_minutes: int

    @property
    def days(self) -> Days:
        """Time of day, day and weekday of each working minute."""
        local = self.minute + self.local_minutes
        return Days(local % _DAY, local // _DAY, (local // _DAY + _MONDAY_OFFSET) % 7)

    def index(self, seconds: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """The axis index of a time: working minutes before it since the axis began."""
        found = np.searchsorted(self.minute, np.asarray(seconds) // 60, side="left")
        return np.asarray(found, np.int64)

    def seconds(self, index: int) -> int:
        """The time at which a working minute begins; past the end, the end."""
        if index < len(self.minute):
            return int(self.minute[index]) * 60
        return (int(self.minute[-1]) + 1) * 60 if len(self.minute) else 0


def work_axis(conclusions: Conclusions, office: int, worktime: WorkClock) -> WorkAxis:
    """The working minutes of one office (a row of the conclusions)."""
    mask = worktime.mask(conclusions.start, conclusions.minutes)
    at = np.flatnonzero(mask)
    state = conclusions.state[office, at]
    fault = conclusions.fault[office, at]
    lost = np.asarray(state == MinuteState.DOWN)
    return WorkAxis(
        conclusions.start // 60 + at,
        state,
        conclusions.scope[office, at],
        fault,
        conclusions.inferred[office, at],
        conclusions.witnesses[office, at],
        loss(state, fault),
        lost,
        np.asarray(state != MinuteState.UNKNOWN),
        worktime.zone_offset_minutes,
    )


def loss(state: NDArray[np.uint8], fault: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What each minute takes: 1 down, 0.6 degraded, else 0 (methods.md §8)."""
    # No cable and no Wi-Fi on any PC is the office's own doing or mending: it excuses no entry.
    down = (state == MinuteState.DOWN) & (fault != _PC_LINK)
    slow = np.where(state == MinuteState.DEGRADED, DEGRADED_WEIGHT, 0.0)
    return np.where(down, DOWN_WEIGHT, slow)


def clock_weight(axis: WorkAxis, posted: NDArray[np.int64]) -> NDArray[np.float64]:
    """w(m): when this office posts (methods.md §8). 1 everywhere with fewer than 100 postings.

    `posted`: axis indices of all its postings. Share of postings in a minute's half hour ÷ that half hour's
    share of working minutes, shrunk 2 % towards 1; times the weekday's likewise if one weekday has most.
    """
    posted = posted[posted < len(axis.minute)]
    if len(posted) < LEAST_POSTINGS:
        return np.ones(len(axis.minute))
    local = axis.minute + axis.local_minutes
    weight = _relative(local % _DAY // _HALF_HOUR, posted)
    weekday = (local // _DAY + _MONDAY_OFFSET) % 7
    if np.bincount(weekday[posted]).max() >= WEEKDAY_SHARE * len(posted):
        weight = weight * _relative(weekday, posted)
    return (1 - SHRINK) * weight + SHRINK


def _relative(label: NDArray[np.int64], posted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of postings ÷ share of minutes, for each minute's label."""
    size = int(label.max()) + 1
    of_postings = np.bincount(label[posted], minlength=size) / len(posted)
    of_minutes = np.bincount(label, minlength=size) / len(label)
    ratio: NDArray[np.float64] = of_postings / np.maximum(of_minutes, 1e-12)
    return ratio[label]
