"""One target of a round: its name, its port, its certificate, its page, and doubts about its name."""

import ipaddress
from dataclasses import replace

from laaswatch_agent.config import Endpoint, Target
from laaswatch_agent.probes import dns, websocket
from laaswatch_agent.probes.dns import Lookup
from laaswatch_agent.probes.result import Stopwatch, Task, skip
from laaswatch_agent.probes.site import Visit, Visitor, better
from laaswatch_agent.probes.tcp import LATE_CONNECT, connect, ipv6_answers
from laaswatch_agent.report.vocabulary import Depth, Layer, Reason, Result
from laaswatch_agent.surroundings import LEAST_TRY, Pending, Sight, Surroundings

NAME_PATIENCE = 4.0
"""Seconds to wait for a name before the site is tried at its last known address."""
_SAME_AGAIN = 2.0
"""How much longer than in small pieces the same may take in large ones and still count as working."""
_UNLISTED_NAMES = (".test", ".local", ".localhost", ".internal", ".lan", ".home.arpa")


class TargetLook:
    """One target: its name, its port, its certificate, its page."""

    def __init__(self, around: Surroundings, target: Target, sight: Sight) -> None:
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
        """Find out, and put what is found where the ladder waits for it."""
        if self.around.depth is not Depth.FULL:
            self.glance()
            return
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

    def glance(self) -> None:
        """Only as far as this round may go: the name, perhaps a connection, never the page."""
        for layer in (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP):
            self.sight.put(skip(layer, self.role, Reason.OUT_OF_BUDGET))
        if not self.decides:
            return
        addresses: tuple[str, ...] = (self.host,)
        if not dns.is_address(self.host):
            found = self.around.look_up(self.host)
            self.sight.put(found.row(self.role))
            self.around.first.set(found)
            addresses = found.addresses
        if self.around.depth is Depth.CONNECT and addresses:
            self.around.talk_to(addresses)
            knocked = self.knocked(addresses)
            self.sight.put(knocked.rows[0])
            if knocked.address:
                self.around.remember(self.host, knocked.address, addresses)
                self.around.hurry.set()

    def name(self) -> Lookup:
        """The site's addresses; where the resolver is slow, the site is tried meanwhile where it was last."""
        watch = Stopwatch()
        pending = Pending()
        task = Task(lambda: pending.set(self.around.look_up(self.host)))
        task.join(self.around.limit.within(NAME_PATIENCE).remaining())
        if task.is_alive() and self.known():
            self.knock(self.known())
        task.join(self.around.limit.remaining())
        if task.failure is not None:
            raise task.failure
        return pending.wait(0) or Lookup((), Reason.RESOLVER_TIMEOUT, watch.ms())

    def known(self) -> tuple[str, ...]:
        """Where the site was last."""
        return self.around.known(self.host, self.address.known_addresses)

    def knock(self, known: tuple[str, ...]) -> None:
        """Without a name: is the site there at all?"""
        self.around.talk_to(known)
        if known:
            self.sight.put(*self.knocked(known, "known").rows)
            return
        self.sight.put(skip(Layer.TCP, self.role, Reason.NO_KNOWN_ADDRESS))
        for layer in (Layer.TLS, Layer.HTTP):
            self.sight.put(skip(layer, self.role, Reason.EARLIER_LAYER_FAILED))

    def knocked(self, addresses: tuple[str, ...], *words: str) -> Visit:
        """A connection, once more if it fails."""
        first = self.visitor.knock(addresses, self.around.limit, *words)
        if first.address or not self.around.may_try_again():
            return first
        return better(first, self.visitor.knock(addresses, self.around.limit, *words))

    def visit(self, addresses: tuple[str, ...]) -> None:
        """The conversation, once more if it fails."""
        self.around.talk_to(addresses)
        around = self.around
        visit = self.visitor.visit(addresses, around.limit)
        if not visit.worked and around.may_try_again():
            if self.decides and visit.stalled:
                visit = self.in_small_pieces(visit)
            else:
                visit = better(visit, self.visitor.visit(addresses, around.limit))
        self.sight.put(*visit.rows)
        if not visit.worked:
            return
        if self.decides:
            visit = self.connect_again(visit)
            self.sight.put(visit.rows[0])
        if self.address.websocket is not None:
            self.open_channel(self.address.websocket, visit.address)
        around.remember(self.host, visit.address, addresses)
        if not self.decides:
            return
        around.hurry.set()
        if ":" not in visit.address:
            six = ipv6_answers(addresses, self.address.endpoint.port, around.limit)
            if six == 0:
                tcp = visit.rows[0]
                self.sight.put(replace(tcp, detail=f"{tcp.detail} ipv6=0".strip()))

    def connect_again(self, visit: Visit) -> Visit:
        """The page came, but its first packet was sent twice or more: the first after idle decides nothing.

        One connection more shows whether the way is slow; the lost packet stays on record.
        """
        limit, first = self.around.limit, visit.rows[0]
        if first.ms is None or first.ms < LATE_CONNECT or limit.remaining() < LEAST_TRY:
            return visit
        again = connect((visit.address,), self.address.endpoint.port, limit.within(first.ms / 1000))
        if again.socket is None:
            return visit
        again.socket.close()
        if again.ms >= LATE_CONNECT:
            return visit  # a long way, every time
        row = replace(first, ms=again.ms, detail=f"{first.detail} try=2".strip())
        return Visit((row, *visit.rows[1:]), visit.address)

    def open_channel(self, endpoint: Endpoint, answered: str) -> None:
        """The page came: does its data channel open too? A failure is tried once more."""
        around = self.around
        addresses: tuple[str, ...] = (answered,)
        if endpoint.host != self.host:
            given = dns.is_address(endpoint.host)
            addresses = (endpoint.host,) if given else around.look_up(endpoint.host).addresses
        if not addresses:  # a name that got lost refuses nothing
            self.sight.add(skip(Layer.HTTP, websocket.TARGET, Reason.NO_KNOWN_ADDRESS))
            return
        ca_file = around.config.ca_file
        row = websocket.look(endpoint, addresses, ca_file, around.limit)
        if row.result is Result.FAIL and around.may_try_again():
            again = websocket.look(endpoint, addresses, ca_file, around.limit)
            row = again if again.result is Result.OK else row
        self.sight.add(row)

    def in_small_pieces(self, stalled: Visit) -> Visit:
        """Once more what came to a standstill, in small packets, and then as before.

        Where only the small ones get through, the way swallows large ones without a word (path MTU).
        """
        limit = self.around.limit
        watch = Stopwatch()
        small = replace(self.visitor, small=True).visit((stalled.address,), limit)
        if small.steps <= stalled.steps:
            return stalled
        if limit.remaining() < LEAST_TRY + _SAME_AGAIN * watch.ms() / 1000:
            return stalled  # too little time to tell a black hole from bad luck
        again = better(stalled, self.visitor.visit((stalled.address,), limit))
        return again if again is not stalled else stalled.noting("mtu")

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


def _is_nowhere(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_loopback or ip.is_unspecified
