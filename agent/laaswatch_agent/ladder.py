"""One round: every layer tried, each on its own, under one deadline.

Layers do not wait for each other's success. Names and connections run side by side; the site is tried at
its last known address while (or because) its name gives none; references are tried by address. A layer that
fails is tried once more. When every packet is dropped the round still ends in time, and says so.
"""

from collections.abc import Callable
from dataclasses import replace

from laaswatch_agent.config import AgentConfig, Reference, Target
from laaswatch_agent.diagnosis.detail import word
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.probes import dns, gateway, link, reference
from laaswatch_agent.probes.dns import Lookup
from laaswatch_agent.probes.result import Deadline, Task, skip
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import LAYERS, Depth, Layer, Reason, Result
from laaswatch_agent.surroundings import LEAST_TRY, Sight, Surroundings, WallAndMono
from laaswatch_agent.target_look import TargetLook

SIDE_PATIENCE = 2.0
"""Seconds to go on waiting for side questions once the page has come."""
FIRST_ADDRESS_PATIENCE = 4.0
"""Seconds until the gateway is asked although nothing says yet whether packets leave this PC."""
SLACK = 0.3
"""Seconds after the deadline in which threads put down what they found last."""
SECOND = "second_resolver"
_SPOKE = frozenset({Reason.NONE, Reason.NXDOMAIN, Reason.NO_DATA})


def run_round(
    config: AgentConfig,
    history: History,
    clock: WallAndMono,
    deadline: float | None = None,
    depth: Depth = Depth.FULL,
    *,
    again: bool = True,
) -> ProbeRound:
    """Look once, and judge. At most `deadline` seconds (or the configuration's), whatever the network does.

    `depth` says how far the round may go towards the site, `again` whether what fails there is tried twice.

    Never raises for a network fault. Addresses that answered are written into `history.addresses`; the
    rest of the history changes by `with_round`.
    """
    at, mono = clock.wall_ms(), clock.mono_ms()
    seconds = config.round_deadline if deadline is None else min(deadline, config.round_deadline)
    history = replace(history, decides=config.decides)
    around = Surroundings(config, history, clock, Deadline(seconds), depth, again=again)
    layers = _Round(around).layers()
    verdict = judge(layers, history)
    return ProbeRound(at, mono, verdict.fault, verdict.rule, layers, verdict.also)


