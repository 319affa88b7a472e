"""The costly half of recomputation: reads facts, concludes and judges, and changes nothing.

`Computer` does it here. `ComputerProcess` does the same in a process of its own, at a lower priority, so that
the thread which answers agents and the one which stores their reports never wait for it.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import psutil
import sqlalchemy as sa

from laaswatch_collector.judge import Judge, months_touched
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.localization.blame import control_row
from laaswatch_collector.localization.conclude import conclude_painted, settled_before
from laaswatch_collector.store.agents import CONTROL_OFFICE
from laaswatch_collector.store.database import Reader
from laaswatch_collector.store.facts import load_control, load_offices, watched_offices
from laaswatch_collector.store.office_days import (
    counted_days,
    day_kept,
    marked_offices,
    packed_days,
)
from laaswatch_collector.store.rollups import PackedRollup, packed_rollups
from laaswatch_collector.timeline.calibration import DAYS, total, turned, window
from laaswatch_collector.timeline.conclusions import Conclusions
from laaswatch_collector.timeline.office_day import (
    pack,
    pack_control,
    unpack_all,
    unpack_control,
)
from laaswatch_collector.timeline.painted import paint
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK

POLITE = 10
"""How much nicer than the server the other process is (POSIX)."""
Rows = list[dict[str, Any]]


WEEK = timedelta(days=DAYS - 1)
PAINTED_AT_ONCE = 100
"""Offices whose reports are in memory together."""


@dataclass(frozen=True, slots=True)
class DayFound:
    """What is to be kept of a local day: its states and outages; of the offices that were painted anew what was
    painted, and their roll-ups if the day is over. `turned`: days and offices for which another layer tells
    something because of it. `marks`: those that asked for it.
    """

    conclusions: Conclusions
    painted: dict[str, bytes | None]
    rollups: dict[str, PackedRollup]
    turned: frozenset[tuple[date, str]]
    marks: dict[str, int]
    over: bool
    settled: bool
    newly_settled: bool


class Computes(Protocol):
    """What `Recomputer` needs."""

    def day(self, day: date, now: datetime) -> DayFound:
        """What is to be kept of a local day, from the facts that are stored now."""

    def office(self, code: str, first: date, last: date, now: datetime) -> Rows:
        """The explanations of an office's entries that may have waited on the days from `first` to `last`."""

    def use(self, calendar: Calendar, policy: Policy) -> None:
        """Judge by these from now on; nothing is being computed at this moment."""

    def abandon(self) -> None:
        """Give up what is being computed, from any thread; whoever waits for it gets an error."""

    def close(self) -> None:
        """Nothing more is wanted."""


