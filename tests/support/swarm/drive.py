"""A driver: one process that plays many agents over kept connections, far cheaper than the collector it loads.

    PYTHONPATH=tests python -m support.swarm.drive URL --agents 200 --reports 20 --batch 1      as fast as it goes
    PYTHONPATH=tests python -m support.swarm.drive URL --agents 2000 --rate 667 --seconds 30    paced

The agents must be enrolled (`agents.enrol_swarm`). Requests are made before the clock starts. Prints one line
of JSON: requests, reports, refused, reopened connections, latencies in ms.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from support.swarm.agents import SwarmAgent, remote_write_of, request_of

PATIENCE = 120.0


@dataclass
class Tally:
    """What happened. Latencies in ms; `live` are those of the newest report, which goes before a backlog."""

    requests: int = 0
    refused: int = 0
    reopened: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)


class Connection:
    """One kept HTTP/1.1 connection; opened again when it was closed."""

    def __init__(self, host: str, ports: list[int], tally: Tally, dice: random.Random) -> None:
        self._host, self._ports, self._tally, self._dice = host, ports, tally, dice
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = False

    async def ask(self, request: bytes, *, live: bool = False) -> int:
        """The status of the answer; tries again at another collector where a connection breaks."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            started = time.perf_counter()
            try:
                status = await self._ask(request)
            except (OSError, asyncio.IncompleteReadError):
                self._drop()
                await asyncio.sleep(0.02)
                continue
            self._tally.requests += 1
            self._tally.refused += status // 100 != 2
            took = round((time.perf_counter() - started) * 1000, 2)
            (self._tally.live if live else self._tally.latencies).append(took)
            return status
        raise TimeoutError

    async def _ask(self, request: bytes) -> int:
        if self._streams is None:
            self._tally.reopened += self._used
            self._used = True
            self._streams = await asyncio.open_connection(
                self._host, self._dice.choice(self._ports)
            )
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if length:
            await reader.readexactly(int(length))
        return int(head[9:12])

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    close = _drop


async def full_speed(requests: list[list[bytes]], connect) -> None:
    """Each connection sends its requests one after the other."""

    async def one(mine: list[bytes]) -> None:
        connection = connect()
        for request in mine:
            await connection.ask(request)
        connection.close()

    await asyncio.gather(*(one(mine) for mine in requests))


async def paced(requests: list[list[bytes]], connect, rate: float) -> None:
    """All connections together send `rate` requests a second, evenly spread, in turn."""
    connections = [connect() for _ in requests]
    start = asyncio.get_running_loop().time()

    async def one(k: int) -> None:
        for n, request in enumerate(requests[k]):
            due = start + (n * len(requests) + k) / rate
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await connections[k].ask(request)
        connections[k].close()

    await asyncio.gather(*(one(k) for k in range(len(requests))))


async def returning(requests: list[list[bytes]], connect, spread: float, pause: float) -> None:
    """Everybody comes back within `spread` seconds, and sends its backlog with pauses of `pause` seconds."""
    dice = random.Random(1)

    async def one(mine: list[bytes]) -> None:
        await asyncio.sleep(dice.uniform(0, spread))
        connection = connect()
        for n, request in enumerate(mine):
            if n:
                await asyncio.sleep(pause)
            await connection.ask(request, live=n == 0)
        connection.close()

    await asyncio.gather(*(one(mine) for mine in requests))


def make(
    first: int, count: int, reports: int, batch: int, *, live_first: bool
) -> list[list[bytes]]:
    """Each agent's requests: `reports` deliveries of `batch` reports, the newest report alone first if asked."""
    found = []
    for number in range(first, first + count):
        agent = SwarmAgent(number)
        now = time.time()
        for k in range(reports * batch):
            agent.seal_one(now - 60 * (reports * batch - 1 - k))
        mine = [agent.lines[i : i + batch] for i in range(0, len(agent.lines), batch)]
        if live_first:
            newest = mine[-1].pop()
            mine = [[newest], *(x for x in reversed(mine) if x)]
        found.append([request_of(number, agent.body(*lines)) for lines in mine])
    return found


def make_remote_write(first: int, count: int, reports: int) -> list[list[bytes]]:
    """The same amount of samples for a receiver of Prometheus remote write."""
    found = []
    for number in range(first, first + count):
        dice, now, mine = random.Random(number), time.time(), []
        for k in range(reports):
            body = remote_write_of(number, now - 60 * (reports - 1 - k), dice)
            head = (
                "POST /api/v1/write HTTP/1.1\r\nHost: swarm\r\nContent-Encoding: snappy\r\n"
                "Content-Type: application/x-protobuf\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            mine.append(head.encode() + body)
        found.append(mine)
    return found


def main() -> None:
    """As the module's text says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", help="one or several, with commas")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--reports", type=int, default=20, help="requests of each agent")
    parser.add_argument("--batch", type=int, default=1, help="reports in each request")
    parser.add_argument("--rate", type=float, help="requests a second of all together")
    parser.add_argument("--spread", type=float, help="come back within so many seconds")
    parser.add_argument(
        "--pause", type=float, default=2.0, help="seconds between a backlog's parts"
    )
    parser.add_argument("--remote-write", action="store_true")
    given = parser.parse_args()
    places = [urlsplit(url) for url in given.urls.split(",")]
    if given.remote_write:
        requests = make_remote_write(given.first, given.agents, given.reports)
    else:
        requests = make(
            given.first,
            given.agents,
            given.reports,
            given.batch,
            live_first=given.spread is not None,
        )
    tally, dice = Tally(), random.Random(given.first)

    def connect() -> Connection:
        return Connection(places[0].hostname or "", [x.port or 80 for x in places], tally, dice)

    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    if given.rate:
        asyncio.run(paced(requests, connect, given.rate))
    elif given.spread is not None:
        asyncio.run(returning(requests, connect, given.spread, given.pause))
    else:
        asyncio.run(full_speed(requests, connect))
    tally.seconds = time.perf_counter() - started
    print(json.dumps(asdict(tally)))


if __name__ == "__main__":
    main()
