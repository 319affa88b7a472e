"""ICMP echo to a neighbour; hosts further away are asked by TCP, which fewer firewalls drop."""

from laaswatch_agent.host.ping import echo, privilege

TIMEOUT = 1.0
"""Seconds for one echo."""


def may_ping() -> bool:
    """Does the system let this process send echoes?"""
    return privilege() != ""


def ping(address: str, tries: int = 1) -> float | None:
    """The time in ms of the first of so many echoes that comes back, or None."""
    for _ in range(tries if may_ping() else 0):
        ms = echo(address, TIMEOUT)
        if ms is not None:
            return round(ms, 2)
    return None
