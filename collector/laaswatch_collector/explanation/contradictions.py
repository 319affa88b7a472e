"""What speaks against an outage that an office claims: facts for a person to look at, never a judgement.

A claim is an outage of the office's own line or of its PCs as the agents reported it. What contradicts it is seen
from elsewhere: the ledger (an entry made on the server meanwhile), the collector (a report that arrived), a
peer in the same office (whose round reached the site), the chain of a device's own reports (cut or doubled).
Posting during an outage may well be honest, at a partner office or over a phone: it is told, and counts against
the outage only where the office went on as ever (`explanation.replay`, `denied`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.timeline.conclusions import Outage, Scope

EDGE = 90
"""Seconds at both ends of an outage that say nothing: clocks and rounds are no finer."""
LINE_FAULTS = frozenset({Fault.PC_LINK, Fault.GATEWAY, Fault.UPLINK, Fault.BEYOND_GATEWAY})
"""Faults with which nothing of the office could have reached the collector either."""
CHAIN_DAYS = 1
"""Days around a broken chain in which that device's word is weak."""
_DAY = 86_400


class Flag(StrEnum):
    """Ids as stored; the words for people stand in the page texts."""

    POSTED_INSIDE = "posted_inside"
    CONTACT_INSIDE = "contact_inside"
    PEER_REACHED = "peer_reached"
    CHAIN_BROKEN = "chain_broken"
    CABLE_OUT = "cable_out"


CONTRADICTING = frozenset({Flag.CONTACT_INSIDE, Flag.PEER_REACHED})
"""Flags that an outage of a line cannot be true beside; the others may have an innocent reason."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """One flag on one outage: how often, and when first (seconds)."""

    outage: str
    flag: Flag
    count: int
    first: int


@dataclass(frozen=True, slots=True)
class Witness:
    """What is known of an office beside its claims. Times in seconds, ascending.

    `posted`: ledger entries whose posting time is exact. `contacts`: reports that arrived from its PCs, by the
    collector's clock. `reached`: rounds of its PCs that reached the site. `broken`: forks and rollbacks.
    """

    posted: NDArray[np.int64]
    contacts: NDArray[np.int64]
    reached: NDArray[np.int64]
    broken: NDArray[np.int64]


def contradictions(outages: Sequence[Outage], witness: Witness) -> tuple[Flagged, ...]:
    """The flags on an office's own outages, in the order of the outages.

    Wider outages are seen by others too: what one office says or does neither makes nor breaks them.
    """
    return tuple(
        flag for outage in outages if outage.scope is Scope.OFFICE for flag in _of(outage, witness)
    )


def _of(outage: Outage, witness: Witness) -> list[Flagged]:
    low, high = outage.start + EDGE, outage.end - EDGE
    found = [_inside(outage, Flag.POSTED_INSIDE, witness.posted, low, high)]
    if outage.fault in LINE_FAULTS:
        found.append(_inside(outage, Flag.CONTACT_INSIDE, witness.contacts, low, high))
    found.append(_inside(outage, Flag.PEER_REACHED, witness.reached, low, high))
    near = CHAIN_DAYS * _DAY
    found.append(
        _inside(outage, Flag.CHAIN_BROKEN, witness.broken, outage.start - near, outage.end + near)
    )
    if outage.fault is Fault.PC_LINK:
        found.append(Flagged(outage.id, Flag.CABLE_OUT, 1, outage.start))
    return [x for x in found if x is not None]


def _inside(
    outage: Outage, flag: Flag, at: NDArray[np.int64], low: int, high: int
) -> Flagged | None:
    a, b = np.searchsorted(at, [low, max(low, high)])
    return Flagged(outage.id, flag, int(b - a), int(at[a])) if b > a else None
