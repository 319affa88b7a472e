"""The default gateway, and whether it answers address resolution, as the system tells it."""

import ipaddress
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_UP, _GATEWAY = 0x1, 0x2
_COMPLETE = 0x2


def gateway_in(lines: Iterable[str]) -> str | None:
    """The default gateway of least metric in the lines of /proc/net/route."""
    best: tuple[int, str] | None = None
    for line in lines:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        flags, metric = int(fields[3], 16), int(fields[6])
        if flags & _UP and flags & _GATEWAY:
            # The kernel prints the address in the machine's own byte order.
            address = str(ipaddress.IPv4Address(struct.pack("=I", int(fields[2], 16))))
            best = min(best, (metric, address)) if best else (metric, address)
    return best[1] if best else None


def resolved_in(lines: Iterable[str], address: str) -> bool | None:
    """Is the entry for the address in /proc/net/arp complete? None where there is no entry."""
    for line in lines:
        fields = line.split()
        if len(fields) >= 4 and fields[0] == address:
            return bool(int(fields[2], 16) & _COMPLETE)
    return None


if sys.platform == "win32":
    import ctypes

    class _Route(ctypes.Structure):
        # MIB_IPFORWARDROW; only the next hop is read.
        _fields_ = [
            (name, ctypes.c_uint32)
            for name in (
                *("destination", "mask", "policy", "next_hop", "interface", "kind", "protocol"),
                *("age", "next_hop_as", "metric1", "metric2", "metric3", "metric4", "metric5"),
            )
        ]

    def default_gateway() -> str | None:
        """The address of the default gateway, or None."""
        route = _Route()
        # The way to any public address; asking sends nothing.
        if ctypes.windll.iphlpapi.GetBestRoute(_number("1.1.1.1"), 0, ctypes.byref(route)):
            return None
        return str(ipaddress.IPv4Address(struct.pack("=I", route.next_hop)))

    def resolves(address: str) -> bool | None:
        """Does the neighbour answer address resolution? None where that cannot be told."""
        hardware = ctypes.create_string_buffer(8)
        length = ctypes.c_uint32(len(hardware))
        asked = ctypes.windll.iphlpapi.SendARP(_number(address), 0, hardware, ctypes.byref(length))
        return asked == 0 and length.value > 0

    def _number(address: str) -> int:
        return int(struct.unpack("=I", ipaddress.IPv4Address(address).packed)[0])

else:

    def default_gateway() -> str | None:
        """The address of the default gateway, or None where there is none or the system hides it."""
        return gateway_in(_lines("/proc/net/route"))

    def resolves(address: str) -> bool | None:
        """Does the neighbour answer address resolution? None where that cannot be told.

        True for a few seconds more than it is so: until the system has asked in vain.
        """
        return resolved_in(_lines("/proc/net/arp"), address)

    def _lines(path: str) -> list[str]:
        try:
            return Path(path).read_text(encoding="ascii", errors="replace").splitlines()[1:]
        except OSError:
            return []


def tells_gateways() -> bool:
    """Can this system be asked for its gateway at all?"""
    return sys.platform == "win32" or Path("/proc/net/route").exists()
