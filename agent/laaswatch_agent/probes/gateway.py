"""The office's router: alive, dead, or of the kind that never answers anybody.

Three questions, any answer is life: an ICMP echo where the system lets us send one; a TCP connect, where
a refusal is as good as a welcome; and address resolution, which a living router cannot refuse.
"""

import socket
import threading

from laaswatch_agent.host.errors import network_reason
from laaswatch_agent.host.route import default_gateway, resolves, tells_gateways
from laaswatch_agent.probes.icmp import may_ping, ping
from laaswatch_agent.probes.result import Deadline, Stopwatch, fail, ok, skip
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason

PORTS = (53, 80, 443)
_CONNECT_SECONDS = 1.0
FORGETTING = 9.0
"""Seconds in which a system notices that a neighbour has gone (Linux: 5 s of trust, 3 questions)."""


def look(deadline: Deadline, hurry: threading.Event) -> LayerResult:
    """The gateway layer. Once `hurry` is set nobody needs the answer any more: what is known, is said."""
    address = default_gateway()
    if address is None or address == "0.0.0.0":
        missing = Reason.NO_GATEWAY if tells_gateways() else Reason.NOT_PERMITTED
        return skip(Layer.GATEWAY, "", missing)
    return knock(address, deadline.within(FORGETTING), hurry)


def knock(address: str, deadline: Deadline, hurry: threading.Event) -> LayerResult:
    """Is the router at this address alive?"""
    watch = Stopwatch()
    echo = ping(address)
    if echo is not None:
        return ok(Layer.GATEWAY, "", echo, "ping")
    reason = Reason.TIMEOUT
    for port in PORTS:
        reason, ms = _touch(address, port, deadline)
        if reason in {Reason.NONE, Reason.REFUSED, Reason.RESET}:
            return ok(Layer.GATEWAY, "", ms, "tcp")
        if hurry.is_set() or reason is Reason.HOST_UNREACHABLE:
            break
    echo = None if hurry.is_set() else ping(address, tries=2)
    if echo is not None:
        return ok(Layer.GATEWAY, "", echo, "ping", **{"try": 2.0})
    # A system trusts what it knows of its neighbours; of a dead one it finds out only after we called.
    while resolves(address) and deadline.remaining() > 0 and not hurry.wait(0.5):
        pass
    alive = resolves(address)
    if alive:
        return ok(Layer.GATEWAY, "", None, "arp")
    if alive is None and not may_ping() and reason is Reason.TIMEOUT:
        return skip(Layer.GATEWAY, "", Reason.NOT_PERMITTED)
    return fail(Layer.GATEWAY, "", reason, watch.ms())


def _touch(address: str, port: int, deadline: Deadline) -> tuple[Reason, float]:
    watch = Stopwatch()
    seconds = max(deadline.within(_CONNECT_SECONDS).remaining(), 0.01)
    try:
        socket.create_connection((address, port), seconds).close()
    except OSError as error:
        return network_reason(error), watch.ms()
    return Reason.NONE, watch.ms()
