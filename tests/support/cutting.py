"""A line that is cut: a TCP relay on loopback that hangs up in the middle of whatever it likes."""

import asyncio
import contextlib
import socket
import struct
import threading
from random import Random
from typing import Self

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset, as a dead line's middle boxes do."""


class CuttingLine:
    """Use with `with`. Listens on `port` and relays to port `to`; `honest` ends the cutting."""

    def __init__(self, seed: int) -> None:
        self.to = 0
        self.honest = False
        self.cuts = self.whole = 0
        self._dice = Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._relays: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self) -> None:
        for relay in self._relays:
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._relays.add(task)
        try:
            await self._relay(reader, writer)
        finally:
            self._relays.discard(task)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            self._reset(writer)
            return
        forth, back = self._fate()
        ways = (
            asyncio.create_task(self._carry(reader, far_writer, forth)),
            asyncio.create_task(self._carry(far_reader, writer, back)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            found = await asyncio.gather(*ways, return_exceptions=True)
            self.cuts += True in found
            self.whole += True not in found
            self._reset(writer)
            self._reset(far_writer)

    def _fate(self) -> tuple[int | None, int | None]:
        """After how many bytes either way is cut; None = never."""
        luck = self._dice.random()
        if self.honest or luck < 0.4:
            return None, None
        if luck < 0.7:  # the question breaks off
            return self._dice.randrange(20_000), None
        return None, self._dice.randrange(6_000)  # the answer is lost

    @staticmethod
    async def _carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None
    ) -> bool:
        """Carry bytes; True = cut here."""
        carried = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                if most is not None and carried + len(data) > most:
                    writer.write(data[: most - carried])
                    await writer.drain()
                    return True
                carried += len(data)
                writer.write(data)
                await writer.drain()
        return False

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        writer.close()
