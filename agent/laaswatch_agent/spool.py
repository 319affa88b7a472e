"""The durable queue between measuring and sending: nothing that `add_round` took is ever lost to a kill.

What is kept leaves only when it was acknowledged, or oldest first when the caps are reached; whatever
could not be kept is reported as a gap as soon as the disk takes it. How the file itself survives is
`spool_database`'s business.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from laaswatch_agent.report.codec import MAX_REPORTS, MalformedReport, pack_round, seal, unseal
from laaswatch_agent.report.model import NO_HASH, Gap, PresenceMark, ProbeRound
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.spool_database import SpoolDatabase, SpoolFailed, SpoolInUse
from laaswatch_agent.spool_rows import add_gap, add_marks, joined, remember, set_aside
from laaswatch_agent.spool_sealing import (
    Chain,
    Circumstances,
    chain_of,
    evict,
    report_of,
    reseal_from,
    seal_waiting,
)
from laaswatch_agent.spool_tables import (
    RESTORABLE,
    Sealed,
    SpoolCounts,
    Unreadable,
    counts,
    json_object,
    recall,
    recent,
    restore,
)

__all__ = ["Circumstances", "Limits", "Spool", "SpoolFailed", "SpoolInUse"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the spool may hold.

    `rounds` is thirty days of measuring every 30 s without a pause. It is counted in rounds, not by the
    wall clock: a clock that jumps 543 years must not empty the spool.
    """

    bytes: int = 64 * 1024 * 1024
    rounds: int = 30 * 24 * 3600 // 30
    ballast: int = 4 * 1024 * 1024
    recent: int = 2000


