"""A TCP connection: does a port answer, and how soon."""

import contextlib
import socket
from dataclasses import dataclass

from laaswatch_agent.host.errors import network_reason, number_of
from laaswatch_agent.probes.result import Deadline, Stopwatch
from laaswatch_agent.report.vocabulary import Reason

MOST_ADDRESSES = 4
LEAST_PATIENCE = 4.0
"""Seconds an address gets before the next is tried: long enough to show a first packet sent again."""
LATE_CONNECT = 900.0
"""ms of a connect from which a first packet was sent again: systems do so after a second."""
_IPV6_PATIENCE = 3.3
"""Seconds in which a first packet is sent three times: one that got lost proves nothing."""
SMALL_SEGMENT = 536
"""Bytes of a TCP segment that every path carries (RFC 879)."""
SMALL_WINDOW = 1024


@dataclass(frozen=True, slots=True)
class Connection:
    """An open socket and the address it leads to, or the reason why there is none.

    `said` is the system's number for a reason that we do not know, as a fact for the detail.
    """

    socket: socket.socket | None
    address: str
    reason: Reason
    ms: float
    said: str = ""


def connect(
    addresses: tuple[str, ...], port: int, deadline: Deadline, *, small: bool = False
) -> Connection:
    """A connection to the first address that answers; the reason is that of the last one tried.

    `small` asks the other side for small packets only. The caller closes the socket.
    """
    last = Connection(None, "", Reason.NO_KNOWN_ADDRESS, 0.0)
    tried = addresses[:MOST_ADDRESSES]
    for n, address in enumerate(tried):
        share = max(deadline.remaining() / (len(tried) - n), LEAST_PATIENCE)
        watch = Stopwatch()
        try:
            seconds = max(deadline.within(share).remaining(), 0.01)
            if small:
                opened = _open_small(address, port, seconds)
            else:
                opened = socket.create_connection((address, port), seconds)
        except OSError as error:
            reason = network_reason(error)
            last = Connection(None, address, reason, watch.ms(), number_of(error, reason))
            if deadline.remaining() <= 0:
                break
        else:
            return Connection(opened, address, Reason.NONE, watch.ms())
    return last


def _open_small(address: str, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        ask_for_small_packets(opened)
        opened.settimeout(seconds)
        opened.connect((address, port))
    except OSError:
        opened.close()
        raise
    return opened


def ask_for_small_packets(fresh: socket.socket) -> None:
    """Have a socket that is not yet connected announce that it takes only small packets.

    Windows does not let programs set the segment size; there a window smaller than one packet has to do,
    which a sender fills with one small packet. Where neither works nothing is proved, and nothing claimed.
    """
    try:
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
    except (OSError, AttributeError):
        fresh.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)


def ipv6_answers(addresses: tuple[str, ...], port: int, deadline: Deadline) -> float | None:
    """1 or 0: does the first IPv6 address answer? None where the host or this PC has no IPv6."""
    six = [a for a in addresses if ":" in a]
    if not six or not has_ipv6_route(six[0]):
        return None
    opened = connect((six[0],), port, deadline.within(_IPV6_PATIENCE)).socket
    if opened is None:
        return 0.0
    opened.close()
    return 1.0


def has_ipv6_route(address: str) -> bool:
    """Would this PC send a packet to this IPv6 address? (Connecting UDP sends none.)"""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 53))
        return not probe.getsockname()[0].startswith("fe80")
    return False
