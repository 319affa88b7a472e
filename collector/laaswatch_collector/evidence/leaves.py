"""What the leaves of the evidence log say. One line of JSON in one spelling; what it commits to stands as hashes.

| kind | commits to |
| --- | --- |
| `agent_day` | every report of one life of a PC's spool that arrived on a local day, with the time of its arrival |
| `ledger_import` | the file of an import, and what was counted in it |
| `office_month` | an office's entries of a month, and what is said of each |
| `document` | the facts of a document that was made |
| `audit` | a stretch of the audit |
| `beat` | nothing: a number that nobody could have guessed before |
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Kind(StrEnum):
    """Kinds of leaves."""

    AGENT_DAY = "agent_day"
    LEDGER_IMPORT = "ledger_import"
    OFFICE_MONTH = "office_month"
    DOCUMENT = "document"
    AUDIT = "audit"
    BEAT = "beat"


@dataclass(frozen=True, slots=True)
class Leaf:
    """`subject`: what of its kind, e.g. an import's number; `body`: the line that is hashed."""

    kind: Kind
    subject: str
    body: str

    @property
    def values(self) -> dict[str, Any]:
        """What it says."""
        values: dict[str, Any] = json.loads(self.body)
        return values


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report that arrived: its number, the SHA-256 of its sealed line, when (ms since 1970).

    `sent_ms`, `mono_ms`, `boot`: the clocks of the PC at the sending, which came with it.
    """

    seq: int
    sha256: bytes
    received_ms: int
    sent_ms: int
    mono_ms: int
    boot: str

    def line(self) -> bytes:
        """In its one spelling."""
        said = [
            self.seq,
            self.sha256.hex(),
            self.received_ms,
            self.sent_ms,
            self.mono_ms,
            self.boot,
        ]
        return json.dumps(said, separators=(",", ":")).encode()


def line_of(values: Mapping[str, Any]) -> str:
    """JSON in one spelling: keys sorted, no spaces, plain ASCII."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def agent_day(
    agent: str, incarnation: str, day: str, receipts: Sequence[Receipt], office: str
) -> Leaf:
    """One life of one PC's spool on one local day of arrival; at least one receipt, ascending numbers."""
    return Leaf(
        Kind.AGENT_DAY,
        subject_of(day, agent, incarnation),
        line_of(
            {
                "kind": Kind.AGENT_DAY,
                "agent": agent,
                "incarnation": incarnation,
                "office": office,
                "day": day,
                "first": receipts[0].seq,
                "last": receipts[-1].seq,
                "head": receipts[-1].sha256.hex(),
                "reports": len(receipts),
                "sha256": digest(x.line() for x in receipts),
            }
        ),
    )


def subject_of(day: str, agent: str, incarnation: str) -> str:
    """What the leaf of an agent's day is called."""
    return f"{day} {agent} {incarnation}"


def rows_leaf(kind: Kind, subject: str, about: Mapping[str, Any], rows: Iterable[str]) -> Leaf:
    """A leaf over rows, each in one spelling: what it is about, how many they are, and their digest."""
    lines = [row.encode() for row in rows]
    said = {**about, "kind": kind, "rows": len(lines), "sha256": digest(lines)}
    return Leaf(kind, subject, line_of(said))


def plain_leaf(kind: Kind, subject: str, values: Mapping[str, Any]) -> Leaf:
    """A leaf that says all it has to say itself."""
    return Leaf(kind, subject, line_of({**values, "kind": kind}))


def digest(lines: Iterable[bytes]) -> str:
    """SHA-256, in hexadecimal, over lines that each end in a line feed."""
    found = sha256()
    for line in lines:
        found.update(line + b"\n")
    return found.hexdigest()
