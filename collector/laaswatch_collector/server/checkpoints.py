"""The evidence log as the server tells it: the newest checkpoint in every acknowledgement, and old ones checked.

An agent sends back one of the checkpoints that it was told. If ours of the same size is another one, this
log is not the one that the agent was told of: its past was rewritten, or the store was put back from a backup.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator

from aiohttp import web

from laaswatch_agent.beacons import DOUBT_HEADER, ECHO_HEADER
from laaswatch_collector.counted import ECHOES
from laaswatch_collector.evidence.checkpoint import Beacon, read_beacon
from laaswatch_collector.server.routing import CONTEXT
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.database import StoreUnavailable
from laaswatch_collector.store.evidence_log import Kept, beacons, checkpoints_of, newest_checkpoint

EVERY = 5.0
"""Seconds between looks for a new checkpoint: any collector on this database may have made it."""
REMEMBERED = 2000
"""Checkpoints: two weeks. An older one is looked up."""
MOST_TOLD = 1000
"""Contradictions that one process writes into the audit, an agent one each; then it only counts them."""

log = logging.getLogger(__name__)


class Checkpoints:
    """What one server knows of the log's checkpoints."""

    def __init__(self, app: web.Application) -> None:
        self._context = app[CONTEXT]
        self._known: OrderedDict[int, Beacon] = OrderedDict()
        self._told: set[str] = set()
        self.newest: Kept | None = None

    @property
    def beacon(self) -> str:
        """For an acknowledgement; "" before the first checkpoint."""
        return "" if self.newest is None else str(self.newest.checkpoint.beacon)

    def note_for(self, beacon: str) -> str:
        """The newest checkpoint with its signatures, for an agent that knows this beacon; "" if it is no news."""
        if self.newest is None or not self.newest.signatures or beacon == self.beacon:
            return ""
        return self.newest.note()

    async def keep_up(self) -> None:
        """Look for a new checkpoint, until cancelled; a look that has begun is ended, the store may be closed then."""
        while True:
            await asyncio.sleep(EVERY)
            looking = asyncio.ensure_future(self.look())
            try:
                await asyncio.shield(looking)
            except asyncio.CancelledError:
                await asyncio.wait([looking])
                raise
            except StoreUnavailable as error:
                log.warning("no look at the evidence log: %s", error)

    async def look(self) -> None:
        """Read the newest checkpoint, and at the first look those before it."""
        database = self._context.database
        if self.newest is None:
            known = await database.read_async(lambda c: beacons(c, REMEMBERED))
            self._known.update(sorted(known.items()))
        self.newest = await database.read_async(newest_checkpoint)
        if self.newest is not None:
            self._remember(self.newest.checkpoint.beacon)

    async def check(self, request: web.Request, agent: str) -> None:
        """Compare what came back with this delivery, if anything did; a contradiction is written down."""
        if request.headers.get(DOUBT_HEADER):
            ECHOES.labels("signature_doubted").inc()
        told = read_beacon(request.headers.get(ECHO_HEADER, ""))
        if told is None:
            return
        ours = self._known.get(told.size) or await self._looked_up(told.size)
        if ours == told:
            ECHOES.labels("ours").inc()
            return
        ECHOES.labels("contradicted").inc()
        if agent in self._told or len(self._told) >= MOST_TOLD:
            return
        self._told.add(agent)
        log.error("agent %s was told another evidence log than ours: %s", agent, told)
        now, known = self._context.now(), str(ours or "none of this size")
        await self._context.database.write_async(
            lambda c: record(
                c, now, agent, "echo_checkpoint", str(told), "contradicted", ours=known
            )
        )

    async def _looked_up(self, size: int) -> Beacon | None:
        found = await self._context.database.read_async(lambda c: checkpoints_of(c, [size]))
        if size not in found:
            return None
        self._remember(found[size].checkpoint.beacon)
        return found[size].checkpoint.beacon

    def _remember(self, beacon: Beacon) -> None:
        self._known[beacon.size] = beacon
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


CHECKPOINTS: web.AppKey[Checkpoints] = web.AppKey("checkpoints", Checkpoints)


async def checkpoints_kept(app: web.Application) -> AsyncIterator[None]:
    """Keep up with the log while the application runs; the first answer knows the newest checkpoint."""
    await app[CHECKPOINTS].look()
    keeping = asyncio.create_task(app[CHECKPOINTS].keep_up())
    yield
    keeping.cancel()
    await asyncio.wait([keeping])
