"""The kernel's tables of routes and neighbours, read as they are printed."""

import ipaddress
import struct

from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.route import gateway_in, resolved_in


def _route(gateway, *, metric=0, flags=3, destination="00000000", mask="00000000"):
    number = struct.unpack("=I", ipaddress.IPv4Address(gateway).packed)[0]
    return f"eth0\t{destination}\t{number:08X}\t{flags:04X}\t0\t0\t{metric}\t{mask}\t0\t0\t0\n"


def test_the_gateway_of_least_metric():
    lines = [_route("192.0.2.1", metric=600), _route("198.51.100.1", metric=100)]
    assert gateway_in(lines) == "198.51.100.1"


def test_routes_that_are_no_default_gateway():
    lines = [
        _route("192.0.2.1", destination="000200C0", mask="00FFFFFF"),
        _route("192.0.2.2", flags=1),
        _route("192.0.2.3", flags=2),
        "short line\n",
    ]
    assert gateway_in(lines) is None


def test_neighbours():
    lines = [
        "192.0.2.1   0x1  0x2  02:fc:00:00:00:05  *  eth0\n",
        "192.0.2.9   0x1  0x0  00:00:00:00:00:00  *  eth0\n",
    ]
    assert resolved_in(lines, "192.0.2.1") is True
    assert resolved_in(lines, "192.0.2.9") is False
    assert resolved_in(lines, "192.0.2.7") is None


def test_the_clock_of_this_pc():
    clock = Clock()
    assert clock.mono_ms() <= clock.mono_ms()
    assert clock.wall_ms() > 1_600_000_000_000
    assert clock.boot_id() == Clock().boot_id()
    assert 0 < len(clock.boot_id()) <= 64
