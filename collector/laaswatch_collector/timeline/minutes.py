"""Rounds on a common axis of minutes: a few bits an agent and minute.

A round stands for the minutes of its cadence (a three-minute round for three minutes). Of several rounds in
one minute the best speaks: a minute in which the site answered once was usable. A minute without a round is
zero: nothing is known.

To spare the site, most rounds do not ask for its page (docs/politeness.md). Such a round says that nothing
failed on the way, no more. Shortly after one that did ask it takes over what that one found; otherwise its
minute is `NOT_ASKED`: neither good nor bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault, State, state_of
from laaswatch_collector.timeline.calibration import Counts, OfDay, informative
from laaswatch_collector.timeline.clock import repaired
from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts
from laaswatch_collector.timeline.packed import FAILED, NOT_TRIED, WORKED

LINK, GATEWAY, REFERENCE, DNS, TCP, HTTP, MADE, SLOW, NOT_ASKED = (1 << i for i in range(9))
"""Bits of a minute. `MADE` says that there was a round at all, `NOT_ASKED` that it did not want the page."""
ANY = 1 << 9
"""One more than these bits can say."""
RAISED = ANY
"""The site answered, but took several times as long as usual for this PC: slow only if others say so too."""
CARRIED = 5
"""Minutes for which a PC's last answer to a question stands while its line goes on working."""

SLOW_FACTOR = 3.0
SLOW_MORE_MS = 200.0

_DEGRADED = np.array([state_of(f) is State.DEGRADED for f in FAULTS])
_DOWN = np.array([state_of(f) is State.DOWN for f in FAULTS])


@dataclass(frozen=True, slots=True)
class Minutes:
    """`bits`: uint16, `fault`: uint8 (agents, minutes); `office`: each agent's row in the offices' order.

    `fault` holds positions in FAULTS (the agent's own verdicts), 0 where none was given.
    `gateway_tells`, `reference_tells`: bool (agents,), whether the layer is informative (methods.md §3).
    `steps`: int64 (agents,), the minutes that one round stands for. `counts`: int64 (agents, 6), rows of
    `calibration.Counts` of this axis alone.
    """

    start: int
    bits: NDArray[np.uint16]
    fault: NDArray[np.uint8]
    office: NDArray[np.int64]
    gateway_tells: NDArray[np.bool_]
    reference_tells: NDArray[np.bool_]
    steps: NDArray[np.int64]
    counts: NDArray[np.int64]


def minutes_of(
    agents: Sequence[AgentFacts],
    offices: Sequence[str],
    start: int,
    minutes: int,
    before: OfDay | None = None,
) -> Minutes:
    """Put every agent's rounds on the axis of `minutes` from `start` (seconds).

    `before`: what was counted of the days before, which also say whether a layer tells anything.
    """
    rows = {office: i for i, office in enumerate(offices)}
    bits = np.zeros((len(agents), minutes), np.uint16)
    fault = np.zeros((len(agents), minutes), np.uint8)
    for i, agent in enumerate(agents):
        _paint(agent, start, bits[i], fault[i])
    _carry(bits, fault)
    counts = _counts(bits)
    earlier = [(before or {}).get(agent.id, Counts()) for agent in agents]
    gateway, reference = informative(counts + np.array(earlier, np.int64).reshape(-1, 6))
    return Minutes(
        start,
        bits,
        fault,
        np.array([rows[a.office] for a in agents], np.int64),
        gateway & (counts[:, 3] > 0),
        reference & (counts[:, 3] > 0),
        np.array([_steps(a) for a in agents], np.int64),
        counts,
    )


def _paint(
    agent: AgentFacts, start: int, bits: NDArray[np.uint16], fault: NDArray[np.uint8]
) -> None:
    if not len(agent.t):
        return
    weights = np.array([1 << i for i in range(len(COLUMNS))], np.uint16)
    # The columns come as link gateway reference dns tcp http, the bits in the same order.
    worked = agent.layers == WORKED
    # A link that was not looked at is no missing link; all other layers count only where they worked.
    worked[:, 0] |= agent.layers[:, 0] == NOT_TRIED
    value = (worked * weights).sum(axis=1).astype(np.uint16) | MADE
    value[_is_slow(agent)] |= SLOW
    value[_took(agent, 0.0)] |= RAISED
    asked = ~_not_asked(agent)
    value[~asked] |= NOT_ASKED
    minute = (repaired(agent) - start) // 60
    given = agent.fault if agent.fault is not None else np.zeros(len(minute), np.uint8)
    # Good rounds are painted last, so that of several in a minute a good one stays, and those that did not
    # ask first; the other keys make the choice among bad ones independent of the order of arrival.
    order = np.lexsort((given, value, minute, asked, value & HTTP))
    for step in range(_steps(agent)):
        at = minute[order] + step
        inside = (at >= 0) & (at < len(bits))
        if step:  # a later minute of a long cadence gives way to a round of its own
            inside &= ~np.isin(at, minute)
        bits[at[inside]] = value[order][inside]
        fault[at[inside]] = given[order][inside]


