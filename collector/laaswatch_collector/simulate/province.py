"""A whole simulated province for a month: cast, faults, reports and ledgers with their truth."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from laaswatch_collector.simulate.axis import Axis, Bools, month_axis
from laaswatch_collector.simulate.cast import (
    SimulatedAgent,
    SimulatedOffice,
    cast_agents,
    cast_offices,
)
from laaswatch_collector.simulate.desk import SimulatedEntry, entries_of_office
from laaswatch_collector.simulate.faults import Event, Weather, make_weather
from laaswatch_collector.simulate.presence import Boot, boots_of
from laaswatch_collector.simulate.rounds import SealedReport, Voice, seal_reports
from laaswatch_collector.simulate.situations import USABLE, Situation, Templates

CADENCE = 300
"""Seconds between rounds of a simulated agent."""
SPAN = 3600
"""Seconds of rounds in one report."""


@dataclass(frozen=True, slots=True)
class SimulatedProvince:
    """One month of an invented province. `usable` and `entries` are truth that tests compare with."""

    seed: int
    axis: Axis
    cadence: int
    span: int
    offices: tuple[SimulatedOffice, ...]
    agents: tuple[SimulatedAgent, ...]
    weather: Weather
    boots: tuple[tuple[Boot, ...], ...]
    usable: Bools
    """(offices, slots): at least one PC of the office could use the site, had it been on."""
    entries: tuple[SimulatedEntry, ...]
    _templates: Templates = field(default_factory=Templates, repr=False, compare=False)

    @property
    def events(self) -> tuple[Event, ...]:
        """The true faults of the month."""
        return self.weather.events

    def reports(self, row: int) -> Iterator[SealedReport]:
        """The sealed reports of the agent in this row of the cast, oldest first."""
        voice = Voice(
            self.agents[row], self.weather.situation[row], self.boots[row], self.cadence, self.span
        )
        return seal_reports(self.seed, self.axis, voice, self._templates)


def simulate(
    seed: int,
    offices: int | tuple[SimulatedOffice, ...] = 100,
    month: tuple[int, int] = (2026, 10),
    *,
    holidays: Collection[date] = (),
    tail_days: int = 2,
    cadence: int = CADENCE,
    span: int = SPAN,
) -> SimulatedProvince:
    """Simulate a province over a month (Christian year, month) and `tail_days` working days more.

    The tail lets the entries of the last days come to be posted; no new entries arise in it. `offices`:
    how many to draw, or the cast itself; `cadence` and `span`: seconds between rounds, and in a report.
    """
    axis = month_axis(*month, holidays, tail_days)
    cast = cast_offices(seed, offices) if isinstance(offices, int) else offices
    agents = cast_agents(seed, cast)
    weather = make_weather(seed, axis, cast, agents)
    boots = tuple(boots_of(seed, axis, agents, row, weather) for row in range(len(agents)))
    usable, slow = _what_offices_could(weather, agents, len(cast))
    entries = tuple(
        entry
        for position, office in enumerate(cast)
        for entry in entries_of_office(seed, axis, office, usable[position], slow[position])
    )
    return SimulatedProvince(
        seed, axis, cadence, span, cast, agents, weather, boots, usable, entries
    )


def _what_offices_could(
    weather: Weather, agents: tuple[SimulatedAgent, ...], count: int
) -> tuple[Bools, Bools]:
    """For each office and slot: could it use the site, and was that slow on every usable PC?"""
    able = np.isin(weather.situation, USABLE) & weather.powered
    usable = np.zeros((count, able.shape[1]), bool)
    quick = np.zeros_like(usable)
    for row, agent in enumerate(agents):
        if agent.office >= 0:
            usable[agent.office] |= able[row]
            quick[agent.office] |= able[row] & (weather.situation[row] == Situation.GOOD)
    return usable, usable & ~quick
