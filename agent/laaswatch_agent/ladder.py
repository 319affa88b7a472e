"""One round: every layer tried, each on its own, under one deadline.

Layers do not wait for each other's success. Names and connections run side by side; the site is tried at
its last known address while (or because) its name gives none; references are tried by address. A layer that
fails is tried once more. When every packet is dropped the round still ends in time, and says so.
"""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Protocol

from laaswatch_agent.config import AgentConfig, Reference, Target
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.probes import dns, gateway, link, reference
from laaswatch_agent.probes.dns import Lookup
from laaswatch_agent.probes.result import Deadline, Stopwatch, Task, skip
from laaswatch_agent.probes.site import Visitor, better
from laaswatch_agent.probes.tcp import ipv6_answers
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import LAYERS, Layer, Reason, Result

NAME_PATIENCE = 4.0
"""Seconds to wait for a name before the site is tried at its last known address."""
SIDE_PATIENCE = 2.0
"""Seconds to go on waiting for side questions once the page has come."""
LEAST_TRY = 0.5
"""Seconds that must be left for a second try to mean anything."""
_SLACK = 0.3
SECOND = "second_resolver"
_UNLISTED_NAMES = (".test", ".local", ".localhost", ".internal", ".lan", ".home.arpa")


class WallAndMono(Protocol):
    """The part of `host.clock.Clock` that a round needs."""

    def wall_ms(self) -> int: ...
    def mono_ms(self) -> int: ...


def run_round(
    config: AgentConfig, history: History, clock: WallAndMono, deadline: float | None = None
) -> ProbeRound:
    """Look once, and judge. At most `deadline` seconds (or the configuration's), whatever the network does.

    Never raises for a network fault. Addresses that answered are written into `history.addresses`; the
    rest of the history changes by `with_round`.
    """
    at, mono = clock.wall_ms(), clock.mono_ms()
    seconds = config.round_deadline if deadline is None else min(deadline, config.round_deadline)
    history = replace(history, decides=config.decides)
    layers = _Round(config, history, clock, Deadline(seconds)).layers()
    verdict = judge(layers, history)
    return ProbeRound(at, mono, verdict.fault, verdict.rule, layers, verdict.also)


@dataclass(slots=True)
class _Sight:
    """What one thread finds: rows by key, put there as they become known."""

    expected: tuple[tuple[Layer, str], ...]
    rows: dict[tuple[Layer, str], LayerResult] = field(default_factory=dict)
    task: Task | None = None

    def put(self, *rows: LayerResult) -> None:
        for row in rows:
            self.rows[row.layer, row.target] = row

    def add(self, row: LayerResult) -> None:
        self.expected += ((row.layer, row.target),)
        self.put(row)

    def wait(self, limit: Deadline) -> None:
        """Until everything is found or time is up. What comes later is left out."""
        if self.task is not None:
            self.task.join(limit.remaining() + _SLACK)
            if self.task.failure is not None:
                raise self.task.failure  # our own mistake, not the network's

    def collect(self) -> list[LayerResult]:
        found = dict(self.rows)
        return [found.get(key) or skip(*key, Reason.DEADLINE) for key in self.expected]


