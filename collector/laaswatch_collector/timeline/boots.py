"""What the deliveries of a PC have taught about its clocks, boot by boot.

A delivery names both clocks of the PC at its sending. So each boot that ever sent one is tied to the
collector's clock for good, and a report made in it can be placed by the monotonic clock even if it comes
after a restart, and whatever the wall clock was set to meanwhile.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 8
"""Boots remembered for one agent: a report seldom waits over more than one."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot that sent something. All times in ms.

    `first`: the lowest report number known to be its own. `origin`: when its monotonic clock read 0, on our
    clock. `ahead`: how far its wall clock was ahead of ours. `heard`: when we last heard from it.
    """

    name: str
    first: int
    origin: int
    ahead: int
    heard: int


class Boots:
    """The newest boots of one agent, in their order. Changes as deliveries come."""

    def __init__(self, known: Iterable[Boot] = ()) -> None:
        self.known = list(known)

    def learn(
        self, name: str, first: int, *, sent_ms: int, sent_mono_ms: int, received_ms: int
    ) -> None:
        """A delivery sent in this boot arrived; its own reports begin at number `first` at the latest."""
        origin, ahead = received_ms - sent_mono_ms, sent_ms - received_ms
        for old in self.known:
            if old.name == name:
                first = min(first, old.first)
                # The fastest delivery tells the origin best; a slow one makes it look later than it was.
                origin = min(origin, old.origin)
                received_ms = max(received_ms, old.heard)
                self.known.remove(old)
                break
        self.known.append(Boot(name, first, origin, ahead, received_ms))
        self.known = sorted(self.known, key=lambda boot: boot.first)[-KEPT:]

    def origin(self, name: str) -> int | None:
        """When this boot's monotonic clock read 0, in ms on the collector's clock; None if it never sent."""
        return next((x.origin for x in self.known if x.name == name), None)

    def around(self, seq: int) -> tuple[Boot | None, Boot | None]:
        """The boots before and after the one that made report `seq`, if that one never sent anything.

        The report was made after the one was last heard and before the other began, whatever its clock says.
        """
        before = next((x for x in reversed(self.known) if x.first < seq), None)
        return before, next((x for x in self.known if x.first > seq), None)

    def to_text(self) -> str:
        """For the store."""
        rows = [[x.name, x.first, x.origin, x.ahead, x.heard] for x in self.known]
        return json.dumps(rows, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Boots":
        """What `to_text` wrote."""
        return cls(Boot(*fields) for fields in json.loads(text))
