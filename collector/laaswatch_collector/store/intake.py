"""A delivery made ready to store: unsealed, packed, compressed and placed on the collector's clock.

No database here: this is the costly part, and it runs outside the writer thread.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from statistics import median_low
from typing import Any

import msgspec
import zstandard

from laaswatch_agent.report.codec import MalformedReport
from laaswatch_agent.report.model import Delivery, Envelope, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Layer, Reason, State, state_of
from laaswatch_collector.store.quick_reader import read
from laaswatch_collector.timeline.boots import Boots
from laaswatch_collector.timeline.packed import pack
from laaswatch_collector.timeline.placement import TOLERATED_MS, placement

OLDEST_MS = 400 * 86_400_000
"""What is placed further back than this comes from a clock that nobody can repair: kept, never placed."""
STANDING_MS = 5 * 60_000
"""For so long what a PC found at the site stands, while its later rounds look at the line alone."""
LEVEL = 3
"""zstandard's level: higher ones gain little on reports of a few kilobytes."""
NO_TIME = "no_time"
"""Why rounds are missing that came, but that no clock could place: the gap says between when and when."""

Row = dict[str, Any]
REPORT_COLUMNS = [
    "incarnation",
    "seq",
    "sha256",
    "received_at",
    "sent_ms",
    "sent_mono_ms",
    "sent_boot",
    "boot",
    "origin_ms",
    "cadence",
    "rounds",
    "first_at",
    "last_at",
    "body",
    "packed",
]


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line of a delivery that is no report (counted from 0); the others of its request go in."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlacedReport:
    """One report as rows, times as ms since 1970. `days` are the local days whose conclusions it touches.

    `row` has the values of `REPORT_COLUMNS`. `newest` is when its last round was made, None if no clock
    can place it; `latest` then makes the row of the live view, which few reports of a backlog need.
    """

    row: tuple[Any, ...]
    marks: tuple[Row, ...]
    gaps: tuple[Row, ...]
    days: frozenset[date]
    newest: int | None
    latest: Callable[[], Row]


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """One report, read and compressed. `placed` is None while only the store knows its boot's clock."""

    report: Report
    sha256: bytes
    body: bytes
    packed: bytes
    placed: PlacedReport | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery ready for `store.reports.store`.

    `live`: it came straight from the agent, so that it tells what the PC's clocks are worth.
    """

    envelope: Envelope
    received: datetime
    reports: tuple[PreparedReport, ...]
    rejected: tuple[RejectedLine, ...]
    live: bool = True

    @property
    def received_ms(self) -> int:
        """When it was received, ms since 1970."""
        return round(self.received.timestamp() * 1000)


def prepare(delivery: Delivery, received: datetime, *, live: bool = True) -> Prepared:
    """Everything about a delivery that needs no database. Never raises for what its lines hold."""
    arrival = Arrival(delivery.envelope, round(received.timestamp() * 1000))
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    good: list[PreparedReport] = []
    bad: list[RejectedLine] = []
    for line, sealed in enumerate(delivery.sealed):
        try:
            report = read(sealed)
        except MalformedReport as error:
            bad.append(RejectedLine(line, str(error)[:200]))
            continue
        sha256, body, packed = _sha256(sealed), compressor.compress(sealed), pack(report)
        made = PreparedReport(report, sha256, body, packed, None)
        if report.boot == delivery.envelope.boot:
            made = PreparedReport(report, sha256, body, packed, arrival.place(made, None))
        good.append(made)
    return Prepared(delivery.envelope, received, tuple(good), tuple(bad), live)


class Arrival:
    """When and how one delivery came: what its reports are placed by."""

    def __init__(self, envelope: Envelope, received_ms: int) -> None:
        self._envelope = envelope
        self._received = received_ms
        self._oldest = received_ms - OLDEST_MS

    def place(self, prepared: PreparedReport, boots: Boots | None) -> PlacedReport:
        """The rows of one report; `boots` is what earlier deliveries told of the PC's clocks."""
        report, envelope = prepared.report, self._envelope
        same_boot = report.boot == envelope.boot
        origin = None if same_boot or boots is None else boots.origin(report.boot)
        how = placement(
            max((r.mono for r in report.rounds), default=0),
            same_boot=same_boot,
            origin_ms=origin,
            sent_ms=envelope.sent,
            sent_mono_ms=envelope.mono,
            received_ms=self._received,
        )
        placed = [how.of(r.at, r.mono) for r in report.rounds]
        ahead = envelope.sent - self._received
        between = None if how.by_mono or boots is None else self._between(report.seq, placed, boots)
        sound = [] if between else [t for t in placed if t >= self._oldest]
        # The rounds know best what the wall clock was ahead while this report was made.
        offsets = [r.at - t for r, t in zip(report.rounds, placed, strict=True)]
        ahead = median_low(offsets) if offsets else ahead
        marks = self._marks(report, ahead) if report.presence and not between else ()
        gaps = self._gaps(report, ahead) if report.gaps else ()
        if between:
            first, last = between
            unplaced = {"rounds": len(placed), "first_at": first, "last_at": last, "why": NO_TIME}
            gaps = (*gaps, unplaced)
        row = (
            envelope.incarnation,
            report.seq,
            prepared.sha256,
            self._received,
            envelope.sent,
            envelope.mono,
            envelope.boot,
            report.boot,
            origin,
            report.cadence,
            len(report.rounds),
            min(sound, default=None),
            max(sound, default=None),
            prepared.body,
            prepared.packed,
        )
        days = {_day_of(t) for t in sound}
        for mark in marks:
            days |= _days_between(mark["at"], mark["until_at"] or mark["at"])
        latest = partial(self._latest, report, placed)
        return PlacedReport(row, marks, gaps, frozenset(days), max(sound, default=None), latest)

    def _marks(self, report: Report, ahead: int) -> tuple[Row, ...]:
        return tuple(
            {
                "boot": mark.boot,
                "kind": str(mark.kind),
                "at": at,
                "until_at": None if mark.until is None else max(at, self._ours(mark.until, ahead)),
            }
            for mark in report.presence
            if (at := self._ours(mark.at, ahead)) >= self._oldest
        )

    def _gaps(self, report: Report, ahead: int) -> tuple[Row, ...]:
        return tuple(
            {
                "rounds": gap.rounds,
                "first_at": max(self._ours(gap.first_at, ahead), self._oldest),
                "last_at": max(self._ours(gap.last_at, ahead), self._oldest),
                "why": gap.why,
            }
            for gap in report.gaps
        )

    def _between(self, seq: int, placed: list[int], boots: Boots) -> tuple[int, int] | None:
        """Between when and when these rounds were made, if that is all that can be said of them.

        So it is where the wall clock was set between the boots before and after theirs, and nobody knows
        when, or where it says a time that cannot be.
        """
        before, after = boots.around(seq)
        if before is None or after is None or not placed:
            return None
        set_meanwhile = abs(before.ahead - after.ahead) > TOLERATED_MS
        low, high = before.heard - TOLERATED_MS, after.origin + TOLERATED_MS
        if not set_meanwhile and low <= min(placed) and max(placed) <= high:
            return None
        return max(before.heard, self._oldest), max(before.heard, self._oldest, after.origin)

    def _ours(self, wall_ms: int, ahead: int) -> int:
        """A time by the PC's wall clock on ours, never later than its receipt."""
        return min(wall_ms - ahead, self._received)

    def _latest(self, report: Report, placed: list[int]) -> Row:
        """The newest round; its findings are those of the last that asked for the page, a moment before."""
        newest = max(range(len(placed)), key=placed.__getitem__)
        asked = [
            i
            for i, one in enumerate(report.rounds)
            if placed[newest] - placed[i] <= STANDING_MS and not _spares_the_site(one)
        ]
        telling = max(asked, key=placed.__getitem__, default=None)
        found = report.rounds[newest if telling is None else telling]
        layers = [(x.layer, x.target, x.result, x.reason, x.ms, x.detail) for x in found.layers]
        return {
            "at": placed[newest],
            "received_at": self._received,
            "cadence": report.cadence,
            "fault": str(found.fault),
            "rule": found.rule,
            "layers": _json(layers),
            "also": _json(found.also),
            "asked_at": None if telling is None else placed[telling],
        }


def _sha256(sealed: bytes) -> bytes:
    return hashlib.sha256(sealed).digest()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode("ascii")


def _spares_the_site(one: ProbeRound) -> bool:
    """Did the round find nothing wrong, without having asked for the page?"""
    return state_of(one.fault) in (State.UP, State.UNKNOWN) and all(
        x.reason is Reason.OUT_OF_BUDGET for x in one.layers if x.layer is Layer.HTTP
    )


_SHIFT = 7 * 3_600_000
_DAY = 86_400_000
_FIRST = date(1970, 1, 1)


def _day_of(ms: int) -> date:
    """The day in Asia/Bangkok of a moment."""
    return _FIRST + timedelta(days=(ms + _SHIFT) // _DAY)


def _days_between(first: int, last: int) -> set[date]:
    start = _day_of(first)
    return {start + timedelta(days=n) for n in range((_day_of(last) - start).days + 1)}