class _Round:
    """The threads of one round and what they share."""

    def __init__(
        self, config: AgentConfig, history: History, clock: WallAndMono, limit: Deadline
    ) -> None:
        self.config = config
        self.history = history
        self.clock = clock
        self.limit = limit
        self.hurry = threading.Event()  # the page has come: nobody waits for details any more
        self.seen: set[str] = set()  # addresses talked to, to tell a network of this PC alone
        self.today = _day(clock.wall_ms())
        self.first = _Pending()
        self.second = _Pending()

    def layers(self) -> tuple[LayerResult, ...]:
        """Every row of the round, in the order of the layers."""
        sides = [self.watch(self.look_gateway, (Layer.GATEWAY, "")), *self.look_second()]
        sides += [self.look_at(x) for x in self.config.references]
        targets = [self.look_target(x) for x in self.config.targets]
        own = _Sight(((Layer.LINK, ""),))
        own.put(link.look())
        for sight in targets:
            sight.wait(self.limit)
        patience = self.limit.within(SIDE_PATIENCE) if self.hurry.is_set() else self.limit
        for sight in sides:
            sight.wait(patience)
        if not self.config.references:
            own.add(skip(Layer.REFERENCE, "", Reason.NOT_CONFIGURED))
        rows = [row for sight in (own, *sides, *targets) for row in sight.collect()]
        if self.seen and all(_is_loopback(a) for a in self.seen):
            rows = [_not_concerned(row) for row in rows]
        if _disagree(self.first.wait(0), self.second.wait(0)):
            rows = [_differing(row) for row in rows]
        return tuple(sorted(rows, key=lambda row: LAYERS.index(row.layer)))

    def watch(self, work: Callable[[_Sight], None], *expected: tuple[Layer, str]) -> _Sight:
        sight = _Sight(expected)
        sight.task = Task(lambda: work(sight))
        return sight

    # The parts of a round

    def look_gateway(self, sight: _Sight) -> None:
        sight.put(gateway.look(self.limit, self.hurry))

    def look_at(self, one: Reference) -> _Sight:
        def work(sight: _Sight) -> None:
            host = one.endpoint.host
            addresses: tuple[str, ...] = (host,)
            if not dns.is_address(host):
                lookup = self.look_up(host)
                addresses = lookup.addresses or self.known(host, one.known_addresses)
            if not addresses:
                sight.put(skip(Layer.REFERENCE, one.name, Reason.NO_KNOWN_ADDRESS))
                return
            self.seen.update(addresses)
            row, answered = self.ask(one, addresses)
            if row.result is Result.FAIL and self.limit.remaining() >= LEAST_TRY:
                again, answered = self.ask(one, addresses)
                if again.result is Result.OK:
                    again = replace(again, detail=f"{again.detail} try=2".strip())
                row = again
            if row.result is Result.OK:
                self.remember(host, answered, addresses)
            sight.put(row)

        return self.watch(work, (Layer.REFERENCE, one.name))

    def ask(self, one: Reference, addresses: tuple[str, ...]) -> tuple[LayerResult, str]:
        limit = self.limit.within(self.config.layer_timeout)
        return reference.look(one, addresses, self.config.ca_file, self.clock.wall_ms, limit)

    def look_second(self) -> list[_Sight]:
        """A second opinion on the deciding site's name, if there is a name and a second resolver."""
        host = self.deciding_host()
        resolver = self.config.second_resolver
        if resolver is None or dns.is_address(host):
            self.second.set(None)
            return []

        def work(sight: _Sight) -> None:
            found = dns.ask(resolver, host, self.limit.within(self.config.layer_timeout))
            self.second.set(found)
            sight.put(found.row(SECOND))

        return [self.watch(work, (Layer.DNS, SECOND))]

    def look_target(self, target: Target) -> _Sight:
        role = target.role
        expected = tuple((x, str(role)) for x in (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP))
        return self.watch(lambda sight: _Look(self, target, sight).run(), *expected)

    # What the parts need

    def deciding_host(self) -> str:
        decides = next(t for t in self.config.targets if t.role is self.config.decides)
        return decides.on(self.today).endpoint.host

    def look_up(self, host: str) -> Lookup:
        """A name, asked twice if the first answer is none and came soon enough."""
        limit = self.limit.within(self.config.layer_timeout)
        found = dns.look_up(host, self.config.resolver, limit)
        if not found.addresses and limit.remaining() >= LEAST_TRY:
            found = dns.look_up(host, self.config.resolver, limit)
        return found

    def known(self, host: str, configured: tuple[str, ...]) -> tuple[str, ...]:
        return self.history.addresses.of(host) or configured

    def remember(self, host: str, answered: str, addresses: tuple[str, ...]) -> None:
        if not dns.is_address(host):
            others = tuple(a for a in addresses if a != answered)
            self.history.addresses.remember(host, (answered, *others))


