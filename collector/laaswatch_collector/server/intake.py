"""Deliveries that arrive together are stored together: one transaction, one sync to disk, for all of them.

A group gathers for a moment, and while the one before is being written. Each delivery is answered after the
commit that holds it, never before.
"""

import asyncio
from collections import deque

from aiohttp import web

from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.reports import Accepted, Arrived, store_all

GROUP = 200
"""Deliveries in one transaction at most: a few milliseconds of work, and few enough to read their rows at once."""

GATHER = 0.01
"""Seconds: a sync to disk and the statements around it cost more than a report, so reports wait for company."""


class Intake:
    """The one door to the store for deliveries that come over the network. One for each server."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[tuple[Arrived, asyncio.Future[Accepted]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def take(self, arrived: Arrived) -> Accepted:
        """Store one delivery; returns after commit. Raises StoreUnavailable if nothing could be stored."""
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrived, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) < GROUP:
                    await asyncio.sleep(GATHER)
                count = min(GROUP, len(self._waiting))
                await self._write_group([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writing = None

    async def _write_group(self, group: list[tuple[Arrived, asyncio.Future[Accepted]]]) -> None:
        arrivals = [arrived for arrived, _ in group]
        try:
            found = await self._database.write_async(lambda c: store_all(c, arrivals))
        except Exception as error:  # noqa: BLE001 - told to whoever waits for it
            if len(group) == 1 or isinstance(error, StoreUnavailable):
                for _, done in group:
                    _tell(done, error)
                return
            # One of them cannot be stored, and must not keep the others out.
            for one in group:
                await self._write_group([one])
            return
        for (_, done), accepted in zip(group, found, strict=True):
            if not done.done():  # its sender hung up, and the server gave up waiting for the answer
                done.set_result(accepted)


def _tell(done: "asyncio.Future[Accepted]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)


INTAKE: web.AppKey[Intake] = web.AppKey("intake", Intake)
