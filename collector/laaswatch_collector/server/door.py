"""The door before the framework: how many may stand in it, and how long without saying what they want.

The framework closes an idle connection only after the keep-alive time, which is long on purpose: a TLS
handshake for each report would cost several times the report. A stranger gets no such patience:

    too many from one address, or in all     closed at once
    no whole request head after HEAD_SECONDS closed
    an answer that nobody reads              closed after READ_SECONDS without progress

Connections that a trusted proxy makes count only against the whole.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import cast

HEAD_SECONDS = 15.0
READ_SECONDS = 15.0
MOST_HEAD = 64 * 1024
"""Bytes looked through for the end of the first head; the framework's own limits are far below."""
_END = b"\r\n\r\n"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Doorman:
    """Counts who is inside. `per_address` and `in_all` are the most connections at one time."""

    per_address: int
    in_all: int
    trusted: Collection[str] = ()
    inside: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    _said_at: float = float("-inf")

    def admit(self, address: str) -> bool:
        """Count a new connection in, or refuse it."""
        crowded = address not in self.trusted and self.inside[address] >= self.per_address
        if crowded or self.inside.total() >= self.in_all:
            self.turned_away += 1
            if time.monotonic() - self._said_at > 60:
                self._said_at = time.monotonic()
                log.warning("too many connections, the last from %s: refusing more", address)
            return False
        self.inside[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection out."""
        self.inside[address] -= 1
        if self.inside[address] <= 0:
            del self.inside[address]


class Door(asyncio.Protocol):
    """Stands between one transport and the framework's handler of it."""

    __slots__ = ("_address", "_doorman", "_handler", "_reading", "_seen", "_transport", "_waiting")

    def __init__(self, handler: asyncio.Protocol, doorman: Doorman) -> None:
        self._handler = handler
        self._doorman = doorman
        self._address: str | None = None
        self._transport: asyncio.Transport | None = None
        self._seen = bytearray()
        self._waiting: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in if there is room, and begin to wait for its first request."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._doorman.admit(address):
            self._transport.abort()
            return
        self._address = address
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(HEAD_SECONDS, self._transport.abort)
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass it on; the first whole head ends the waiting."""
        if self._address is None:
            return
        if self._waiting is not None:
            self._seen += data
            if _END in self._seen or len(self._seen) > MOST_HEAD:
                self._waiting.cancel()
                self._waiting = None
                self._seen.clear()
        self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._handler.eof_received() if self._address is not None else None

    def pause_writing(self) -> None:
        """The other side does not read: it has a while to go on."""
        if self._transport is not None:
            loop = asyncio.get_running_loop()
            self._reading = loop.call_later(READ_SECONDS, self._transport.abort)
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._stop_timers()
        self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._stop_timers()
        if self._waiting is not None:
            self._waiting.cancel()
        if self._address is not None:
            self._doorman.leave(self._address)
            self._handler.connection_lost(exc)

    def _stop_timers(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


def behind(doorman: Doorman, make: Callable[[], asyncio.Protocol]) -> Callable[[], Door]:
    """A protocol factory whose connections all come through this doorman."""
    return lambda: Door(make(), doorman)
