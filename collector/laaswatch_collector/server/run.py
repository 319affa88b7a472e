"""The application on a socket, with every limit set that the framework leaves open (reliability)."""

import asyncio
import socket
from dataclasses import dataclass
from typing import cast

from aiohttp import web, web_response

from laaswatch_collector.config import host_and_port
from laaswatch_collector.server.app import create_app
from laaswatch_collector.server.door import Doorman, behind
from laaswatch_collector.server.routing import Context

STOP_SECONDS = 8.0
"""How long requests in the air may take to end once we stop."""
MAX_LINE = 4096


class CannotListen(Exception):
    """The address is taken or not ours; the text says which."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server; `url` is where people find it."""

    runner: web.AppRunner
    listener: asyncio.Server
    doorman: Doorman
    url: str

    async def stop(self) -> None:
        """Stop listening, let what is in the air end, close."""
        self.listener.close()
        await self.runner.cleanup()


async def start(context: Context) -> Serving:
    """Listen on the configured address; port 0 takes any free one. Raises CannotListen."""
    host, port = host_and_port(context.config.listen)
    # Answers to requests that cannot be parsed come from the framework: they need not name its version.
    web_response.SERVER_SOFTWARE = "laaswatch"  # type: ignore[attr-defined]  # no other way
    runner = web.AppRunner(
        create_app(context),
        auto_decompress=False,  # `limits.inflate` does it, within bounds
        lingering_time=0,  # a refused body is not read to its end
        keepalive_timeout=context.config.keep_alive_seconds,
        max_line_size=MAX_LINE,
        max_field_size=MAX_LINE,
        access_log=None,
        handler_cancellation=False,  # a write that has begun is finished, whoever hangs up
        shutdown_timeout=STOP_SECONDS,
    )
    await runner.setup()
    config = context.config
    doorman = Doorman(config.connections_per_address, config.connections, config.trusted_proxies)
    try:
        listener = await asyncio.get_running_loop().create_server(
            behind(doorman, cast(web.Server, runner.server)), host or None, port, backlog=1024
        )
    except (OSError, socket.gaierror) as error:
        await runner.cleanup()
        raise CannotListen(f"{config.listen}: {error.strerror or error}") from error
    bound = listener.sockets[0].getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    if shown in ("0.0.0.0", "[::]"):
        shown = "127.0.0.1"
    return Serving(runner, listener, doorman, f"http://{shown}:{bound[1]}")
