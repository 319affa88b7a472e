"""When to measure, when to send, how long to wait after a failure. Pure: clocks and dice come in.

Forty thousand PCs start near 08:30 with a night's backlog, and all find the collector again in the same
second after it was away: every first send is spread by a throw of dice, and every failure backs off.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of one agent, in seconds.

    `first_send` and `after_outage` are the widths over which agents spread their first contact;
    `long_outage` is how long the collector must have been away for the second to apply. `batch_gap` is
    the least time between two deliveries of backlog.
    """

    round_seconds: float = 30.0
    report_seconds: float = 60.0
    first_send: float = 60.0
    long_outage: float = 600.0
    after_outage: float = 300.0
    batch_gap: float = 2.0
    retry_least: float = 5.0
    retry_most: float = 900.0
    refused: float = 900.0

    @classmethod
    def of(cls, round_seconds: float, report_seconds: float, *, fast: bool = False) -> "Pace":
        """The pace for a configured cadence.

        `fast` comes only from the PC's own file, for a demonstration or a bench: such an agent is alone
        and has nobody to spread from.
        """
        if not fast:
            return cls(round_seconds, report_seconds)
        return cls(
            round_seconds,
            report_seconds,
            first_send=0.0,
            after_outage=0.0,
            batch_gap=0.05,
            retry_least=min(round_seconds, 1.0),
            retry_most=5.0,
            refused=10.0,
        )


def next_round(now: float, started: float, cadence: float, phase: float) -> float:
    """When the next round is due, by a monotonic clock.

    Rounds lie on a grid of this agent's own `phase` (0 ≤ phase < 1) so that agents do not knock together;
    a round that took longer than its place costs the places it covered and shifts none of the later ones.
    """
    since = now - started - phase * cadence
    place = int(since // cadence) + 1
    return started + (place + phase) * cadence


def back_off(failures: int, pace: Pace, dice: Random, asked: float | None = None) -> float:
    """Seconds to wait after the n-th failure in a row (n ≥ 1): full jitter, growing to `retry_most`.

    `asked` is the collector's Retry-After: waited in full, and spread by a quarter more, for everybody
    was told the same.
    """
    if asked is not None:
        wait = min(max(asked, 0.0), pace.retry_most)
        return wait + dice.uniform(0.0, wait / 4)
    ceiling = min(pace.retry_most, pace.retry_least * 2.0 ** min(failures - 1, 30))
    return dice.uniform(min(pace.retry_least, ceiling), max(ceiling, pace.retry_least))


def first_send(pace: Pace, dice: Random, *, urgent: bool) -> float:
    """Seconds from the agent's start to its first delivery; none when the fault has just changed."""
    return 0.0 if urgent else dice.uniform(0.0, pace.first_send)


def after_outage(away: float, pace: Pace, dice: Random) -> float:
    """Seconds to wait before the backlog goes out, once a collector that was `away` answered again."""
    return dice.uniform(0.0, pace.after_outage) if away >= pace.long_outage else 0.0


def seal_due(since_last: float, pace: Pace, *, fault_changed: bool) -> bool:
    """Is it time to make a report of the rounds at hand?"""
    return fault_changed or since_last >= pace.report_seconds - pace.round_seconds / 2
