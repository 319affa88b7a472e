"""A day on a line that loses packets: rounds as the agent's probes would make them, without waiting.

What the real probes and the real systems under them do about a lost packet is modelled on the dear side:
a lost SYN is sent again after 1, 3 and 7 s, a lost datagram of the system's resolver after 5 s, any other
lost packet costs a whole retransmission time-out (doubled each time), and a conversation that fails is
tried once more while the round lasts. Seeded; times in seconds inside, milliseconds in rows.
"""

import random
from dataclasses import dataclass, field

import numpy as np

from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import FAULTS, Fault, Layer, Reason, Result
from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts, Delivered
from support.worlds import MONDAY

LAYER, ROUND = 10.0, 13.0
SYN_AGAIN = (0.0, 1.0, 3.0, 7.0)
DATAGRAM_AGAIN = (0.0, 5.0)
LEAST_RTO = 0.3
TLS_PACKETS, PAGE_PACKETS = 8, 32
CADENCE = 30


@dataclass(slots=True)
class Line:
    """The line of one office. `loss` is the chance of each packet, either way."""

    loss: float
    seed: int
    trip: float = 0.025
    thinking: float = 0.08
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def lost(self) -> bool:
        return self.dice.random() < self.loss

    def rtt(self) -> float:
        return self.trip * self.dice.lognormvariate(0.0, 0.25)

    def question(self, again: tuple[float, ...]) -> float | None:
        """Seconds until a packet that is sent at these times has been answered; None = never."""
        for waited in again:
            if not self.lost() and not self.lost():
                return waited + self.rtt()
        return None

    def exchange(self, packets: int, trips: int) -> float:
        """Seconds that so many packets of an open conversation take."""
        took = sum(self.rtt() for _ in range(trips))
        for _ in range(packets):
            wait = LEAST_RTO
            while self.lost():
                took += wait
                wait *= 2
        return took

    # The probes

    def name(self, target: str) -> LayerResult:
        asked = [self.question(DATAGRAM_AGAIN) for _ in ("A", "AAAA")]
        if None in asked:
            return _fail(Layer.DNS, target, Reason.RESOLVER_TIMEOUT, LAYER)
        return _ok(Layer.DNS, target, max(x for x in asked if x is not None))

    def page(self, role: str, patience: float = ROUND) -> list[LayerResult]:
        """TCP, TLS and HTTP of one target; twice where the first try fails and there is time."""
        first, took = self._page(role, patience)
        if first[-1].result is Result.OK or patience - took < 0.5:
            return first
        second, _ = self._page(role, patience - took)
        steps = [sum(x.result is Result.OK for x in rows) for rows in (first, second)]
        if steps[1] <= steps[0]:
            return first
        return [
            _ok(b.layer, role, (b.ms or 0) / 1000, "try=2")
            if b.result is Result.OK and a.result is Result.FAIL
            else b
            for a, b in zip(first, second, strict=True)
        ]

    def _page(self, role: str, patience: float) -> tuple[list[LayerResult], float]:
        rows: list[LayerResult] = []
        spent = 0.0
        steps = (
            (Layer.TCP, self.question(SYN_AGAIN), Reason.TIMEOUT),
            (Layer.TLS, self.exchange(TLS_PACKETS, 2), Reason.TIMEOUT),
            (Layer.HTTP, self.exchange(PAGE_PACKETS, 4) + self.busy(), Reason.BODY_TIMEOUT),
        )
        for layer, took, reason in steps:
            if rows and rows[-1].result is not Result.OK:
                rows.append(_row(layer, role, Result.SKIPPED, Reason.EARLIER_LAYER_FAILED))
                continue
            limit = min(LAYER, patience - spent)
            if took is None or took > limit:
                rows.append(_fail(layer, role, reason, limit))
                spent += limit
            else:
                rows.append(_ok(layer, role, took))
                spent += took
        return rows, spent

    def busy(self) -> float:
        """The server's own time."""
        return self.thinking * self.dice.lognormvariate(0.0, 0.3)

    def reference(self, name: str) -> LayerResult:
        left = ROUND
        for n in (1, 2):
            connect = self.question(SYN_AGAIN)
            rest = self.exchange(TLS_PACKETS, 2)
            limit = min(LAYER, left)
            if connect is not None and connect + rest <= limit:
                words = ["try=2"] if n == 2 else []
                if connect >= 0.9:
                    words.append(f"connect={connect * 1000:.0f}")
                return _ok(Layer.REFERENCE, name, connect + rest, " ".join(words))
            left -= limit
        return _fail(Layer.REFERENCE, name, Reason.TIMEOUT, LAYER)

    def layers(self) -> tuple[LayerResult, ...]:
        """What one round finds."""
        name = self.name("login")
        site = self.page("login")
        if name.result is not Result.OK:
            site = [
                site[0],
                *[
                    _row(x.layer, x.target, Result.SKIPPED, Reason.EARLIER_LAYER_FAILED)
                    for x in site[1:]
                ],
            ]
        return (
            _ok(Layer.LINK, "", 0.001, "wired"),
            _ok(Layer.GATEWAY, "", 0.001, "ping"),
            name,
            *(self.reference(x) for x in ("one", "two", "three")),
            *site,
        )


