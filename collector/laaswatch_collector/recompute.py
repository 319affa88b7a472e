"""Facts → pure core → stored conclusions: the local days that new facts touched, then the offices they touch.

Idempotent: a piece computed twice from the same facts gives the same rows. A piece leaves its queue in the
transaction that stores its conclusions, only if nothing touched it meanwhile and only from whoever still
has it in hand (`store.work`). So a crash at any point costs work but never an answer, and several collectors
on one database share the work without ever writing one piece at the same time.
"""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.computing import Computer, Computes, settled_until
from laaswatch_collector.counted import RECOMPUTE
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES
from laaswatch_collector.judge import rests_on
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.store.conclusions import save_day
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.explanations import replace_explanations
from laaswatch_collector.store.office_days import (
    keep_day,
    mark_turned,
    save_packed,
    unmark_offices,
)
from laaswatch_collector.store.retention import facts_are_gone
from laaswatch_collector.store.rollups import save_rollups
from laaswatch_collector.store.rules_in_use import take_up
from laaswatch_collector.store.work import (
    Piece,
    StaleDay,
    StaleOffice,
    finish,
    give_all_back,
    give_back,
    hold,
    mark_offices,
    newly_over,
    newly_settled,
    take_days,
    take_offices,
    work_count,
)
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK

