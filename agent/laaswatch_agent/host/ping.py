"""ICMP echo, where the system lets an ordinary program send it. The only import of icmplib."""

import functools
import socket
import struct
import sys

from laaswatch_agent.host import windows
from laaswatch_agent.host.errors import echo_reason
from laaswatch_agent.report.vocabulary import Reason


@functools.lru_cache(maxsize=1)
def privilege() -> str:
    """How echoes may be sent: "raw", "datagram", "windows", or "" where the system forbids it."""
    if sys.platform == "win32":
        return "windows" if windows.may_echo() else ""
    for name, kind in (("datagram", socket.SOCK_DGRAM), ("raw", socket.SOCK_RAW)):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except OSError:
            continue
        return name
    return ""


def echo(address: str, timeout: float) -> float | None:
    """Milliseconds until an IPv4 address sent our echo back; None if it did not in `timeout` seconds.

    Never raises for a network fault: an echo that could not be sent did not come back.
    """
    how = privilege()
    if how == "windows":
        return reply_ms(*windows.send_echo(address, timeout))
    return _posix(address, timeout, how)


def _posix(address: str, timeout: float, how: str) -> float | None:
    import icmplib  # it pulls in asyncio: only where echoes may be sent

    try:
        host = icmplib.ping(address, count=1, timeout=timeout, privileged=how == "raw")
    except (icmplib.ICMPLibError, OSError):
        return None
    # icmplib calls it no loss when nothing could be sent: count what came back.
    return float(host.min_rtt) if host.packets_received else None


def reply_ms(replies: int, reply: bytes) -> float | None:
    """The time in ms in an ICMP_ECHO_REPLY of Windows; None where its status is not success.

    A router that says "unreachable" is a reply too, and Windows counts it.
    """
    _, status, milliseconds = struct.unpack_from("=III", reply)
    if not replies or echo_reason(status) is not Reason.NONE:
        return None
    return max(float(milliseconds), 0.5)
