"""Who looked at which PC: a line of the audit a person, PC and hour, written while the page is already on its way.

What a single PC measured shows when somebody was at work and how; whoever looks leaves a trace. The lines of an
hour are remembered here, so that a page that is opened again costs nothing; after a restart one may come twice.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

import sqlalchemy as sa
from aiohttp import web

from laaswatch_collector.access.policy import PEOPLE
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

MOST = 200_000
"""Lines of one hour that are remembered; beyond, they would be written again and again, not forgotten."""


class Reads:
    """The lines of the current hour."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hour: datetime | None = None
        self._known: set[tuple[str, str]] = set()
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, who: str, pcs: Iterable[str], now: datetime) -> None:
        """These PCs (`office/agent`) are about to be shown to this person."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour or len(self._known) >= MOST:
            self._hour = hour
            self._known.clear()
        new = [pc for pc in dict.fromkeys(pcs) if (who, pc) not in self._known]
        if not new:
            return
        self._known.update((who, pc) for pc in new)
        task = asyncio.create_task(self._write(who, new, now))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait until everything is written."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def _write(self, who: str, pcs: list[str], now: datetime) -> None:
        def work(connection: sa.Connection) -> None:
            for pc in pcs:
                record(connection, now, who, "read_pc", pc)

        try:
            await self._database.write_async(work)
        except StoreUnavailable as error:
            self._known.difference_update((who, pc) for pc in pcs)  # the next look is written
            log.warning("who looked at PCs could not be written down: %s", error)


READS: web.AppKey[Reads] = web.AppKey("reads", Reads)


def note_pcs(request: web.Request, pcs: Iterable[tuple[str, str]]) -> None:
    """The answer to this person shows these PCs, each (office, agent)."""
    principal = request[PRINCIPAL]
    if principal.role in PEOPLE:
        names = [f"{office}/{agent}" for office, agent in pcs]
        request.app[READS].note(principal.name, names, request.app[CONTEXT].now())


async def reads_kept(app: web.Application) -> AsyncIterator[None]:
    """For the application's clean-up: nothing that was shown goes unwritten."""
    yield
    await app[READS].settle()
