"""A name server for the demo's own names: UDP, A records under `.test`, on loopback."""

import asyncio
import struct
from collections.abc import Callable
from typing import cast

_NXDOMAIN = 3
_A, _IN = 1, 1
_HEADER = struct.Struct(">HHHHHH")
_ADDRESS = bytes((127, 0, 0, 1))


class NameServer(asyncio.DatagramProtocol):
    """Answers 127.0.0.1 for the names it knows; `lost(name)` says which ones it denies just now."""

    def __init__(self, names: frozenset[str], lost: Callable[[str], bool]) -> None:
        self._names = names
        self._lost = lost
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket for the answers."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question; what is not a question gets no answer."""
        reply = self._reply(data)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)

    def _reply(self, data: bytes) -> bytes | None:
        try:
            number, flags, questions, *_ = _HEADER.unpack_from(data)
            name, end = _name(data, _HEADER.size)
            kind, kind_class = struct.unpack_from(">HH", data, end)
        except (struct.error, IndexError, UnicodeDecodeError):
            return None
        if flags & 0x8000 or questions != 1:
            return None
        known = name in self._names and not self._lost(name)
        answers = known and kind == _A and kind_class == _IN
        # A reply, authoritative, recursion as asked and available.
        head = 0x8480 | flags & 0x0100 | (0 if known else _NXDOMAIN)
        reply = _HEADER.pack(number, head, 1, int(answers), 0, 0) + data[_HEADER.size : end + 4]
        if answers:
            # A pointer to the question's name; one second to live, so that a healed name is back at once.
            reply += struct.pack(">HHHIH", 0xC00C, _A, _IN, 1, len(_ADDRESS)) + _ADDRESS
        return reply


def _name(data: bytes, start: int) -> tuple[str, int]:
    labels = []
    at = start
    while length := data[at]:
        if length > 63:
            raise IndexError
        labels.append(data[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return ".".join(labels), at + 1
