"""How late the event loop is: what every request waits before anything is done for it."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from laaswatch_collector.counted import LOOP_LAG

EVERY = 1.0
"""Seconds."""


async def lag_measured(_app: web.Application) -> AsyncIterator[None]:
    """Measure while the application runs."""
    measuring = asyncio.create_task(_measure())
    yield
    measuring.cancel()
    await asyncio.wait([measuring])


async def _measure() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY
        await asyncio.sleep(EVERY)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