class Spool:
    """The spool in `folder`. Safe to use from several threads of one process."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self._limits = limits or Limits()
        self._guard = threading.Lock()
        self._missed: Gap | None = None
        self._database = SpoolDatabase(folder, self._limits.ballast)

    def close(self) -> None:
        """Leave the spool to the next process."""
        self._database.close()

    # ------------------------------------------------------------------ taking in
    def add_round(
        self,
        one: ProbeRound,
        circumstances: Circumstances,
        marks: Sequence[PresenceMark] = (),
        notes: Mapping[str, str] | None = None,
    ) -> bool:
        """Keep one round, with marks and notes, in one transaction; False = the disk refused (counted)."""
        body = pack_round(one)
        stamp = json.dumps(asdict(circumstances), sort_keys=True)
        try:  # what the collector would refuse must not stand in the queue
            trial = report_of(Chain("", 1, NO_HASH), circumstances, one.at, (one,), tuple(marks))
            unseal(seal(trial))
            malformed = ""
        except MalformedReport as error:
            malformed = str(error)
            log.warning("a round outside the report format was set aside: %s", error)

        def work(c: sqlite3.Connection) -> None:
            if malformed:
                set_aside(c, one.at, malformed, body)
                add_gap(c, Gap(1, one.at, one.at, "malformed"))
            else:
                c.execute(
                    "INSERT OR IGNORE INTO rounds (boot, mono, at, circumstances, body)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (circumstances.boot, one.mono, one.at, stamp, body),
                )
                add_marks(c, marks)
                remember(c, {"circumstances": stamp})
            remember(c, notes or {})
            c.execute("INSERT INTO recent (at, fault) VALUES (?, ?)", (one.at, one.fault))
            c.execute(
                "DELETE FROM recent WHERE id <= (SELECT MAX(id) FROM recent) - ?",
                (self._limits.recent,),
            )
            if self._missed is not None:
                add_gap(c, self._missed)

        try:
            self._database.write(work)
        except SpoolFailed:
            with self._guard:
                self._missed = joined(self._missed, Gap(1, one.at, one.at, "disk_refused"))
            return False
        self._missed = None
        return True

    def add_mark(self, mark: PresenceMark) -> bool:
        """Keep one presence mark; False = the disk refused."""
        try:
            self._database.write(lambda c: add_marks(c, (mark,)))
        except SpoolFailed:
            return False
        return True

    def remember(self, **notes: str) -> bool:
        """Keep notes under their names (the last contact, the collector's settings, …)."""
        try:
            self._database.write(lambda c: remember(c, notes))
        except SpoolFailed:
            return False
        return True

    # ------------------------------------------------------------------ sealing
    def seal(self, made: int, *, beacon: str = "", marks_alone: bool = False) -> int | None:
        """Number and chain what waits; the new report's seq, or None where there was nothing to seal.

        Takes rounds of one set of circumstances, at most `ROUNDS_A_REPORT`: call until None. Marks and
        gaps travel with rounds; `marks_alone` seals them without (at a clean stop). Raises SpoolFailed.
        """

        def work(c: sqlite3.Connection) -> int | None:
            seq = seal_waiting(c, made, beacon=beacon, marks_alone=marks_alone)
            evict(c, self._limits.bytes, self._limits.rounds)
            return seq

        return self._database.write(work)

    # ------------------------------------------------------------------ giving out
    @property
    def incarnation(self) -> str:
        """The name of this life of the spool."""
        return self._database.write(chain_of).incarnation

    def pending(
        self,
        limit_bytes: int,
        *,
        newest_first: bool = False,
        most: int = MAX_REPORTS,
        leave_out: Container[tuple[str, int]] = (),
    ) -> list[Sealed]:
        """Reports of one incarnation to send now, at most `limit_bytes` of lines, in order of number.

        At least one is returned where any waits that is not in `leave_out` (incarnation, seq). A stored
        report that is not what was sealed is set aside and counted as a gap.
        """
        order = "DESC" if newest_first else "ASC"
        chosen: list[Sealed] = []
        damaged: list[tuple[str, int, str]] = []

        def work(c: sqlite3.Connection) -> None:
            chosen.clear()
            damaged.clear()
            size = 0
            for row in c.execute(f"SELECT {RESTORABLE} FROM sealed ORDER BY id {order}"):  # noqa: S608 - constants
                try:
                    found = restore(row)
                except Unreadable as error:
                    damaged.append((row[1], row[2], str(error)))
                    continue
                if (found.incarnation, found.seq) in leave_out:
                    continue
                size += len(found.line) + 1
                other_life = chosen and found.incarnation != chosen[0].incarnation
                if chosen and (size > limit_bytes or other_life or len(chosen) == most):
                    return
                chosen.append(found)

        self._database.read(work, frees=True)  # what is handed out will be deleted
        for incarnation, seq, reason in damaged:
            self.quarantine(incarnation, seq, reason)
        return sorted(chosen, key=lambda s: s.seq)

    def delete_acked(self, incarnation: str, ranges: Iterable[tuple[int, int]]) -> int:
        """Forget what the collector has: reports whose number is in one of the closed `ranges`."""
        wanted = list(ranges)

        def work(c: sqlite3.Connection) -> int:
            return sum(
                c.execute(
                    "DELETE FROM sealed WHERE incarnation = ? AND seq BETWEEN ? AND ?",
                    (incarnation, first, last),
                ).rowcount
                for first, last in wanted
            )

        deleted = self._database.write(work, frees=True)
        self._database.restore_ballast()
        return deleted

    def quarantine(self, incarnation: str, seq: int, reason: str) -> None:
        """Set one report aside, never to be sent again, and count its rounds as a gap."""

        def work(c: sqlite3.Connection) -> None:
            row = c.execute(
                "SELECT id, rounds, first_at, last_at, body FROM sealed"
                " WHERE incarnation = ? AND seq = ?",
                (incarnation, seq),
            ).fetchone()
            if row is not None:
                set_aside(c, row[2], reason, row[4])
                add_gap(c, Gap(row[1], row[2], row[3], "refused"))
                c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))

        self._database.write(work)

    def reseal(self, incarnation: str, first: int) -> str:
        """Seal the waiting reports numbered `first` and up of one life again, in a new one; its name.

        Their numbers are taken at the collector by another history of this PC (a restored or copied
        disk). The rounds are true nonetheless, and a new incarnation keeps the two histories apart.
        Each report names the hash of the one before, so after one that differs all others do.
        """
        return self._database.write(lambda c: reseal_from(c, incarnation, first))

    def counts(self) -> SpoolCounts:
        """What the spool holds."""
        return self._database.read(counts)

    def recall(self, key: str) -> str | None:
        """What was remembered under `key`; None where nothing was, or the disk does not say."""
        try:
            return self._database.read(lambda c: recall(c, key))
        except SpoolFailed as error:
            log.warning("%s is not known: %s", key, error)
            return None

    def recall_json(self, key: str) -> dict[str, Any]:
        """What was remembered under `key` as a JSON object, or {}."""
        return json_object(self.recall(key))

    def recent(self, since: int) -> list[tuple[int, Fault]]:
        """(wall clock ms, fault) of this PC's own rounds since `since`."""
        return self._database.read(lambda c: recent(c, since))
