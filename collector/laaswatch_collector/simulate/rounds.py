"""Sealed reports of simulated agents, through the agent's own codec and chain.

An agent's rounds lie `cadence` seconds apart while its PC is on and awake; a report takes `span` seconds
of them. Times are by the PC's own clock, wrong where the cast says so; the monotonic clock counts from
the boot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.diagnosis.rules import RULES_VERSION
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import seal
from laaswatch_agent.report.model import NO_HASH, PresenceMark, ProbeRound, Report
from laaswatch_collector.simulate.axis import DAY_SLOTS, Axis
from laaswatch_collector.simulate.cast import SimulatedAgent
from laaswatch_collector.simulate.presence import Boot, journal_of
from laaswatch_collector.simulate.situations import JITTERS, ROLE, Situation, Templates
from laaswatch_collector.simulate.streams import stream

AGENT_VERSION = "simulated"
NOISE = 0.003
"""Share of rounds that break off for no lasting reason."""


@dataclass(frozen=True, slots=True)
class SealedReport:
    """A report as the intake takes it, the day of the axis that it belongs to, and its rounds.

    `made` and `mono` are the PC's clocks (ms) at its last round.
    """

    day: int
    line: bytes
    rounds: int
    boot: str
    made: int
    mono: int


@dataclass(frozen=True, slots=True)
class Voice:
    """One agent about to speak: what it saw, how often it looks and how much a report takes (seconds)."""

    agent: SimulatedAgent
    situation: NDArray[np.uint8]
    boots: tuple[Boot, ...]
    cadence: int
    span: int


def seal_reports(
    seed: int, axis: Axis, voice: Voice, templates: Templates
) -> Iterator[SealedReport]:
    """Every report of one agent, oldest first, chained from its first."""
    random = stream(seed, "rounds", voice.agent.name)
    seq, previous = 1, NO_HASH
    before: Boot | None = None
    for number, boot in enumerate(voice.boots):
        rounds = _rounds_of_boot(random, axis, voice, boot, templates)
        marks = _marks(axis, voice.agent, boot, before, f"boot-{number}")
        before = boot
        parts = [list(x) for _, x in groupby(rounds, lambda r: r.at // (1000 * voice.span))]
        for n, part in enumerate(parts, start=1):
            last = part[-1]
            due = marks if n == len(parts) else [m for m in marks if m.at <= last.at]
            marks = marks[len(due) :]
            line = seal(
                Report(
                    seq=seq,
                    previous=previous,
                    boot=f"boot-{number}",
                    made=last.at,
                    cadence=float(voice.cadence),
                    rules=RULES_VERSION,
                    agent_version=AGENT_VERSION,
                    rounds=tuple(part),
                    presence=tuple(due),
                    decides=ROLE,
                )
            )
            yield SealedReport(boot.day, line, len(part), f"boot-{number}", last.at, last.mono)
            seq, previous = seq + 1, hash_of(line)


def _rounds_of_boot(
    random: np.random.Generator, axis: Axis, voice: Voice, boot: Boot, templates: Templates
) -> Iterator[ProbeRound]:
    agent = voice.agent
    origin = axis.second(boot.start)
    moments = _moments(axis, voice, boot)
    jitter = random.integers(0, len(JITTERS), len(moments))
    blink = random.random(len(moments)) < NOISE
    for n, (second, slot) in enumerate(moments):
        situation = Situation(int(voice.situation[slot]))
        if blink[n] and situation is Situation.GOOD:
            situation = Situation.BLINK
        template = templates.of(situation, agent.base_ms, agent.gateway_silent, int(jitter[n]))
        yield ProbeRound(
            at=(second + agent.clock_off) * 1000,
            mono=(second - origin) * 1000,
            fault=template.fault,
            rule=template.rule,
            layers=template.layers,
        )


def _marks(
    axis: Axis, agent: SimulatedAgent, boot: Boot, before: Boot | None, name: str
) -> list[PresenceMark]:
    def clock(slot: int) -> int:
        # A slot's number can be the first of the next day; its minute is the end of the one before.
        return (axis.second(slot - 1) + 60 + agent.clock_off) * 1000

    return [
        PresenceMark(kind, clock(at), name, None if until is None else clock(until))
        for kind, at, until in journal_of(boot, before)
    ]


def _moments(axis: Axis, voice: Voice, boot: Boot) -> list[tuple[int, int]]:
    """(second, slot) of the rounds of one boot."""
    day_start = axis.day_start(boot.day)
    first, end = axis.second(boot.start), axis.second(boot.end - 1) + 60
    start = first + (voice.agent.phase - first) % voice.cadence
    asleep = range(*boot.asleep) if boot.asleep is not None else range(0)
    return [
        (second, slot)
        for second in range(start, end, voice.cadence)
        if (slot := boot.day * DAY_SLOTS + (second - day_start) // 60) not in asleep
    ]