@dataclass(frozen=True, slots=True)
class DayOfRounds:
    """What the agent said of each round, and the facts as its collector has them."""

    faults: tuple[Fault, ...]
    facts: AgentFacts


def day(line: Line, *, rounds: int = 24 * 3600 // CADENCE, cut: range = range(0)) -> DayOfRounds:
    """A day of rounds on this line. In the rounds of `cut` nothing passes: a real outage."""
    history = History()
    whole = line.loss
    faults: list[Fault] = []
    columns: list[list[int]] = []
    for n in range(rounds):
        line.loss = 1.0 if n in cut else whole
        rows = line.layers() if n not in cut else _dead()
        verdict = judge(rows, history)
        at = (MONDAY + n * CADENCE) * 1000
        history = history.with_round(
            ProbeRound(at, n * CADENCE * 1000, verdict.fault, verdict.rule, rows, verdict.also)
        )
        faults.append(verdict.fault)
        columns.append(
            [int(any(x.layer == name and x.result is Result.OK for x in rows)) for name in COLUMNS]
        )
    t = np.array([MONDAY + n * CADENCE for n in range(rounds)], np.int64)
    facts = AgentFacts(
        id="pc",
        office="office",
        t=t,
        layers=np.array(columns, np.uint8),
        rtt=np.full(rounds, np.nan, np.float32),
        cadence=float(CADENCE),
        delivered=(Delivered(0, rounds, int(t[-1]) + 60, int(t[-1]) + 61, 1),),
        fault=np.array([FAULTS.index(x) for x in faults], np.uint8),
    )
    return DayOfRounds(tuple(faults), facts)


def _dead() -> tuple[LayerResult, ...]:
    return (
        _ok(Layer.LINK, "", 0.001, "wired"),
        _ok(Layer.GATEWAY, "", 0.001, "ping"),
        _fail(Layer.DNS, "login", Reason.RESOLVER_TIMEOUT, LAYER),
        *(_fail(Layer.REFERENCE, x, Reason.TIMEOUT, LAYER) for x in ("one", "two", "three")),
        _fail(Layer.TCP, "login", Reason.TIMEOUT, LAYER),
        _row(Layer.TLS, "login", Result.SKIPPED, Reason.EARLIER_LAYER_FAILED),
        _row(Layer.HTTP, "login", Result.SKIPPED, Reason.EARLIER_LAYER_FAILED),
    )


def _ok(layer: Layer, target: str, seconds: float, detail: str = "") -> LayerResult:
    return LayerResult(layer, target, Result.OK, Reason.NONE, round(seconds * 1000, 2), detail)


def _fail(layer: Layer, target: str, reason: Reason, seconds: float) -> LayerResult:
    return LayerResult(layer, target, Result.FAIL, reason, round(seconds * 1000, 2), "")


def _row(layer: Layer, target: str, result: Result, reason: Reason) -> LayerResult:
    return LayerResult(layer, target, result, reason, None, "")
