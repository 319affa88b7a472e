"""Which PCs are on: the day's habits, lunch sleep, absent people, and what a power cut leaves of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_collector.simulate.axis import DAY_SLOTS, OPENS, Axis, Bools
from laaswatch_collector.simulate.cast import SimulatedAgent
from laaswatch_collector.simulate.faults import Weather
from laaswatch_collector.simulate.streams import stream

ABSENT = 0.05
SLEEPS_AT_LUNCH = 0.25
_LUNCH = (12 * 60 + 5, 12 * 60 + 55)
_POWER_RETURNS_AFTER = 4
"""Minutes from the power's return until people have their PCs on again."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One time that a PC was on: slots [start, end) of one day, how it ended, when it slept."""

    day: int
    start: int
    end: int
    lost_power: bool
    asleep: tuple[int, int] | None = None


def boots_of(
    seed: int, axis: Axis, agents: tuple[SimulatedAgent, ...], row: int, weather: Weather
) -> tuple[Boot, ...]:
    """The boots of one PC over the whole axis, in order."""
    agent = agents[row]
    if agent.role == "control":
        return tuple(
            Boot(day, day * DAY_SLOTS, (day + 1) * DAY_SLOTS, lost_power=False)
            for day in range(len(axis.days))
        )
    random = stream(seed, "presence", agent.name)
    boots: list[Boot] = []
    for day in range(len(axis.days)):
        first = axis.at(day, int(random.normal(8 * 60 + 15, 9)))
        last = axis.at(day, int(random.normal(16 * 60 + 42, 10)))
        absent = random.random() < ABSENT
        sleeps = random.random() < SLEEPS_AT_LUNCH
        if not absent:
            boots += _boots_of_day(day, first, last, weather.powered[row], sleeps=sleeps)
    return tuple(_while_running(boots, weather.running[row]))


def is_on(axis: Axis, boots: tuple[Boot, ...]) -> Bools:
    """The slots in which a PC with these boots runs and is awake."""
    on = np.zeros(axis.slots, bool)
    for boot in boots:
        on[boot.start : boot.end] = True
        if boot.asleep is not None:
            on[boot.asleep[0] : boot.asleep[1]] = False
    return on


def journal_of(boot: Boot, before: Boot | None) -> tuple[tuple[PresenceKind, int, int | None], ...]:
    """The journal of one boot: (kind, slot, slot until).

    That the boot before ended without warning is found, and noted, only now.
    """
    marks: list[tuple[PresenceKind, int, int | None]] = []
    if before is not None and before.lost_power:
        marks.append((PresenceKind.LOST_POWER, before.end, boot.start))
    marks.append((PresenceKind.STARTED, boot.start, None))
    if boot.asleep is not None:
        marks.append((PresenceKind.ASLEEP, *boot.asleep))
    if not boot.lost_power:
        marks.append((PresenceKind.STOPPED, boot.end, None))
    return tuple(marks)


def _while_running(boots: list[Boot], running: Bools) -> Iterator[Boot]:
    """What an agent that somebody stops knows of its PC: it notes its own end, then nothing."""
    for boot in boots:
        stops = np.flatnonzero(~running[boot.start : boot.end])
        if not len(stops):
            yield boot
        elif stops[0] > 0:
            end = boot.start + int(stops[0])
            slept = boot.asleep if boot.asleep is not None and boot.asleep[1] <= end else None
            yield replace(boot, end=end, lost_power=False, asleep=slept)


def _boots_of_day(day: int, first: int, last: int, powered: Bools, *, sleeps: bool) -> list[Boot]:
    lunch = (day * DAY_SLOTS + _LUNCH[0] - OPENS, day * DAY_SLOTS + _LUNCH[1] - OPENS)
    boots: list[Boot] = []
    start = first
    while start < last:
        if not powered[start]:
            start += 1
            continue
        dark = np.flatnonzero(~powered[start:last])
        end = start + int(dark[0]) if len(dark) else last
        asleep = lunch if sleeps and start < lunch[0] and lunch[1] < end else None
        if end > start:
            boots.append(Boot(day, start, end, lost_power=end < last, asleep=asleep))
        back = np.flatnonzero(powered[end:last])
        start = end + int(back[0]) + _POWER_RETURNS_AFTER if len(back) else last
    return boots
