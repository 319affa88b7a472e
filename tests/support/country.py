"""Small countries of facts for the core's tests: offices, their PCs, and what each saw, minute by minute."""

import numpy as np

from laaswatch_collector.timeline.facts import (
    AgentFacts,
    ControlSpan,
    Delivered,
    Facts,
    Office,
)

START = 1_780_246_800  # Monday 1 June 2026, 00:00 in Bangkok
#     link gateway reference dns tcp http
OK = (1, 1, 1, 1, 1, 1)
SITE_TCP = (1, 1, 1, 1, 0, 0)
SITE_HTTP = (1, 1, 1, 1, 1, 0)
UPLINK = (1, 1, 0, 0, 0, 0)
LINK = (0, 0, 0, 0, 0, 0)
ROUTER = (1, 0, 0, 0, 0, 0)
DNS = (1, 1, 1, 0, 1, 0)
PER_REPORT = 5


def office(name, *, isp="NT", province="57", pcs=2):
    """An office; with the defaults one of many alike."""
    return Office(name, province, isp, pcs)


def pc(name, of, minutes, *, layers=OK, faults=(), off=(), cadence=60.0, skew=0):
    """A PC that makes its rounds from 09:00 for `minutes` minutes.

    `faults`: (from, to, layers) in minutes of the day; `off`: (from, to) without rounds; `skew`: seconds
    that its clock is ahead.
    """
    at = np.arange(540, 540 + minutes, max(1, round(cadence / 60)))
    seen = np.tile(np.array(layers, np.uint8), (len(at), 1))
    for a, b, what in faults:
        seen[(at >= a) & (at < b)] = what
    on = np.ones(len(at), bool)
    for a, b in off:
        on[(at >= a) & (at < b)] = False
    t = (START + at * 60 + 7 + skew)[on].astype(np.int64)
    reports = []
    for number, first in enumerate(range(0, len(t), PER_REPORT)):
        last = min(first + PER_REPORT, len(t))
        sent = int(t[last - 1]) + 60
        reports.append(Delivered(first, last, sent, sent - skew, number))
    return AgentFacts(
        name, of, t, seen[on], np.full(len(t), 30, np.float32), cadence, tuple(reports)
    )


def country(offices, agents, control=((540, 1020, True),)):
    """The facts of a day; `control`: (from, to, ok) in minutes of the day."""
    spans = tuple(ControlSpan(START + a * 60, START + b * 60, ok) for a, b, ok in control)
    return Facts(tuple(offices), tuple(agents), (), spans)


def rearranged(agent, order, *, copies=1):
    """The same agent's reports, delivered in another order and each `copies` times."""
    pieces = [agent.delivered[i] for i in order for _ in range(copies)]
    rows = np.concatenate([np.arange(x.first, x.last) for x in pieces])
    delivered, count = [], 0
    for x in pieces:
        delivered.append(Delivered(count, count + x.last - x.first, x.sent, x.received, x.seq))
        count += x.last - x.first
    return AgentFacts(
        agent.id,
        agent.office,
        agent.t[rows],
        agent.layers[rows],
        agent.rtt[rows],
        agent.cadence,
        tuple(delivered),
    )
