"""Notes from which networks agents report, a minute at a time, and hands the counts to the store now and then.

Only a prefix leaves the request. The counts are hints: at most some minutes of them are lost with the process.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

from aiohttp import web

from laaswatch_collector.localization.isp_of import prefix_of
from laaswatch_collector.server.limits import client_address
from laaswatch_collector.server.routing import CONTEXT
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.prefixes import Seen, add_minutes
from laaswatch_collector.worktime.thai import local_date

KEEP_EVERY = 300.0
"""Seconds between two writings."""
AT_ONCE = 1000
"""Rows in one transaction: some milliseconds, and intake waits for no more."""
MOST_AGENTS = 100_000

log = logging.getLogger(__name__)


class Networks:
    """Minutes in which agents were heard, by agent, local day and prefix, since the last writing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._minutes: Counter[Seen] = Counter()
        self._last: dict[str, int] = {}

    def note(self, agent: str, address: str, now: datetime) -> None:
        """A delivery of this agent came from this address. A minute counts once, however many came in it."""
        minute = int(now.timestamp()) // 60
        if self._last.get(agent) == minute:
            return
        prefix = prefix_of(address)
        if not prefix:
            return
        if len(self._last) >= MOST_AGENTS:
            self._last.clear()
        self._last[agent] = minute
        self._minutes[agent, local_date(now), prefix] += 1

    async def keep(self) -> None:
        """Write down what was noted, in parts. Raises StoreUnavailable, and keeps the rest for the next time."""
        left = sorted(self._minutes)
        while left:
            part = {seen: self._minutes.pop(seen) for seen in left[:AT_ONCE]}
            left = left[AT_ONCE:]
            try:
                await self._database.write_async(partial(add_minutes, seen=part))
            except Exception:
                self._minutes.update(part)
                raise


NETWORKS: web.AppKey[Networks] = web.AppKey("networks", Networks)


def note_network(request: web.Request, agent: str) -> None:
    """A delivery came; whose proxies are believed is the configuration's to say."""
    context = request.app[CONTEXT]
    address = client_address(request, context.config.trusted_proxies)
    request.app[NETWORKS].note(agent, address, context.now())


async def networks_kept(app: web.Application) -> AsyncIterator[None]:
    """Keep them while the server runs, and once more at its end."""
    networks = app[NETWORKS]
    keeping = asyncio.create_task(_keep_on(networks))
    yield
    keeping.cancel()
    await asyncio.wait([keeping])
    try:
        await networks.keep()
    except StoreUnavailable as error:
        log.warning("networks of the last minutes are not kept: %s", error)


async def _keep_on(networks: Networks) -> None:
    while True:
        await asyncio.sleep(KEEP_EVERY)
        try:
            await networks.keep()
        except StoreUnavailable as error:
            log.warning("networks are kept later: %s", error)
        except Exception:
            log.exception("networks are not kept; trying again")
