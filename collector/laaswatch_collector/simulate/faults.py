"""What goes wrong in the month: a list of events, and the situation of every PC in every minute.

Some events are there whatever the draw, so that each kind of fault can be looked at; the rest follow
rates. Events are truth: what the rest of laaswatch should roughly find again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.simulate.axis import DAY_SLOTS, Axis, Bools
from laaswatch_collector.simulate.cast import SimulatedAgent, SimulatedOffice
from laaswatch_collector.simulate.situations import Situation
from laaswatch_collector.simulate.streams import stream

POWER_CUT = "power_cut"
CABLE_PULLER = 7
"""Position of the office that pulls its own cable on some afternoons before deadlines."""
STOPPED_AGENT = 11
"""Position of the office where somebody stops the agent for a week."""


@dataclass(frozen=True, slots=True)
class Event:
    """One true fault over slots [start, end): whose, what, and on purpose or not.

    `scope` is site, isp, province, office or pc; `key` the provider, the office's code or the PC.
    """

    scope: str
    key: str
    cause: str
    start: int
    end: int
    on_purpose: bool = False


@dataclass(frozen=True, slots=True)
class Weather:
    """Everything that went wrong, minute by minute; rows follow the cast of agents.

    `situation` holds members of `Situation`; `powered` is False in a power cut; `running` is False
    where the agent was stopped while the PC was on.
    """

    events: tuple[Event, ...]
    situation: NDArray[np.uint8]
    powered: Bools
    running: Bools


def make_weather(
    seed: int,
    axis: Axis,
    offices: tuple[SimulatedOffice, ...],
    agents: tuple[SimulatedAgent, ...],
) -> Weather:
    """Draw the events and paint them; where several meet, the one nearer to the PC shows."""
    events = (
        *_site_events(seed, axis),
        *_provider_events(seed, axis, offices),
        *_province_events(axis),
        *_office_events(seed, axis, offices),
        *_pc_events(seed, axis, agents),
    )
    shape = (len(agents), axis.slots)
    situation = np.zeros(shape, np.uint8)
    powered, running = np.ones(shape, bool), np.ones(shape, bool)
    for event in events:
        rows = _members(seed, event, offices, agents)
        span = slice(event.start, event.end)
        if event.cause == POWER_CUT:
            powered[rows, span] = False
        elif event.cause == "agent_stopped":
            running[rows, span] = False
        else:
            code = Situation[event.cause.upper()]
            situation[rows, span] = np.maximum(situation[rows, span], code)
    return Weather(events, situation, powered, running)


def _site_events(seed: int, axis: Axis) -> Iterator[Event]:
    """The site is a patient: two bad half days, an expired certificate, slow mornings at month end."""
    random = stream(seed, "site")
    late = axis.month_days - 1
    planned = (
        (1, 10 * 60 + 10, 70, "site_unavailable"),
        (4, 9 * 60, 40, "site_certificate_expired"),
        (6, 11 * 60 + 40, 285, "site_refuses"),  # until the deadline, and it explains late entries
        (10, 13 * 60 + 20, 80, "site_hangs"),
        (13, 11 * 60, 60, "site_refuses"),
        (late - 4, 11 * 60 + 30, 300, "site_unavailable"),  # half a day just before month end
        (late, 13 * 60 + 5, 45, "site_maintenance"),
    )
    for day, minute, length, cause in planned:
        start = axis.at(max(0, min(day, late)), minute + int(random.integers(0, 15)))
        yield Event("site", "", cause, start, min(start + length, axis.slots))
    for day in range(max(0, late - 2), late + 1):
        start = axis.at(day, 9 * 60)
        yield Event("site", "", "slow", start, start + 120)


def _provider_events(
    seed: int, axis: Axis, offices: tuple[SimulatedOffice, ...]
) -> Iterator[Event]:
    """Each provider fails once in the province; one loses only its way to the site."""
    random = stream(seed, "provider")
    for number, isp in enumerate(sorted({office.isp for office in offices})):
        day = 2 + number * 5
        start = axis.at(min(day, axis.month_days - 1), int(random.integers(9 * 60, 14 * 60)))
        length = int(random.integers(90, 260))
        yield Event("isp", isp, "line_cut", start, min(start + length, axis.slots))
        if number == 0:
            start = axis.at(min(day + 7, axis.month_days - 1), 9 * 60 + 30)
            yield Event("isp", isp, "path_to_site_cut", start, start + 150)
        if number == 1:
            start = axis.at(min(day + 3, axis.month_days - 1), 13 * 60)
            yield Event("isp", isp, "slow", start, start + 180)


def _province_events(axis: Axis) -> Iterator[Event]:
    """One thunderstorm takes the power of nearly everybody."""
    start = axis.at(min(9, axis.month_days - 1), 14 * 60 + 15)
    yield Event("province", "", POWER_CUT, start, start + 55)


def _office_events(seed: int, axis: Axis, offices: tuple[SimulatedOffice, ...]) -> Iterator[Event]:
    for position, office in enumerate(offices):
        random = stream(seed, "office", office.code)
        badness = random.gamma(2.0, 0.5)
        for cause, rate, minutes, spread in (
            ("line_cut", 1.2 * badness, 50, 1.2),
            ("router_dead", 0.4 * badness, 40, 1.1),
            ("resolver_dead", 0.15, 60, 1.0),
            ("unpaid_bill_page", 0.04, 700, 0.4),
            ("slow", 0.8 * badness, 120, 0.8),
            (POWER_CUT, 0.2, 40, 0.8),
        ):
            for start, end in _draw(random, axis, rate, minutes, spread):
                yield Event("office", office.code, cause, start, end)
        if position == CABLE_PULLER:
            yield from _pulled_cables(axis, office, random)


def _pulled_cables(
    axis: Axis, office: SimulatedOffice, random: np.random.Generator
) -> Iterator[Event]:
    for day in range(2, axis.month_days, 4):
        start = axis.at(day, 14 * 60 + int(random.integers(0, 30)))
        yield Event("office", office.code, "cable_out", start, start + 140, on_purpose=True)


def _pc_events(seed: int, axis: Axis, agents: tuple[SimulatedAgent, ...]) -> Iterator[Event]:
    stopped = False
    for agent in agents:
        if agent.role == "control":
            continue
        random = stream(seed, "pc", agent.name)
        for cause, rate in (
            ("cable_out", 0.15),
            ("no_address", 0.08),
            ("name_not_found", 0.08),
            ("antivirus_in_between", 0.08),
        ):
            for start, end in _draw(random, axis, rate, 60, 1.0):
                yield Event("pc", agent.name, cause, start, end)
        if agent.office == STOPPED_AGENT and not stopped:
            stopped = True
            first = min(7, axis.month_days - 1) * DAY_SLOTS
            end = min(first + 5 * DAY_SLOTS, axis.slots)
            yield Event("pc", agent.name, "agent_stopped", first + 130, end, on_purpose=True)


def _draw(
    random: np.random.Generator, axis: Axis, rate: float, minutes: float, spread: float
) -> list[tuple[int, int]]:
    """Intervals of a month at a rate, lengths log-normal: many short ones, a few of days."""
    count = int(random.poisson(rate))
    starts = random.integers(0, axis.month_days * DAY_SLOTS, count)
    lengths = np.maximum(3, random.lognormal(np.log(minutes), spread, count)).astype(int)
    return [
        (int(a), int(min(a + length, axis.slots)))
        for a, length in zip(starts, lengths, strict=True)
    ]


def _members(
    seed: int,
    event: Event,
    offices: tuple[SimulatedOffice, ...],
    agents: tuple[SimulatedAgent, ...],
) -> list[int]:
    """Rows of the agents that an event hits. Wide faults spare a few offices, as they do in life."""
    if event.scope == "pc":
        return [i for i, agent in enumerate(agents) if agent.name == event.key]
    if event.scope == "site":
        # A slow site is slow for our own control as well.
        return list(range(len(agents)))
    spared = stream(seed, "spared", event.scope, event.key, event.start).random(len(offices)) < 0.08
    return [i for i, a in enumerate(agents) if a.office >= 0 and _hit(event, offices, a, spared)]


def _hit(
    event: Event, offices: tuple[SimulatedOffice, ...], agent: SimulatedAgent, spared: Bools
) -> bool:
    office = offices[agent.office]
    if event.scope == "office":
        return office.code == event.key
    wanted = event.scope == "province" or office.isp == event.key
    return wanted and not spared[agent.office]