class _Look:
    """One target: its name, its port, its certificate, its page."""

    def __init__(self, around: _Round, target: Target, sight: _Sight) -> None:
        self.around = around
        self.sight = sight
        self.role = str(target.role)
        self.decides = target.role is around.config.decides
        self.address = target.on(around.today)
        self.host = self.address.endpoint.host
        self.visitor = Visitor(
            self.role,
            self.address,
            around.config.ca_file,
            around.clock.wall_ms,
            around.config.layer_timeout,
        )

    def run(self) -> None:
        if dns.is_address(self.host):
            self.sight.put(skip(Layer.DNS, self.role, Reason.NOT_CONFIGURED))
            self.visit((self.host,))
            return
        found = self.name()
        self.sight.put(found.row(self.role))
        if self.decides:
            self.around.first.set(found)
        if found.addresses:
            self.visit(found.addresses)
            if self.decides and self.sight.rows[Layer.HTTP, self.role].result is not Result.OK:
                self.doubt(found)
        elif (Layer.TCP, self.role) not in self.sight.rows:
            self.knock(self.known())

    def name(self) -> Lookup:
        """The site's addresses; where the resolver is slow, the site is tried meanwhile where it was last."""
        watch = Stopwatch()
        pending = _Pending()
        task = Task(lambda: pending.set(self.around.look_up(self.host)))
        task.join(self.around.limit.within(NAME_PATIENCE).remaining())
        if task.is_alive() and self.known():
            self.knock(self.known())
        task.join(self.around.limit.remaining())
        if task.failure is not None:
            raise task.failure
        return pending.wait(0) or Lookup((), Reason.RESOLVER_TIMEOUT, watch.ms())

    def known(self) -> tuple[str, ...]:
        return self.around.known(self.host, self.address.known_addresses)

    def knock(self, known: tuple[str, ...]) -> None:
        """Without a name: is the site there at all?"""
        self.around.seen.update(known)
        if known:
            self.sight.put(*self.visitor.knock(known, self.around.limit).rows)
            return
        self.sight.put(skip(Layer.TCP, self.role, Reason.NO_KNOWN_ADDRESS))
        for layer in (Layer.TLS, Layer.HTTP):
            self.sight.put(skip(layer, self.role, Reason.EARLIER_LAYER_FAILED))

    def visit(self, addresses: tuple[str, ...]) -> None:
        self.around.seen.update(addresses)
        around = self.around
        visit = self.visitor.visit(addresses, around.limit)
        if not visit.worked and around.limit.remaining() >= LEAST_TRY:
            visit = better(visit, self.visitor.visit(addresses, around.limit))
        self.sight.put(*visit.rows)
        if not visit.worked:
            return
        around.remember(self.host, visit.address, addresses)
        if not self.decides:
            return
        around.hurry.set()
        if ":" not in visit.address:
            six = ipv6_answers(addresses, self.address.endpoint.port, around.limit)
            if six == 0:
                tcp = visit.rows[0]
                self.sight.put(replace(tcp, detail=f"{tcp.detail} ipv6=0".strip()))

    def doubt(self, found: Lookup) -> None:
        """Compare the resolver's answer with others, and call it wrong only where another shows better."""
        second = self.around.second.wait(self.around.limit.remaining())
        others = second.addresses if second is not None else ()
        if self.lies(found.addresses, others or self.known()):
            wrong = Lookup((), Reason.WRONG_ANSWER, found.ms)
            self.sight.put(wrong.row(self.role))

    def lies(self, given: tuple[str, ...], candidates: tuple[str, ...]) -> bool:
        """Does the resolver lead away from the site? `candidates`: where others say that it is."""
        public = "." in self.host and not self.host.endswith(_UNLISTED_NAMES)
        if public and all(_is_nowhere(a) for a in given):
            return True
        if not candidates or set(candidates) & set(given):
            return False
        if public and all(map(dns.is_inward, given)) and not any(map(dns.is_inward, candidates)):
            return True
        limit = self.around.limit
        return limit.remaining() >= LEAST_TRY and self.visitor.visit(candidates, limit).worked


class _Pending:
    """A lookup that another thread will bring."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._found: Lookup | None = None

    def set(self, found: Lookup | None) -> None:
        self._found = found
        self._there.set()

    def wait(self, seconds: float) -> Lookup | None:
        """The lookup, or None if it is not there in time (or nobody was asked)."""
        self._there.wait(seconds)
        return self._found


def _day(wall_ms: int) -> date:
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).date()
    except (OverflowError, OSError, ValueError):  # a clock past the year 9999
        return date.max


def _disagree(first: Lookup | None, second: Lookup | None) -> bool:
    """Do two resolvers that both answered share no address?"""
    if first is None or second is None or Reason.RESOLVER_TIMEOUT in {first.reason, second.reason}:
        return False
    some = set(first.addresses) | set(second.addresses)
    return bool(some) and not set(first.addresses) & set(second.addresses)


def _differing(row: LayerResult) -> LayerResult:
    if row.layer is not Layer.DNS or row.target != SECOND:
        return row
    return replace(row, detail=f"{row.detail} differs".strip())


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _is_nowhere(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_loopback or ip.is_unspecified


def _not_concerned(row: LayerResult) -> LayerResult:
    """Everything asked for lies on this very PC: its cable and its router have no part in it."""
    if row.layer in {Layer.LINK, Layer.GATEWAY}:
        return skip(row.layer, row.target, Reason.NOT_CONFIGURED)
    return row