class Computer:
    """In this very thread."""

    def __init__(self, reader: Reader, calendar: Calendar, policy: Policy) -> None:
        self._reader = reader
        self._calendar = calendar
        self._judge = Judge(calendar, policy)

    def day(self, day: date, now: datetime) -> DayFound:
        return self._reader.read(lambda c: self._day(c, day, now))

    def _day(self, connection: sa.Connection, day: date, now: datetime) -> DayFound:
        start, end = day_bounds(day)
        first, minutes = int(start.timestamp()), int((end - start).total_seconds()) // 60
        until = settled_until(self._calendar, now)
        over, settled = end <= now, int(end.timestamp()) <= until
        # The marks come first: what is touched from here on stays marked.
        marks, kept = marked_offices(connection, day), day_kept(connection, day)
        offices = watched_offices(connection, day)
        whole = kept.whole and kept.over == over
        todo = [x for x in offices if x.id in marks] if whole else list(offices)
        packed = packed_days(connection, day) if whole else {}
        watched = {x.id for x in offices}
        # An office whose last agent counts no more: nothing is known of it.
        painted: dict[str, bytes | None] = {x: None for x in marks if x not in watched}
        rollups: dict[str, PackedRollup] = {}
        turns: set[tuple[date, str]] = set()
        for i in range(0, len(todo), PAINTED_AT_ONCE):
            part = todo[i : i + PAINTED_AT_ONCE]
            counted = counted_days(connection, [x.id for x in part], day - WEEK, day + WEEK)
            facts = load_offices(connection, part, start, end)
            before = total(of for x in part for of in window(counted[x.id], day))
            found = paint(part, facts.agents, facts.sessions, first, minutes, before)
            painted |= {x.id: pack(found, row) for row, x in enumerate(part)}
            turns |= {
                (later, x.id)
                for row, x in enumerate(part)
                for later in turned(counted[x.id], day, found.counts[row])
            }
            if over:
                rollups |= packed_rollups(facts.agents)
        for code, body in painted.items():
            packed.pop(code, None)
            if body is not None:
                packed[code] = body
        together = unpack_all(packed, [x.id for x in offices], first, minutes)
        if CONTROL_OFFICE in packed and CONTROL_OFFICE not in marks:
            control = unpack_control(packed[CONTROL_OFFICE])
        else:
            spans = load_control(connection, start, end)
            control = control_row(spans, first, minutes)
            if spans:
                painted[CONTROL_OFFICE] = pack_control(control)
        return DayFound(
            conclude_painted(offices, together, control, int(now.timestamp()), until),
            painted,
            rollups,
            frozenset(turns),
            marks,
            over,
            settled,
            newly_settled=settled and not kept.settled,
        )

    def office(self, code: str, first: date, last: date, now: datetime) -> Rows:
        until = settled_until(self._calendar, now)
        months = months_touched(first, last, now)
        return self._reader.read(
            lambda c: self._judge.months(c, code, *months, now=now, settled_until=until)
        )

    def use(self, calendar: Calendar, policy: Policy) -> None:
        self._calendar = calendar
        self._judge = Judge(calendar, policy)

    def abandon(self) -> None:
        pass  # it ends by itself: tests and commands wait for it

    def close(self) -> None:
        pass


class ComputerProcess:
    """In a process of its own, started when first needed and again should it die."""

    def __init__(self, url: str, calendar: Calendar, policy: Policy) -> None:
        self._rules = url, calendar, policy
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0
        self._abandoned = False

    def day(self, day: date, now: datetime) -> DayFound:
        found: DayFound = self._ask("day", day, now)
        return found

    def office(self, code: str, first: date, last: date, now: datetime) -> Rows:
        found: Rows = self._ask("office", code, first, last, now)
        return found

    def use(self, calendar: Calendar, policy: Policy) -> None:
        self._rules = self._rules[0], calendar, policy
        self.close()  # the next question starts a process that knows them

    def abandon(self) -> None:
        self._abandoned = True
        if self._pid:
            with contextlib.suppress(psutil.Error):
                psutil.Process(self._pid).kill()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    def _ask(self, what: str, *arguments: Any) -> Any:  # noqa: ANN401 - as the method asked for
        try:
            return self._submit(what, *arguments).result()
        except BrokenProcessPool:  # killed, or out of memory: once more, with a new one
            if self._abandoned:
                raise
            self.close()
            return self._submit(what, *arguments).result()

    def _submit(self, what: str, *arguments: Any) -> "Future[Any]":  # noqa: ANN401
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=self._rules,
            )
            self._pid = self._pool.submit(os.getpid).result()
        return self._pool.submit(_work, what, *arguments)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The local day [00:00, 24:00) in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=BANGKOK).astimezone(UTC)
    return start, start + timedelta(days=1)


def settled_until(calendar: Calendar, now: datetime) -> int:
    """Before this moment (Unix seconds) late reports change nothing any more."""
    return settled_before(calendar.work_clock(), int(now.timestamp()))


# ------------------------------------------------------------------ in the other process
_COMPUTER: list[Computer] = []


def _begin(url: str, calendar: Calendar, policy: Policy) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends us
    if hasattr(os, "nice"):
        os.nice(POLITE)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    _COMPUTER.append(Computer(Reader.of(url), calendar, policy))


def _end_with_the_server() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        with contextlib.suppress(OSError):
            multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def _work(what: str, *arguments: Any) -> Any:  # noqa: ANN401
    return getattr(_COMPUTER[0], what)(*arguments)
