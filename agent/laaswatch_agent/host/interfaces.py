"""What the system says of this PC's own network interfaces and load (psutil)."""

import ipaddress
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

LEAST_READING = 5.0
"""Seconds over which the processor's load means something."""
LEAST_TRAFFIC_READING = 1.0
"""Seconds over which the bytes moved mean something."""
_LOOPBACK = re.compile(
    r"(lo\d*$|loopback|ifb|dummy|sit\d|gre|erspan|tunl|ip6|ip_vti|isatap|teredo|6to4)",
    re.IGNORECASE,
)
"""Never a way outside."""
_VIRTUAL = re.compile(
    r"(docker|veth|br-|virbr|vmnet|vboxnet|vethernet|virtualbox|vmware)", re.IGNORECASE
)
"""Up and with an address whether or not the PC's own cable is in."""
_WIRELESS = re.compile(r"(wl|ath|ra\d|wi-?fi|wireless)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface that could lead outside. `addresses` are all of its IP addresses."""

    wireless: bool
    up: bool
    addresses: tuple[str, ...]

    @property
    def usable(self) -> tuple[str, ...]:
        """Addresses given by a network, not made up by the PC itself."""
        return tuple(a for a in self.addresses if not is_self_made(a))


@dataclass(frozen=True, slots=True)
class Load:
    """Per cent of processor (since the last reading) and memory in use."""

    cpu: float
    memory: float


def interfaces() -> list[Interface]:
    """The interfaces of this PC that could lead outside: not loopback, and not those of virtual machines
    and containers, unless there are no others.
    """
    states = psutil.net_if_stats()
    addresses_of = psutil.net_if_addrs()
    found = []
    for name in outward(addresses_of):
        addresses = addresses_of[name]
        state = states.get(name)
        found.append(
            Interface(
                wireless=_WIRELESS.match(name) is not None,
                up=state is not None and state.isup,
                addresses=tuple(
                    a.address.partition("%")[0]
                    for a in addresses
                    if a.family in {socket.AF_INET, socket.AF_INET6}
                ),
            )
        )
    return found


def outward(names: Iterable[str]) -> list[str]:
    """The names of interfaces that could lead outside."""
    candidates = [n for n in names if not _LOOPBACK.match(n)]
    return [n for n in candidates if not _VIRTUAL.match(n)] or candidates


class TrafficMeter:
    """What passes this PC's own cable or Wi-Fi, from the system's byte counters."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._bytes = _counted()

    def read(self, spare: int = 0) -> float:
        """kbit/s since the reading before, in the busier direction; `spare` bytes are not counted.

        0 where the time was too short to tell.
        """
        seconds = time.monotonic() - self._at
        if seconds < LEAST_TRAFFIC_READING:
            return 0.0
        before, self._bytes = self._bytes, _counted()
        self._at += seconds
        return busier(before, self._bytes, seconds, spare)


def busier(before: tuple[int, int], now: tuple[int, int], seconds: float, spare: int = 0) -> float:
    """kbit/s in the busier direction. Counters that went back (a card was pulled) count as nothing."""
    moved = max(b - a for a, b in zip(before, now, strict=True))
    return max(moved - spare, 0) * 8 / 1000 / seconds


def _counted() -> tuple[int, int]:
    counters = psutil.net_io_counters(pernic=True)
    own = [counters[name] for name in outward(counters)]
    return sum(x.bytes_recv for x in own), sum(x.bytes_sent for x in own)


class LoadMeter:
    """How busy the PC is. The processor's share counts from the reading before, if that is not too near:
    a program that has just started sees mostly itself.
    """

    def __init__(self) -> None:
        self._read_at = time.monotonic()
        psutil.cpu_percent(interval=None)

    def read(self) -> Load:
        """The load now; 0 for the processor where the time was too short to tell."""
        now = time.monotonic()
        cpu = 0.0
        if now - self._read_at >= LEAST_READING:
            cpu = psutil.cpu_percent(interval=None)
            self._read_at = now
        return Load(cpu, psutil.virtual_memory().percent)


def is_self_made(address: str) -> bool:
    """Is this 169.254.x.x, fe80:: or loopback: an address that nobody else gave?"""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return True
    return ip.is_link_local or ip.is_loopback or ip.is_unspecified
