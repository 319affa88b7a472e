"""Once a day, at night: old reports are packed, what is older than the settings say is deleted.

Everything here may be killed anywhere and done again, also by several collectors at the same time.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.config import History
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.keeping import take_up
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.partitions import drop_partitions, make_partitions
from laaswatch_collector.store.prefixes import remove_before
from laaswatch_collector.store.retention import Limits, Removed, remove_old
from laaswatch_collector.store.sealing import Done, seal_history
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight

LOOK = 600.0
"""Seconds between looks at the clock."""
HOURS = range(1, 6)
"""Local hours in which it is done, unless it has not been done for more than a day."""
REST = 0.05
"""Seconds of rest after each packed day of an agent: intake and pages come first."""
DONE = "upkeep_through"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one upkeep did."""

    sealed: Done
    removed: Removed


class Upkeep:
    """Runs beside the server; `now` is the only clock for decisions."""

    def __init__(self, database: Database, history: History, now: Callable[[], datetime]) -> None:
        self._database = database
        self._history = history
        self._now = now
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Work until cancelled; ends the step in hand first."""
        while True:
            working = asyncio.ensure_future(asyncio.to_thread(self.if_due))
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self._stopping.set()
                await asyncio.wait([working])
                raise
            except Exception:
                log.exception("upkeep failed; trying again later")
            await asyncio.sleep(LOOK)

    def if_due(self) -> Kept | None:
        """Do it if it is time; None if not."""
        local = self._now().astimezone(BANGKOK)
        last = self._database.read(last_upkeep)
        if last is None:  # a new store: nothing is old yet
            last = local.date() - timedelta(days=1)
            self._database.write(lambda c: _write_down(c, local.date() - timedelta(days=1)))
        overdue = local.date() - last > timedelta(days=1)
        if last == local.date() or not (overdue or local.hour in HOURS):
            return None
        return self.once()

    def once(self) -> Kept:
        """Do it now."""
        now = self._now()
        today = now.astimezone(BANGKOK).date()
        self._database.write(lambda c: make_partitions(c, now))
        sealed = seal_history(
            self._database,
            today - timedelta(days=self._history.seal_after_days),
            stopping=self._rest,
        )
        history = self._database.write(lambda c: take_up(c, self._history))
        if history != self._history:
            log.warning("shorter keeping than agreed waits for two administrators (/requests)")
        limits = limits_of(history, today)
        removed = remove_old(self._database, limits, now, stopping=self._stopping.is_set)
        self._database.write(lambda c: remove_before(c, limits.reports))
        before = local_midnight(today - timedelta(days=self._history.seal_after_days))
        self._database.write(lambda c: drop_partitions(c, before))
        if not self._stopping.is_set():
            self._database.write(lambda c: _write_down(c, today))
        if sealed.days or removed.all:
            log.info("upkeep: %s, %s", sealed, removed)
        return Kept(sealed, removed)

    def _rest(self) -> bool:
        return self._stopping.wait(REST)


def limits_of(history: History, today: date) -> Limits:
    """The first days that the settings keep."""
    return Limits(
        today - timedelta(days=history.reports_days), today - timedelta(days=history.rollups_days)
    )


def last_upkeep(connection: sa.Connection) -> date | None:
    """The local day of the last whole upkeep; None if there was none yet."""
    found = read_note(connection, DONE)
    return None if found is None else date.fromisoformat(found)


def _write_down(connection: sa.Connection, today: date) -> None:
    write_note(connection, DONE, today.isoformat())
