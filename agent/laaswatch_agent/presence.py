"""Was the PC on, asleep, without power, or was only the agent stopped? From two clocks and a boot id.

Each round leaves an `Alive` mark. What happened between two of them is worked out afterwards:

| boot id | the earlier run ended | then |
| --- | --- | --- |
| other | with a `stopped` mark | the PC was shut down or restarted in order |
| other | without | it lost power, or crashed: `lost_power` over the time between |
| same | without | the agent was killed; the PC stayed on: `stopped` at its last sign of life |
| same, same run | – | a hole of more than two rounds: `asleep` |

Nothing here calls anything an outage: it says when nobody could have measured.
"""

from dataclasses import dataclass

from laaswatch_agent.report.model import PresenceMark
from laaswatch_agent.report.vocabulary import PresenceKind

ROUNDS_MISSED = 2.0
"""A hole of more rounds than this is a sleep; less is a slow round or a busy PC."""

OVERRUN = 10.0
"""Seconds by which a busy PC may be late with a round; more is a sleep in the middle of it."""


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: both clocks in ms, the boot, and whether the run ended in order after it."""

    wall: int
    mono: int
    boot: str
    stopped: bool = False

    def to_text(self) -> str:
        """For keeping beside the round it belongs to."""
        return f"{self.wall} {self.mono} {int(self.stopped)} {self.boot}"

    @classmethod
    def from_text(cls, text: str | None) -> "Alive | None":
        """The mark kept last, or None where there is none that can be read."""
        parts = (text or "").split(" ")
        if len(parts) != 4:
            return None
        try:
            return cls(int(parts[0]), int(parts[1]), parts[3], parts[2] == "1")
        except ValueError:
            return None


def on_start(last: Alive | None, now: Alive) -> tuple[PresenceMark, ...]:
    """The marks to write when an agent starts: how the run before ended, and that this one began."""
    started = PresenceMark(PresenceKind.STARTED, now.wall, now.boot)
    if last is None or last.stopped:
        return (started,)
    if last.boot == now.boot:
        return (PresenceMark(PresenceKind.STOPPED, last.wall, last.boot), started)
    # A wall clock set back during the boot cannot make an interval that ends before it begins.
    until = max(now.wall, last.wall)
    return (PresenceMark(PresenceKind.LOST_POWER, last.wall, last.boot, until), started)


def on_round(
    last: Alive | None,
    now: Alive,
    cadence: float,
    slack: float = 0.0,
    *,
    mono_counts_sleep: bool = True,
) -> tuple[PresenceMark, ...]:
    """The marks to write at a round of a running agent: `asleep` where the PC was not awake in between.

    Monotonic clocks differ by system. One that counts sleep jumps over it; one that stops in sleep is
    overtaken by the wall clock — but so it is when somebody sets the wall clock forward, so that sign
    is read only where there is no better one. `slack` is the longest that a round may take, in seconds.
    """
    if last is None or last.boot != now.boot:
        return ()
    longest = 1000.0 * (ROUNDS_MISSED * cadence + slack)
    counted = now.mono - last.mono
    ahead = (now.wall - last.wall) - counted
    if counted > longest or (not mono_counts_sleep and ahead > longest):
        until = max(now.wall, last.wall)
        return (PresenceMark(PresenceKind.ASLEEP, last.wall, now.boot, until),)
    return ()


def interrupted(begun: Alive, ended: Alive, deadline: float) -> bool:
    """Did the PC sleep while a round of at most `deadline` seconds ran?

    Its time-outs then ran out in the sleep and say nothing of the line: such a round is thrown away.
    """
    return ended.mono - begun.mono > 1000 * (deadline + OVERRUN)


def on_stop(now: Alive) -> tuple[PresenceMark, ...]:
    """The mark to write when the agent is asked to stop."""
    return (PresenceMark(PresenceKind.STOPPED, now.wall, now.boot),)
