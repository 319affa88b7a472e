"""Which provider an office's line is, by the network that its reports come from; the registry is a hint.

Registries are wrong for some offices, and an office may change its line or report over a phone for a day. Of
an agent's address only a prefix is ever kept. Pure: prefixes and minutes in, providers out.

    operator      the operator's list of networks names the prefix (the longest one that holds it)
    neighbours    the offices of that prefix agree by their registry entries
    registry      neither says anything
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

KEPT_BITS = {4: 20, 6: 36}
"""How much of an address is kept: enough to tell the provider, too little to tell the office."""
LEAST_OFFICES = 3
MAJORITY = 0.7
"""Of the registered offices of a prefix that must name the same provider."""
MOST_PREFIXES = 100_000
_COLUMNS = ("prefix", "isp", "source")


class How(StrEnum):
    """What decided."""

    OPERATOR = "operator"
    NEIGHBOURS = "neighbours"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Inferred:
    """An office's provider, and what decided it."""

    isp: str
    how: How


@dataclass(frozen=True, slots=True)
class Network:
    """A row of the operator's list."""

    prefix: str
    isp: str
    source: str


Minutes = Mapping[str, Mapping[str, int]]
"""Office → prefix → agent-minutes."""


def prefix_of(address: str) -> str:
    """The prefix that is kept of an address; "" if it says nothing about a provider (private, unreadable)."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if not found.is_global or found.is_multicast:
        return ""
    return str(ip_network((found, KEPT_BITS[found.version]), strict=False))


def parse_networks(text: str, name: str) -> list[Network]:
    """The operator's list, CSV with the columns prefix, isp, source; lines with # are remarks.

    Raises ValueError that names file and line for a prefix that is none, or is narrower than what is kept.
    """
    lines = [
        (n, x) for n, x in enumerate(text.splitlines(), 1) if x.strip() and x.strip()[0] != "#"
    ]
    found: dict[str, Network] = {}
    rows = csv.reader(io.StringIO("\n".join(x for _, x in lines)))
    for (number, _), row in zip(lines, rows, strict=False):
        cells = [x.strip() for x in row]
        if tuple(cells) == _COLUMNS:
            continue
        where = f"{name}, line {number}"
        if len(cells) != len(_COLUMNS) or not cells[1]:
            raise ValueError(f"{where}: expected prefix, isp, source")
        try:
            network = ip_network(cells[0])
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        if network.prefixlen > KEPT_BITS[network.version]:
            kept = KEPT_BITS[network.version]
            raise ValueError(f"{where}: only /{kept} and wider can be told apart")
        found[str(network)] = Network(str(network), cells[1].upper(), cells[2])
        if len(found) > MOST_PREFIXES:
            raise ValueError(f"{where}: more than {MOST_PREFIXES} networks")
    return list(found.values())


def infer(
    day: Minutes, week: Minutes, registry: Mapping[str, str], networks: Iterable[Network] = ()
) -> dict[str, Inferred]:
    """The provider of every office of `registry` (office → provider or "") on one day.

    `day`: where its agents reported from on that day; a telephone or a second line counts by its minutes.
    `week`: the same of the seven days that end with it: how prefixes vote, and what counts for an office
    that was not heard on the day.
    """
    known = {x.prefix: x.isp for x in networks}
    voted = _votes(week, registry)
    found: dict[str, Inferred] = {}
    for office, registered in registry.items():
        prefix = _main(day.get(office) or week.get(office) or {})
        listed = _listed(prefix, known) if known and prefix else ""
        if listed:
            found[office] = Inferred(listed, How.OPERATOR)
        elif prefix in voted:
            found[office] = Inferred(voted[prefix], How.NEIGHBOURS)
        else:
            found[office] = Inferred(registered, How.REGISTRY)
    return found


def _votes(week: Minutes, registry: Mapping[str, str]) -> dict[str, str]:
    """Prefix → the provider that its offices agree on."""
    entries: dict[str, Counter[str]] = defaultdict(Counter)
    for office, prefixes in week.items():
        if registered := registry.get(office):
            entries[_main(prefixes)][registered] += 1
    voted = {}
    for prefix, counts in entries.items():
        isp, votes = min(counts.items(), key=lambda x: (-x[1], x[0]))
        offices = counts.total()
        if prefix and offices >= LEAST_OFFICES and votes >= MAJORITY * offices:
            voted[prefix] = isp
    return voted


def _main(prefixes: Mapping[str, int]) -> str:
    """The prefix with the most minutes; "" of none."""
    return min(prefixes, key=lambda x: (-prefixes[x], x), default="")


def _listed(prefix: str, known: Mapping[str, str]) -> str:
    network = _network(prefix)
    for bits in range(network.prefixlen, -1, -1):
        if isp := known.get(str(network.supernet(new_prefix=bits))):
            return isp
    return ""


@lru_cache(maxsize=65_536)
def _network(prefix: str) -> IPv4Network | IPv6Network:
    return ip_network(prefix)
