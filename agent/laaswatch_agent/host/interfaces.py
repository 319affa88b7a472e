"""What the system says of this PC's own network interfaces and load (psutil)."""

import ipaddress
import re
import socket
import time
from dataclasses import dataclass

import psutil

LEAST_READING = 5.0
"""Seconds over which the processor's load means something."""
_VIRTUAL = re.compile(
    r"(lo|docker|veth|br-|virbr|vmnet|vboxnet|ifb|dummy|sit|gre|ip6tnl|loopback|vethernet|"
    r"virtualbox|vmware|isatap|teredo|6to4)",
    re.IGNORECASE,
)
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
    """The interfaces of this PC without loopback and those of virtual machines."""
    states = psutil.net_if_stats()
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        if _VIRTUAL.match(name):
            continue
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
