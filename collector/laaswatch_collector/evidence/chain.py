"""Is a run of sealed reports whole? Each names the SHA-256 of the one before (report.chain).

A changed, exchanged or inserted line breaks the link to its neighbour. A missing one leaves a gap in the
numbers: it may still be on its way, so a gap is named and is no accusation. What the last line says is
vouched for by no later line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import MalformedReport, unseal
from laaswatch_agent.report.model import NO_HASH


class Finding(StrEnum):
    """What is not as it should be between one report and the next."""

    UNREADABLE = "unreadable"
    """The line is no report of the format."""
    OUT_OF_ORDER = "out_of_order"
    """Its number does not come after the one before."""
    MISSING = "missing"
    """Numbers before it are not there (yet)."""
    BROKEN = "broken"
    """It names another predecessor than the line before it: one of the two was altered."""


@dataclass(frozen=True, slots=True)
class Break:
    """A finding at a position of the run (from 0), with the report's number where it could be read."""

    position: int
    seq: int | None
    finding: Finding


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain is made of: a report's number, the hash that it names as its predecessor's, its own."""

    seq: int
    previous: str
    sha256: str


def verify(sealed: Sequence[bytes]) -> tuple[Break, ...]:
    """Everything wrong with the reports of one agent's incarnation, in the order of their numbers."""
    return verify_links(map(_link, sealed))


def verify_links(links: Iterable[Link | None]) -> tuple[Break, ...]:
    """The same of reports that somebody else has read; None is one that cannot be read.

    The run may begin anywhere; if it begins with number 1, that one must name no predecessor.
    """
    found: list[Break] = []
    before: tuple[int, str] | None = (0, NO_HASH)
    for position, link in enumerate(links):
        if link is None:
            found.append(Break(position, None, Finding.UNREADABLE))
            before = None
            continue
        finding = _between(before, link.seq, link.previous, first=position == 0)
        if finding is not None:
            found.append(Break(position, link.seq, finding))
        before = (link.seq, link.sha256)
    return tuple(found)


def _link(line: bytes) -> Link | None:
    try:
        report = unseal(line)
    except MalformedReport:
        return None
    return Link(report.seq, report.previous, hash_of(line))


def _between(
    before: tuple[int, str] | None, seq: int, previous: str, *, first: bool
) -> Finding | None:
    if before is None:
        return None  # already named; what follows an unreadable line cannot be held against it
    if seq <= before[0]:
        return Finding.OUT_OF_ORDER
    if seq > before[0] + 1:
        return None if first else Finding.MISSING
    return None if previous == before[1] else Finding.BROKEN
