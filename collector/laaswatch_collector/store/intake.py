"""A delivery made ready to store: unsealed, packed, compressed and placed on the collector's clock.

No database here: this is the costly part, and it runs outside the writer thread.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from laaswatch_agent.report.codec import MalformedReport, unseal
from laaswatch_agent.report.model import Delivery, Envelope, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Layer, Reason, State, state_of
from laaswatch_collector.timeline.packed import pack, unpack
from laaswatch_collector.timeline.placement import place
from laaswatch_collector.worktime.thai import BANGKOK

OLDEST = timedelta(days=400)
"""What is placed further back than this comes from a clock that nobody can repair: kept, never placed."""
STANDING_MS = 5 * 60_000
"""For so long what a PC found at the site stands, while its later rounds look at the line alone."""
LEVEL = 3
"""zstandard's level: higher ones gain little on reports of a few kilobytes."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line of a delivery that is no report (counted from 0); the others of its request go in."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """One report as rows. `days` are the local days whose conclusions it touches."""

    seq: int
    sha256: bytes
    previous: bytes
    row: Row
    marks: tuple[Row, ...]
    gaps: tuple[Row, ...]
    days: frozenset[date]
    latest: Row | None
    version: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery ready for `store.reports.store`."""

    envelope: Envelope
    received: datetime
    reports: tuple[PreparedReport, ...]
    rejected: tuple[RejectedLine, ...]


def prepare(delivery: Delivery, received: datetime) -> Prepared:
    """Everything about a delivery that needs no database. Never raises for what its lines hold."""
    arrival = _Arrival(delivery.envelope, received)
    good: list[PreparedReport] = []
    bad: list[RejectedLine] = []
    for line, sealed in enumerate(delivery.sealed):
        try:
            report = unseal(sealed)
        except MalformedReport as error:
            bad.append(RejectedLine(line, str(error)[:200]))
        else:
            good.append(arrival.ready(sealed, report))
    return Prepared(delivery.envelope, received, tuple(good), tuple(bad))


class _Arrival:
    """When and how one delivery came: what its reports are placed by."""

    def __init__(self, envelope: Envelope, received: datetime) -> None:
        self._envelope = envelope
        self._received = received
        self._received_ms = round(received.timestamp() * 1000)
        self._oldest_ms = self._received_ms - int(OLDEST.total_seconds() * 1000)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)

    def ready(self, sealed: bytes, report: Report) -> PreparedReport:
        packed = pack(report)
        columns = unpack(packed)
        placed = place(
            columns["at"],
            columns["mono"],
            same_boot=report.boot == self._envelope.boot,
            sent_ms=self._envelope.sent,
            sent_mono_ms=self._envelope.mono,
            received_ms=self._received_ms,
        )
        # The rounds know best what the wall clock was ahead while this report was made.
        ahead = (
            int(np.median(columns["at"] - placed))
            if len(placed)
            else self._envelope.sent - self._received_ms
        )
        marks = self._marks(report, ahead)
        sound = placed[placed >= self._oldest_ms]
        days = _days_of(sound)
        for mark in marks:
            days |= _days_between(mark["at"], mark["until_at"] or mark["at"])
        digest = hashlib.sha256(sealed).digest()
        row = {
            "incarnation": self._envelope.incarnation,
            "seq": report.seq,
            "sha256": digest,
            "received_at": self._received,
            "sent_ms": self._envelope.sent,
            "sent_mono_ms": self._envelope.mono,
            "sent_boot": self._envelope.boot,
            "boot": report.boot,
            "cadence": report.cadence,
            "rounds": len(report.rounds),
            "first_at": _moment(int(sound.min())) if len(sound) else None,
            "last_at": _moment(int(sound.max())) if len(sound) else None,
            "body": self._compressor.compress(sealed),
            "packed": packed,
        }
        return PreparedReport(
            seq=report.seq,
            sha256=digest,
            previous=bytes.fromhex(report.previous),
            row=row,
            marks=marks,
            gaps=self._gaps(report, ahead),
            days=frozenset(days),
            latest=self._latest(report, placed) if len(sound) else None,
            version=report.agent_version,
        )

    def _marks(self, report: Report, ahead: int) -> tuple[Row, ...]:
        return tuple(
            {
                "boot": mark.boot,
                "kind": str(mark.kind),
                "at": _moment(at),
                "until_at": None
                if mark.until is None
                else _moment(max(at, self._ours(mark.until, ahead))),
            }
            for mark in report.presence
            if (at := self._ours(mark.at, ahead)) >= self._oldest_ms
        )

    def _gaps(self, report: Report, ahead: int) -> tuple[Row, ...]:
        return tuple(
            {
                "rounds": gap.rounds,
                "first_at": _moment(max(self._ours(gap.first_at, ahead), self._oldest_ms)),
                "last_at": _moment(max(self._ours(gap.last_at, ahead), self._oldest_ms)),
                "why": gap.why,
            }
            for gap in report.gaps
        )

    def _ours(self, wall_ms: int, ahead: int) -> int:
        """A time by the PC's wall clock on ours, never later than its receipt."""
        return min(wall_ms - ahead, self._received_ms)

    def _latest(self, report: Report, placed: NDArray[np.int64]) -> Row:
        """The newest round; its findings are those of the last that asked for the page, a moment before."""
        newest = int(np.argmax(placed))
        asked = [
            i
            for i, one in enumerate(report.rounds)
            if not _spares_the_site(one) and placed[newest] - placed[i] <= STANDING_MS
        ]
        telling = max(asked, key=lambda i: placed[i], default=None)
        found = report.rounds[newest if telling is None else telling]
        layers = [[x.layer, x.target, x.result, x.reason, x.ms, x.detail] for x in found.layers]
        return {
            "at": _moment(int(placed[newest])),
            "received_at": self._received,
            "cadence": report.cadence,
            "fault": str(found.fault),
            "rule": found.rule,
            "layers": json.dumps(layers, separators=(",", ":")),
            "also": json.dumps(list(found.also)),
            "asked_at": None if telling is None else _moment(int(placed[telling])),
        }


def _spares_the_site(one: ProbeRound) -> bool:
    """Did the round find nothing wrong, without having asked for the page?"""
    pages = [x for x in one.layers if x.layer is Layer.HTTP]
    return state_of(one.fault) in (State.UP, State.UNKNOWN) and all(
        x.reason is Reason.OUT_OF_BUDGET for x in pages
    )


_SHIFT = 7 * 3_600_000
_DAY = 86_400_000
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def _days_of(placed: NDArray[np.int64]) -> set[date]:
    """The days in Asia/Bangkok on which these rounds were made."""
    return {_FIRST.date() + timedelta(days=n) for n in set(((placed + _SHIFT) // _DAY).tolist())}


def _days_between(first: datetime, last: datetime) -> set[date]:
    start, end = first.astimezone(BANGKOK).date(), last.astimezone(BANGKOK).date()
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


def _moment(milliseconds: int) -> datetime:
    return _FIRST + timedelta(milliseconds=milliseconds)