class _Round:
    """The threads of one round."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.config = around.config
        self.limit = around.limit

    def layers(self) -> tuple[LayerResult, ...]:
        """Every row of the round, in the order of the layers."""
        link.begin()
        hosts = [x.endpoint.host for x in self.config.references]
        self.around.talk_to(tuple(filter(dns.is_address, hosts)))
        sides = [self.watch(self.look_gateway, (Layer.GATEWAY, "")), *self.look_second()]
        sides += [self.look_at(x) for x in self.config.references if self.may_ask(x)]
        targets = [self.look_target(x) for x in self.config.targets]
        own = Sight(((Layer.LINK, ""),))
        own.put(link.look())
        end = Deadline(self.limit.remaining() + SLACK)
        for sight in targets:
            sight.wait(end)
        if self.around.hurry.is_set():
            end = end.within(SIDE_PATIENCE)
        for sight in sides:
            sight.wait(end)
        own.put(link.with_traffic(own.rows[Layer.LINK, ""]))
        for spared in self.config.references:
            if not self.may_ask(spared):
                own.add(skip(Layer.REFERENCE, spared.name, Reason.OUT_OF_BUDGET))
        if not self.config.references:
            own.add(skip(Layer.REFERENCE, "", Reason.NOT_CONFIGURED))
        rows = [row for sight in (own, *sides, *targets) for row in sight.collect()]
        if self.around.stays_inside():
            rows = [_not_concerned(row) for row in rows]
        if not self.around.hurry.is_set() and self.around.history.gateway_speaks():
            rows = [_fallen_silent(row) for row in rows]
        if _disagree(self.around.first.wait(0), self.around.second.wait(0)):
            rows = [_differing(row) for row in rows]
        return tuple(sorted(rows, key=lambda row: LAYERS.index(row.layer)))

    def watch(self, work: Callable[[Sight], None], *expected: tuple[Layer, str]) -> Sight:
        sight = Sight(expected)
        sight.task = Task(lambda: work(sight))
        return sight

    # The parts of a round

    def look_gateway(self, sight: Sight) -> None:
        self.around.talking.wait(self.limit.within(FIRST_ADDRESS_PATIENCE).remaining())
        if not self.around.stays_inside():
            sight.put(gateway.look(self.limit, self.around.hurry))

    def may_ask(self, one: Reference) -> bool:
        """The great ones abroad bear every round of every PC; those at home are spared like the site."""
        return self.around.depth is Depth.FULL or not one.domestic

    def look_at(self, one: Reference) -> Sight:
        def work(sight: Sight) -> None:
            host = one.endpoint.host
            addresses: tuple[str, ...] = (host,)
            if not dns.is_address(host):
                lookup = self.around.look_up(host)
                addresses = lookup.addresses or self.around.known(host, one.known_addresses)
            if not addresses:
                sight.put(skip(Layer.REFERENCE, one.name, Reason.NO_KNOWN_ADDRESS))
                return
            self.around.talk_to(addresses)
            row, answered = self.ask(one, addresses)
            if row.result is Result.FAIL and self.limit.remaining() >= LEAST_TRY:
                again, answered = self.ask(one, addresses)
                if again.result is Result.OK:
                    row = replace(again, detail=f"{again.detail} try=2".strip())
            if row.result is Result.OK:
                self.around.remember(host, answered, addresses)
            sight.put(row)

        return self.watch(work, (Layer.REFERENCE, one.name))

    def ask(self, one: Reference, addresses: tuple[str, ...]) -> tuple[LayerResult, str]:
        limit = self.limit.within(self.config.layer_timeout)
        return reference.look(one, addresses, self.config.ca_file, self.around.clock.wall_ms, limit)

    def look_second(self) -> list[Sight]:
        """A second opinion on the deciding site's name, if there is a name and a second resolver."""
        host = self.deciding_host()
        resolver = self.config.second_resolver
        if resolver is None or dns.is_address(host):
            self.around.second.set(None)
            return []

        def work(sight: Sight) -> None:
            found = dns.ask(resolver, host, self.limit.within(self.config.layer_timeout))
            self.around.second.set(found)
            sight.put(found.row(SECOND))

        return [self.watch(work, (Layer.DNS, SECOND))]

    def look_target(self, target: Target) -> Sight:
        role = target.role
        expected = tuple((x, str(role)) for x in (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP))
        return self.watch(lambda sight: TargetLook(self.around, target, sight).run(), *expected)

    def deciding_host(self) -> str:
        decides = next(t for t in self.config.targets if t.role is self.config.decides)
        return decides.on(self.around.today).endpoint.host


def _disagree(first: Lookup | None, second: Lookup | None) -> bool:
    """Do two resolvers that both answered share no address?"""
    if first is None or second is None or not {first.reason, second.reason} <= _SPOKE:
        return False
    some = set(first.addresses) | set(second.addresses)
    return bool(some) and not set(first.addresses) & set(second.addresses)


def _differing(row: LayerResult) -> LayerResult:
    if row.layer is not Layer.DNS or row.target != SECOND:
        return row
    return replace(row, detail=f"{row.detail} differs".strip())


def _fallen_silent(row: LayerResult) -> LayerResult:
    """A router that always spoke, and of which now only the system's memory is left, did not answer.

    Systems believe in a neighbour for up to a minute after it died, and nobody can hurry them.
    """
    if row.layer is not Layer.GATEWAY or not word(row.detail, "arp"):
        return row
    return replace(row, result=Result.FAIL, reason=Reason.TIMEOUT)


def _not_concerned(row: LayerResult) -> LayerResult:
    if row.layer in {Layer.LINK, Layer.GATEWAY}:
        return skip(row.layer, row.target, Reason.NOT_CONFIGURED)
    return row
