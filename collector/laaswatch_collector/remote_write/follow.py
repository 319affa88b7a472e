"""The loop of one destination: everything that is stored is sent, in the order in which it came, at least once.

The reports themselves are the queue: what is kept is the number of the last one whose samples the receiver
has (or refused), together with what was too late for it, by day. A collector that ends, and a receiver that
is away for days, lose nothing: the cursor stands where it stood. Of several collectors over one database one
sends, as long as its lease is renewed.
"""

import asyncio
import json
import logging
import random
import secrets
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import sqlalchemy as sa

from laaswatch_collector.config import RemoteWriteConfig
from laaswatch_collector.counted import REMOTE_SAMPLES, REMOTE_TRIES, REMOTE_WAITING
from laaswatch_collector.remote_write.destination import (
    Destination,
    Later,
    OtherVersion,
    Refused,
    Written,
)
from laaswatch_collector.remote_write.series import Series, count, in_parts, series_of, split_by_age
from laaswatch_collector.remote_write.wire import Protocol
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.views.new_reports import new_reports, newest_id
from laaswatch_collector.store.views.rounds_in_time import placed, places
from laaswatch_collector.worktime.thai import local_date

LOOK = 5.0
"""Seconds between looks for new reports."""
REPORTS_AT_ONCE = 2_000
SAMPLES_AT_ONCE = 10_000
"""In one request."""
LEASE_MS = 120_000
MOST_DAYS = 366
"""Days of which it is remembered that samples were too late."""
MARGIN_MS = 60_000
"""What lies so near to the window's edge would be over it when it arrives."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a destination stands. `through`: the last report that is done; `late`: samples left out, by day."""

    through: int
    by: str = ""
    until_ms: int = 0
    late: dict[str, int] = field(default_factory=dict)


def standing(connection: sa.Connection, name: str) -> Standing | None:
    """Where the destination of this name stands; None if nothing was ever sent to it."""
    text = read_note(connection, f"remote_write:{name}")
    return None if text is None else Standing(**json.loads(text))


async def follow_all(
    database: Database, configs: Sequence[RemoteWriteConfig], now: Callable[[], datetime]
) -> None:
    """Send to every destination until cancelled; none waits for another."""
    async with aiohttp.ClientSession() as session:
        followers = [Follower(database, Destination(x, session), now) for x in configs]
        await asyncio.gather(*(x.run() for x in followers))


class Follower:
    """Sends to one destination; `run` until cancelled. `now` is the only clock for decisions."""

    def __init__(
        self,
        database: Database,
        destination: Destination,
        now: Callable[[], datetime],
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._database = database
        self._destination = destination
        self._now = now
        self._draw = draw
        self._me = secrets.token_hex(8)
        self.name = destination.config.name

    async def run(self) -> None:
        """Follow the reports; trouble with the store or the receiver is waited out."""
        while True:
            try:
                done = await self.once()
            except StoreUnavailable as error:
                log.warning("remote write to %s: %s", self.name, error)
                done = 0
            except OSError as error:  # the token's file
                log.warning("remote write to %s: %s", self.name, error)
                done = 0
            if not done:
                await asyncio.sleep(LOOK)

    async def once(self) -> int:
        """Take one step; how many reports it settled (0: nothing new, or another collector's turn)."""
        at = await self._database.write_async(self._take)
        if at is None:
            return 0
        found = await asyncio.to_thread(self._read, at.through)
        if found is None:
            return 0
        last, reports, series = found
        oldest = self._ms() - 1000 * self._destination.config.out_of_order_seconds + MARGIN_MS
        fresh, late = split_by_age(series, oldest)
        for part in in_parts(fresh, SAMPLES_AT_ONCE):
            await self._send(part)
        await self._database.write_async(lambda c: self._keep(c, last, late))
        if late:
            self._tell_late(late)
        return reports

    def _take(self, connection: sa.Connection) -> Standing | None:
        """The cursor, if it is ours to move; a destination seen for the first time begins at what is new."""
        at = standing(connection, self.name)
        now = self._ms()
        if at is not None and at.by not in ("", self._me) and at.until_ms > now:
            return None
        if at is None:
            at = Standing(newest_id(connection))
            log.info("remote write to %s begins after report %s", self.name, at.through)
        self._write(connection, at.through, at.late)
        return at

    def _keep(self, connection: sa.Connection, last: int, late: Sequence[Series]) -> None:
        at = standing(connection, self.name) or Standing(last)
        by_day = Tally(at.late)
        for one in late:
            for ms in one.at.tolist():
                by_day[local_date(datetime.fromtimestamp(max(0, ms) / 1000, UTC)).isoformat()] += 1
        kept = dict(sorted(by_day.items())[-MOST_DAYS:])
        self._write(connection, max(last, at.through), kept)

    def _write(self, connection: sa.Connection, through: int, late: dict[str, int]) -> None:
        note = {"through": through, "by": self._me, "until_ms": self._ms() + LEASE_MS, "late": late}
        write_note(connection, f"remote_write:{self.name}", json.dumps(note))

    def _read(self, through: int) -> tuple[int, int, list[Series]] | None:
        def work(connection: sa.Connection) -> tuple[int, int, list[Series]] | None:
            found = new_reports(connection, through, REPORTS_AT_ONCE, self._now())
            waiting = newest_id(connection) - (found[-1].id if found else through)
            REMOTE_WAITING.labels(self.name).set(max(0, waiting))
            if not found:
                return None
            return found[-1].id, len(found), series_of(map(placed, found), places(connection))

        return self._database.read(work)

    async def _send(self, series: Sequence[Series]) -> None:
        """Until the receiver has the samples or has refused them for good, one by one if it must be."""
        pause = FIRST_PAUSE
        while True:
            outcome = await self._destination.write(series)
            REMOTE_TRIES.labels(self.name, type(outcome).__name__.lower()).inc()
            match outcome:
                case Written():
                    REMOTE_SAMPLES.labels(self.name, "sent").inc(count(series))
                    return
                case OtherVersion():
                    log.warning(
                        "remote write to %s: it does not speak 2.0, going on with 1.0", self.name
                    )
                    self._destination.protocol = Protocol.V1
                case Refused(why):
                    await self._send_halves(series, why)
                    return
                case Later(why, after):
                    wait = self._draw(0, pause) if after is None else min(after, LONGEST_PAUSE)
                    log.warning("remote write to %s: %s; again in %.0f s", self.name, why, wait)
                    # The lease is kept: nobody else has better luck with the same receiver.
                    await asyncio.sleep(wait)
                    pause = min(2 * pause, LONGEST_PAUSE)
                    await self._database.write_async(self._take)

    async def _send_halves(self, series: Sequence[Series], why: str) -> None:
        """Some of these samples cannot be taken: find them, and lose no others with them."""
        if count(series) == 1:
            REMOTE_SAMPLES.labels(self.name, "refused").inc()
            log.warning("remote write to %s: a sample was refused: %s", self.name, why)
            return
        for half in in_parts(series, (count(series) + 1) // 2):
            await self._send(half)

    def _tell_late(self, late: Sequence[Series]) -> None:
        REMOTE_SAMPLES.labels(self.name, "too_late").inc(count(late))
        log.warning(
            "remote write to %s: %d samples are older than it takes; "
            "`laaswatch-collector export --openmetrics` has them for promtool",
            self.name,
            count(late),
        )

    def _ms(self) -> int:
        return round(self._now().timestamp() * 1000)
