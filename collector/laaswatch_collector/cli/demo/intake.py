"""Simulated agents before the real intake: they enrol by code and post their month like any other.

All of the month arrives today, as from PCs that were long without a line: the envelope's clock is what
lets the collector place every round in its true time.
"""

import asyncio
import hashlib
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from laaswatch_agent.report.codec import pack_delivery
from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_collector.simulate.cast import SimulatedAgent
from laaswatch_collector.simulate.province import SimulatedProvince
from laaswatch_collector.simulate.rounds import SealedReport

AT_ONCE = 6
"""Requests in the air together."""
DAYS_A_DELIVERY = 5
_SENDING_BOOT = "boot-of-today"


class IntakeRefused(Exception):
    """The collector did not take what a simulated agent brought; the text is its answer."""


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """An agent with its identity: the id that the collector gave, its own token."""

    agent: SimulatedAgent
    id: str
    token: str
    incarnation: str


async def send_month(
    url: str,
    province: SimulatedProvince,
    codes: Mapping[str, str],
    sent: Callable[[int], None],
) -> int:
    """Enrol every simulated agent with its code (by name) and deliver all its reports.

    Calls `sent(rounds)` after each acknowledged delivery and returns the number of rounds.
    Raises IntakeRefused, or aiohttp.ClientError if the collector cannot be reached.
    """
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        waiting = iter(enumerate(province.agents))
        totals = await asyncio.gather(
            *(_carry(session, province, codes, waiting, sent) for _ in range(AT_ONCE))
        )
    return sum(totals)


async def _carry(
    session: aiohttp.ClientSession,
    province: SimulatedProvince,
    codes: Mapping[str, str],
    waiting: Iterator[tuple[int, SimulatedAgent]],
    sent: Callable[[int], None],
) -> int:
    """One of the senders: takes the next agent until none is left."""
    total = 0
    for row, agent in waiting:
        enrolled = await _enrol(session, province.seed, agent, codes[agent.name])
        for reports in _deliveries(province.reports(row)):
            await _deliver(session, enrolled, reports)
            rounds = sum(report.rounds for report in reports)
            total += rounds
            sent(rounds)
    return total


async def _enrol(
    session: aiohttp.ClientSession, seed: int, agent: SimulatedAgent, code: str
) -> _Enrolled:
    # A simulated agent guards nothing, so its secrets may follow from the seed like all the rest.
    token = hashlib.sha256(f"token {seed} {agent.name}".encode()).hexdigest()
    answer = await _post(
        session,
        "/v1/enrolments",
        json={
            "code": code,
            "nonce": hashlib.sha256(f"nonce {seed} {agent.name}".encode()).hexdigest(),
            "token_sha256": hashlib.sha256(token.encode("ascii")).hexdigest(),
            "system": "windows",
            "version": "simulated",
        },
    )
    incarnation = hashlib.sha256(f"spool {seed} {agent.name}".encode()).hexdigest()[:16]
    return _Enrolled(agent, answer["agent"], token, incarnation)


def _deliveries(reports: Iterator[SealedReport]) -> Iterator[list[SealedReport]]:
    """Some days of an agent to a delivery, far below the limits of the format."""
    batch: list[SealedReport] = []
    for report in reports:
        if batch and report.day >= batch[0].day + DAYS_A_DELIVERY:
            yield batch
            batch = []
        batch.append(report)
    if batch:
        yield batch


async def _deliver(
    session: aiohttp.ClientSession, enrolled: _Enrolled, reports: list[SealedReport]
) -> None:
    clock = round(time.time() * 1000) + enrolled.agent.clock_off * 1000
    envelope = Envelope(
        agent=enrolled.id,
        incarnation=enrolled.incarnation,
        boot=_SENDING_BOOT,
        sent=clock,
        mono=0,
        count=len(reports),
    )
    body = pack_delivery(Delivery(envelope, tuple(report.line for report in reports)))
    answer = await _post(
        session,
        "/v1/reports",
        data=_gzip(body),
        headers={
            "Authorization": f"Bearer {enrolled.token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        },
    )
    if answer["rejected"]:
        raise IntakeRefused(f"{enrolled.agent.name}: {answer['rejected'][:3]}")


async def _post(session: aiohttp.ClientSession, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on to aiohttp
    """The answer to one request; a busy collector is asked again after the time that it names."""
    while True:
        async with session.post(path, **request) as answer:
            if answer.status in (429, 503):
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            if answer.status != 200:
                raise IntakeRefused(f"{path}: {answer.status} {(await answer.text())[:300]}")
            found: dict[str, Any] = await answer.json()
            return found


def _gzip(body: bytes) -> bytes:
    deflater = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    return deflater.compress(body) + deflater.flush()