def _not_asked(agent: AgentFacts) -> NDArray[np.bool_]:
    """Rounds that did not want the page, and met no fault on the part of the way that they looked at."""
    column = {name: agent.layers[:, i] for i, name in enumerate(COLUMNS)}
    connected = column["tcp"] == WORKED
    line_works = (
        (column["tcp"] == NOT_TRIED) & (column["dns"] != FAILED) & (column["reference"] == WORKED)
    )
    found = (column["http"] == NOT_TRIED) & (connected | line_works)
    if agent.fault is not None:
        found &= ~_DOWN[agent.fault]
    return np.asarray(found, np.bool_)


def _carry(bits: NDArray[np.uint16], fault: NDArray[np.uint8]) -> None:
    """Let what a PC found when it last asked stand for the minutes right after, while its line works."""
    open_minutes = (bits & NOT_ASKED) > 0
    for _ in range(CARRIED):
        known = (bits[:, :-1] & (MADE | NOT_ASKED)) == MADE
        take = np.zeros(bits.shape, np.bool_)
        take[:, 1:] = open_minutes[:, 1:] & ((bits[:, 1:] & NOT_ASKED) > 0) & known
        if not take.any():
            return
        before = np.roll(take, -1, axis=1)
        bits[take] = bits[before]
        fault[take] = fault[before]


def _steps(agent: AgentFacts) -> int:
    return max(1, round(agent.cadence / 60))


def _is_slow(agent: AgentFacts) -> NDArray[np.bool_]:
    """By the agent's verdict where it gave one, else by its own median (methods.md §3, row 1)."""
    if agent.fault is not None:
        degraded: NDArray[np.bool_] = _DEGRADED[agent.fault]
        return degraded
    return _took(agent, SLOW_MORE_MS)


def _took(agent: AgentFacts, more: float) -> NDArray[np.bool_]:
    """Good rounds that took `SLOW_FACTOR` times the agent's own median, and at least `more` ms longer."""
    good = agent.layers[:, COLUMNS.index("http")] == WORKED
    heard = agent.rtt[good & ~np.isnan(agent.rtt)]
    if not len(heard):
        return np.zeros(len(agent.rtt), np.bool_)
    median = float(np.median(heard))
    limit = max(SLOW_FACTOR * median, median + more)
    with np.errstate(invalid="ignore"):
        return np.asarray(good & (agent.rtt > limit), np.bool_)


def _count(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(flags.sum(axis=1), np.int64)


def _counts(bits: NDArray[np.uint16]) -> NDArray[np.int64]:
    good = bits & HTTP > 0
    gateway, reference = bits & GATEWAY > 0, bits & REFERENCE > 0
    columns = (good, gateway & good, reference & good, bits & MADE > 0, gateway, reference)
    return np.stack([_count(column) for column in columns], axis=1)


def derived_fault(bits: int, gateway_tells: bool, reference_tells: bool) -> Fault:
    """The fault that a minute's layers point to, by the order of methods.md §3, where no agent named one."""
    nothing_outside = not bits & (TCP | REFERENCE)
    rules = (
        (not bits & MADE or bits & NOT_ASKED, Fault.UNKNOWN),
        (bits & HTTP and bits & SLOW, Fault.SLOW),
        (bits & HTTP, Fault.NONE),
        (not bits & LINK, Fault.PC_LINK),
        (nothing_outside and gateway_tells and not bits & GATEWAY, Fault.GATEWAY),
        (nothing_outside and reference_tells, Fault.UPLINK),
        (nothing_outside, Fault.BEYOND_GATEWAY),
        (not bits & DNS, Fault.DNS),
        (not bits & TCP, Fault.SITE_TCP),
    )
    return next((fault for holds, fault in rules if holds), Fault.SITE_HTTP)
