"""The key of the collector's evidence log, pinned at the first contact, and whether checkpoints bear its signature.

| standing | |
| --- | --- |
| `""` | no checkpoint was ever signed |
| `unchecked` | they are signed; without the extra `signed`, or the collector's list of keys, nobody here can tell whether rightly |
| `signed` | the newest one bears the pinned key's signature |
| `unsigned` | the newest one bears none, and those before it did |
| `contradicted` | the newest one bears a signature that is not the pinned key's: another log, or a lost key |

A key that the pinned one names as its successor is pinned in its place. Whatever the standing, checkpoints are kept
and go into reports: what the collector said is told, and the doubt beside it.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from laaswatch_agent import ed25519
from laaswatch_agent.signed_note import is_signed, parts, read_verifier_key

log = logging.getLogger(__name__)

LOG_KEY = "log_key"
"""Under this name the spool remembers it all."""
STANDINGS = ("", "unchecked", "signed", "unsigned", "contradicted")
KEPT = 30
"""Signed checkpoints, as many as beacons."""
MOST_TEXT = 2000
_NEXT = "next key"
"""The second line of a handover (the collector's `store.log_keys`)."""

Fetch = Callable[[], dict[str, Any]]
"""Gets `/evidence/keys`; {} where that did not work."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one agent knows of its collector's log: the pinned key ("" = none), the standing, signed checkpoints."""

    agent: str
    pinned: str = ""
    standing: str = ""
    notes: tuple[str, ...] = ()

    def to_text(self) -> str:
        """For keeping."""
        return json.dumps([self.agent, self.pinned, self.standing, self.notes], ensure_ascii=True)

    @classmethod
    def from_text(cls, agent: str, text: str | None) -> "Known":
        """What `to_text` wrote; nothing of another agent's, which may have had another collector."""
        found = anybody_s(text)
        return found if found.agent == agent else cls(agent)


def anybody_s(text: str | None) -> Known:
    """What `Known.to_text` wrote, whosever it is."""
    try:
        whose, pinned, standing, notes = json.loads(text or "")
    except (ValueError, TypeError):
        return Known("")
    if standing not in STANDINGS or not isinstance(notes, list):
        return Known("")
    return Known(str(whose), str(pinned), str(standing), tuple(map(str, notes)))


def told(known: Known, beacon: str, note: object, fetch: Fetch) -> Known:
    """A new checkpoint was told, by its beacon, and perhaps as a signed note."""
    text = note if isinstance(note, str) and len(note) <= MOST_TEXT else ""
    if not text:
        return _with(known, "unsigned" if known.pinned or known.notes else "")
    known = Known(known.agent, known.pinned, known.standing, (*known.notes, text)[-KEPT:])
    if not ed25519.available():
        return _with(known, "unchecked")
    if not says(text, beacon):
        return _with(known, "contradicted")
    if known.pinned and _signed(text, known.pinned):
        return _with(known, "signed")
    return _by_another_key(known, text, fetch())


def _by_another_key(known: Known, text: str, answer: dict[str, Any]) -> Known:
    """The pinned key did not sign this: did the one that may take its place?"""
    if not answer:
        return _with(known, "unchecked")
    key = next((x for x in _successors(known.pinned, answer.get("keys")) if _signed(text, x)), "")
    if not key:
        return _with(known, "contradicted")
    return _with(Known(known.agent, key, known.standing, known.notes), "signed")


def says(note: str, beacon: str) -> bool:
    """Whether a note is the checkpoint of this beacon."""
    lines = parts(note)[0].split("\n")
    size, _, root = beacon.partition(".")
    try:
        return lines[1:] == [size, b64encode(bytes.fromhex(root)).decode(), ""]
    except ValueError:
        return False


def _with(known: Known, standing: str) -> Known:
    if standing != known.standing and standing in ("unsigned", "contradicted"):
        log.warning("the collector's evidence log: the newest checkpoint is %s", standing)
    return Known(known.agent, known.pinned, standing, known.notes)


def _signed(note: str, key: str) -> bool:
    try:
        return is_signed(*parts(note), read_verifier_key(key))
    except ValueError:
        return False


def _successors(pinned: str, rows: object) -> Sequence[str]:
    """The keys that may be pinned now: whichever is in use at the first contact, else what the pinned one leads to."""
    told = [x for x in rows if isinstance(x, dict)] if isinstance(rows, list) else []
    if not pinned:
        return [str(x.get("key", "")) for x in told[-1:]]
    reached = [pinned]
    for row in told:
        key = str(row.get("key", ""))
        if key not in reached and _handed_over(str(row.get("handover", "")), reached[-1], key):
            reached.append(key)
    return reached[1:]


def _handed_over(handover: str, before: str, key: str) -> bool:
    lines = parts(handover)[0].split("\n")
    try:
        name = read_verifier_key(key).name
        own = read_verifier_key(before)
    except ValueError:
        return False
    return name == own.name and lines == [name, _NEXT, key, ""] and _signed(handover, before)
