"""Which reports of one incarnation are held, and whether another one fits among them.

Kept as runs of numbers with the hashes at both ends, so that years of reports take a line of text, and
both seams of whatever comes are checked without looking at a single report:

    … run [3, 7] ▕ 8 ▏ run [9, 12] …      8 must name the head of the first run as its predecessor,
                                            and the second run's link must name 8
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_RUNS = 1000
"""An honest agent has one run, two while a backlog comes in, and one more for each line that was refused."""


class Fit(StrEnum):
    """What a report is to the ones that are held."""

    NEW = "new"
    KNOWN = "known"
    """Its number is held already: whether it is the same report, only its hash tells."""
    FORK = "fork"
    """It belongs to another past or future than the one that is held."""


@dataclass(frozen=True, slots=True)
class Run:
    """The reports `first` to `last`: `link` is the predecessor that `first` names, `head` the hash of `last`."""

    first: int
    last: int
    link: str
    head: str


class Held:
    """The runs of one incarnation, ascending, never touching. Changes as reports are added."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self.runs = list(runs)

    def fit(self, seq: int, sha256: str, previous: str) -> Fit:
        """What the report of this number, hash and predecessor (hexadecimal) is to the held ones."""
        place = self._place(seq)
        if place and seq <= self.runs[place - 1].last:
            return Fit.KNOWN
        before = self.runs[place - 1] if place else None
        after = self.runs[place] if place < len(self.runs) else None
        if before is not None and before.last == seq - 1 and before.head != previous:
            return Fit.FORK
        if after is not None and after.first == seq + 1 and after.link != sha256:
            return Fit.FORK
        return Fit.NEW

    def against(self, seq: int, previous: str) -> tuple[int, int]:
        """The held numbers, first and last, that speak against a report: of a history that is not its own.

        For a report that does not fit, or whose number is held with another hash.
        """
        place = self._place(seq)
        before = self.runs[place - 1] if place else None
        if before is not None and seq <= before.last:
            return seq, before.last
        if before is not None and before.last == seq - 1 and before.head != previous:
            return before.last, before.last
        after = self.runs[place]  # the only seam left
        return after.first, after.last

    def add(self, seq: int, sha256: str, previous: str) -> None:
        """Hold a report that is new."""
        place = self._place(seq)
        run = Run(seq, seq, previous, sha256)
        if place < len(self.runs) and self.runs[place].first == seq + 1:
            after = self.runs.pop(place)
            run = Run(seq, after.last, previous, after.head)
        if place and self.runs[place - 1].last == seq - 1:
            before = self.runs[place - 1]
            self.runs[place - 1] = Run(before.first, run.last, before.link, run.head)
        else:
            self.runs.insert(place, run)

    def __contains__(self, seq: int) -> bool:
        place = self._place(seq)
        return place > 0 and seq <= self.runs[place - 1].last

    def _place(self, seq: int) -> int:
        """How many runs begin at or before this number."""
        return bisect_right(self.runs, seq, key=lambda run: run.first)

    def to_text(self) -> str:
        """For the store."""
        return json.dumps(
            [[r.first, r.last, r.link, r.head] for r in self.runs], separators=(",", ":")
        )

    @classmethod
    def from_text(cls, text: str) -> "Held":
        """What `to_text` wrote."""
        return cls(Run(*fields) for fields in json.loads(text))