MOST_DAYS = 40
"""Days concluded in one pass: their offices are then explained once, not once a day."""
DAYS_AT_ONCE = 4
OFFICES_AT_ONCE = 50
"""Taken in hand at once: few enough that other collectors find something to do."""
PAUSE = 1.0
"""Seconds between looks into an empty queue."""
PATIENCE = 3.0
"""Seconds that a piece in hand is waited for when the collector stops; a day of the nation takes longer."""
RESTS = 9.0
LONGEST_REST = 30.0
"""After a pass it rests so many times as long, and at most so many seconds: today is touched all the time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """One pass: which days, how many late entries judged, how long it took (seconds)."""

    days: tuple[date, ...]
    explained: int
    seconds: float


class _Lost(Exception):
    """Another worker has the piece by now: what was computed is thrown away."""


class Recomputer:
    """Keeps conclusions up with facts. `now` is the only clock for decisions.

    `computer` does the costly half; by default in the thread that calls. `changed_rules` gives the calendar
    and the policy again when their files have changed, else None.
    """

    def __init__(
        self,
        database: Database,
        calendar: Calendar,
        policy: Policy,
        now: Callable[[], datetime],
        computer: Computes | None = None,
        changed_rules: Callable[[], tuple[Calendar, Policy] | None] = lambda: None,
    ) -> None:
        self._database = database
        self._calendar = calendar
        self._policy = policy
        self._changed_rules = changed_rules
        self._rules_taken_up = False
        self._computer = computer or Computer(database, calendar, policy)
        self._now = now
        self._name = secrets.token_hex(8)
        self._stopping = threading.Event()
        self.last: Done | None = None
        self._settled: tuple[date, date] | None = None
        if database.alone:
            database.write(give_all_back)

    async def run(self) -> None:
        """Work until cancelled. Rests far longer than it worked, so that intake always has its turn."""
        while True:
            try:
                done = await self._pass()
            except Exception:
                log.exception("recompute failed; trying again in a minute")
                await asyncio.to_thread(self._give_back)
                await asyncio.sleep(60)
                continue
            rest = 0.0 if done is None else min(LONGEST_REST, RESTS * done.seconds)
            await asyncio.sleep(max(PAUSE, rest))

    async def _pass(self) -> Done | None:
        """One pass in a thread; cancelled, it ends with the piece in hand or drops it, and gives the rest back."""
        working = asyncio.ensure_future(asyncio.to_thread(self.run_once))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            _, unfinished = await asyncio.wait([working], timeout=PATIENCE)
            if unfinished:
                self._computer.abandon()
                await asyncio.wait([working])
            if working.exception() is not None:  # abandoned: nothing of it was stored
                await asyncio.to_thread(self._give_back)
            raise

    def run_once(self) -> Done | None:
        """Compute what is most urgent; None if nothing waits that nobody else has in hand."""
        started = time.perf_counter()
        self._take_up_rules()
        self._settle()
        days = self._conclude_days()
        explained = self._explain_offices()
        if not days and explained is None:
            return None
        self.last = Done(tuple(days), explained or 0, time.perf_counter() - started)
        RECOMPUTE.observe(self.last.seconds)
        log.info(
            "recomputed %d days, %d entries explained, %.2f s",
            len(days),
            self.last.explained,
            self.last.seconds,
        )
        return self.last

    def catch_up(self, seconds: float = 60) -> bool:
        """Work until nothing waits, also for what others have in hand; False if that took too long."""
        end = time.monotonic() + seconds
        while self.run_once() is not None or self._database.read(work_count):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _take_up_rules(self) -> None:
        """Before anything else: with what to judge, and what has to be judged again because of that."""
        changed = self._changed_rules()
        if changed is not None:
            self._calendar, self._policy = changed
            self._computer.use(*changed)
            self._rules_taken_up = False
        if not self._rules_taken_up:
            found = self._database.write(
                lambda c: take_up(
                    c, self._calendar, self._policy, DEFAULT_VERDICT_RULES.version, self._now()
                )
            )
            self._rules_taken_up = True
            if found:
                log.info("%d changes of calendar and rules taken up", len(found))

    def _settle(self) -> None:
        now = self._now()
        until = settled_until(self._calendar, now)
        last = datetime.fromtimestamp(until, BANGKOK) - timedelta(days=1)
        over = now.astimezone(BANGKOK).date() - timedelta(days=1)
        if self._settled != (last.date(), over):
            self._database.write(lambda c: newly_settled(c, last.date(), now))
            self._database.write(lambda c: newly_over(c, over, now))
            self._settled = last.date(), over

    def _conclude_days(self) -> list[date]:
        done: list[date] = []
        while len(done) < MOST_DAYS:
            taken = self._database.write(
                lambda c: take_days(c, self._name, self._now(), DAYS_AT_ONCE)
            )
            # A day that was touched while it was computed comes again in the next pass.
            fresh = [stale for stale in taken if stale.day not in done]
            for stale in fresh:
                if self._stopping.is_set():
                    break
                self._conclude_day(stale)
                done.append(stale.day)
            if len(fresh) < len(taken) or not taken or self._stopping.is_set():
                break
        self._give_back()
        return done

    def _conclude_day(self, stale: StaleDay) -> None:
        now = self._now()
        found = self._computer.day(stale.day, now)

        def save(connection: sa.Connection) -> None:
            # Looked at here, since facts may have gone while we reckoned with them.
            unmark_offices(connection, stale.day, found.marks)
            if facts_are_gone(connection, stale.day):
                self._finish(connection, stale)
                return
            save_packed(connection, stale.day, found.painted)
            mark_turned(connection, found.turned, now)
            saved = save_day(connection, stale.day, found.conclusions, now, over=found.over)
            save_rollups(connection, stale.day, found.rollups, found.painted)
            keep_day(connection, stale.day, over=found.over, settled=found.settled)
            # Once its minutes are final, verdicts that waited for that are given: everybody's.
            touched = None if found.newly_settled else saved.offices
            mark_offices(connection, stale.day, *rests_on(stale.day, now), touched)
            self._finish(connection, stale)

        self._save(save)

    def _explain_offices(self) -> int | None:
        """How many late entries were judged; None if no office waited."""
        explained: int | None = None
        done: set[str] = set()
        while True:
            taken = self._database.write(
                lambda c: take_offices(c, self._name, self._now(), OFFICES_AT_ONCE)
            )
            fresh = [stale for stale in taken if stale.code not in done]
            for stale in fresh:
                if self._stopping.is_set():
                    break
                explained = (explained or 0) + self._explain_office(stale)
                done.add(stale.code)
            if len(fresh) < len(taken) or not taken or self._stopping.is_set():
                self._give_back()
                return explained

    def _explain_office(self, stale: StaleOffice) -> int:
        values = self._computer.office(stale.code, stale.first, stale.last, self._now())

        def save(connection: sa.Connection) -> None:
            replace_explanations(connection, stale.code, values)
            self._finish(connection, stale)

        self._save(save)
        return sum(1 for value in values if value["verdict"])

    def _finish(self, connection: sa.Connection, piece: Piece) -> None:
        # Last in the transaction: reports that touch the day wait for this row until it ends.
        if not hold(connection, piece, self._name, self._now()):
            raise _Lost
        finish(connection, piece)

    def _save(self, save: Callable[[sa.Connection], None]) -> None:
        try:
            self._database.write(save)
        except _Lost:
            log.warning("a piece of work took longer than its lease; another collector has it")

    def _give_back(self) -> None:
        self._database.write(lambda c: give_back(c, self._name))
