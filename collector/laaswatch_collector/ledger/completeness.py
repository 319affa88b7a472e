"""Complete and current: the two tests of the circular. What was not handed in is unknown, not missing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from laaswatch_collector.worktime.clock import WorkClock


class Standing(StrEnum):
    """How an office's books stand; NOT_OPERATING and NOT_CURRENT are the circular's two faults."""

    UNKNOWN = "unknown"
    CURRENT = "current"
    NOT_CURRENT = "not_current"
    NOT_OPERATING = "not_operating"


@dataclass(frozen=True, slots=True)
class QuietRun:
    """Working days in a row without an entry in any of the three books: ask "no transactions?"."""

    first: date
    last: date
    working_days: int


def quiet_runs(
    entry_days: Collection[date], clock: WorkClock, first: date, last: date
) -> list[QuietRun]:
    """The runs of quiet working days in [first, last]; days outside what was handed in don't belong here."""
    busy = set(entry_days)
    runs: list[QuietRun] = []
    start: date | None = None
    end, length = first, 0
    for day in _working_days(clock, first, last):
        if day in busy:
            if start is not None:
                runs.append(QuietRun(start, end, length))
            start, length = None, 0
            continue
        start = start or day
        end, length = day, length + 1
    if start is not None:
        runs.append(QuietRun(start, end, length))
    return runs


def standing(
    entry_days: Collection[date],
    late_entries: int,
    clock: WorkClock,
    first: date,
    known_until: date | None,
    quiet_days: int,
    quiet_until: date | None = None,
) -> Standing:
    """How the books stand from `first` to the last day that a ledger file speaks of.

    `known_until` None: nothing was handed in, so nothing is said. `late_entries` counts only what the
    policy counts. `quiet_days` is the policy's. `quiet_until`: the last day of which all the books speak,
    where they are several: that none has an entry can be said only of those days.
    """
    if known_until is None or known_until < first:
        return Standing.UNKNOWN
    runs = quiet_runs(entry_days, clock, first, quiet_until or known_until)
    if any(run.working_days >= quiet_days for run in runs):
        return Standing.NOT_OPERATING
    return Standing.NOT_CURRENT if late_entries else Standing.CURRENT


def _working_days(clock: WorkClock, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if clock.is_working_day(day):
            yield day
        day += timedelta(days=1)
