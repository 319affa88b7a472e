"""What the collector asks of this agent, within the agent's own bounds. Pure: data in, data out.

The accounting site is a patient: forty thousand agents must not become its outage. So a round need not
touch it. How often this PC may, and how far it may go, is the collector's to say (docs/politeness.md):

    full      the page itself, and everything else
    connect   a connection to the deciding site's port, no more
    local     names, router and references only; the site is left alone

Whatever the collector says, or a stranger in its place, the agent never becomes a nuisance: no round comes
sooner than 15 seconds after another, and a plan names times and depths, never hosts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeGuard

from laaswatch_agent.report.vocabulary import Depth

LEAST_CADENCE = 15.0
"""Seconds between rounds below which no collector may push an agent."""
MOST_CADENCE = 3600.0
MOST_QUIET_DAYS = 60
LONE_AFTER = timedelta(hours=24)
"""So long after the collector's last word its plan is worth nothing."""
QUIET_FACTOR = 10
MOST_QUIET = 600.0
"""Seconds between rounds at most while the office is closed."""
OPEN_MINUTES = (8 * 60, 17 * 60)
"""From when to when (minutes of the local day, Monday to Friday) rounds come at their full cadence."""
_LOCAL = timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class SitePlan:
    """How far this agent may go, and how many seconds lie at least between two times that it does.

    `in_trouble` is for the times when something is wrong. `phase`, 0 to 1, is this agent's place in the
    cycle of rounds by the collector's clock, so that no second gets more than its share; None = any.
    """

    depth: Depth = Depth.FULL
    every: float = 0.0
    in_trouble: float = 0.0
    phase: float | None = None


LONE = SitePlan(Depth.FULL, 300.0, 150.0)
"""For an agent that was given a plan and has heard nothing for a day: forty thousand of them must do no harm."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force. Cadences in seconds; `quiet_days`: local days on which offices are closed;
    `skew_ms`: what to add to this PC's clock to get the collector's.
    """

    round_seconds: float | None = None
    report_seconds: float | None = None
    site: SitePlan = SitePlan()
    quiet_days: frozenset[date] = frozenset()
    skew_ms: int = 0


def plan_of(settings: Mapping[str, Any]) -> Plan:
    """The plan in the collector's answer; what is odd in it is passed over, never an error."""
    rounds, reports = settings.get("round_seconds"), settings.get("report_seconds")
    site, days = settings.get("site"), settings.get("quiet_days")
    skew = settings.get("skew_ms")
    return Plan(
        round_seconds=allowed_cadence(rounds) if is_number(rounds) else None,
        report_seconds=allowed_cadence(reports) if is_number(reports) else None,
        site=_site(site) if isinstance(site, Mapping) else SitePlan(),
        quiet_days=frozenset(_days(days)) if isinstance(days, list) else frozenset(),
        skew_ms=skew if type(skew) is int else 0,
    )


def allowed_cadence(asked: float) -> float:
    """What the collector asks for, within the agent's own bounds."""
    return min(max(asked, LEAST_CADENCE), MOST_CADENCE)


def cadence_at(wall_ms: int, round_seconds: float, plan: Plan) -> float:
    """Seconds between rounds at this time: longer while offices are closed."""
    if _is_open(wall_ms + plan.skew_ms, plan.quiet_days):
        return round_seconds
    return max(round_seconds, min(QUIET_FACTOR * round_seconds, MOST_QUIET))


def turns(seconds: float, round_seconds: float) -> int:
    """How many rounds there are from one touch of the site to the next, at least `seconds` apart."""
    return max(1, math.ceil(seconds / round_seconds - 1e-9))


def depth_of(site: SitePlan, since: int, round_seconds: float, *, trouble: bool) -> Depth:
    """How far the next round goes, `since` rounds after the last one that touched the site."""
    seconds = min(site.in_trouble, site.every) if trouble else site.every
    due = since + 1 >= turns(seconds, round_seconds)
    return site.depth if due else Depth.LOCAL


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value from outside is a number to reckon with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _site(said: Mapping[str, Any]) -> SitePlan:
    depth, every, in_trouble = said.get("depth"), said.get("every"), said.get("in_trouble")
    known = depth if isinstance(depth, str) and depth in set(Depth) else Depth.FULL
    often = _seconds(every, 0.0)
    phase = said.get("phase")
    return SitePlan(
        Depth(known),
        often,
        min(_seconds(in_trouble, often), often),
        phase % 1.0 if is_number(phase) else None,
    )


def _seconds(value: object, otherwise: float) -> float:
    return min(max(value, 0.0), 24 * 3600.0) if is_number(value) else otherwise


def _days(values: list[Any]) -> list[date]:
    found = []
    for value in values[:MOST_QUIET_DAYS]:
        try:
            found.append(date.fromisoformat(value))
        except (TypeError, ValueError):
            continue
    return found


def _is_open(wall_ms: int, closed: frozenset[date]) -> bool:
    try:
        local = datetime.fromtimestamp(wall_ms / 1000, UTC) + _LOCAL
    except (OverflowError, OSError, ValueError):  # a clock that is centuries off says nothing
        return True
    minute = 60 * local.hour + local.minute
    return (
        local.weekday() < 5
        and local.date() not in closed
        and OPEN_MINUTES[0] <= minute < OPEN_MINUTES[1]
    )
