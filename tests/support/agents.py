"""Parts for tests of the agent's body: rounds, a clock that is set by hand, a collector's counterpart."""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from laaswatch_agent.report.codec import unpack_delivery
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result
from laaswatch_agent.spool import Circumstances

BOOT = "boot-1"
CIRCUMSTANCES = Circumstances(boot=BOOT, cadence=30.0, rules="rules-1")
START = 1_795_000_000_000
"""A Wednesday in November 2026, in ms."""


def a_round(number: int = 0, fault: Fault = Fault.NONE, every: int = 30_000) -> ProbeRound:
    """The round number so-and-so of a PC: all well, or the deciding layer failed."""
    failed = fault is not Fault.NONE
    return ProbeRound(
        at=START + number * every,
        mono=1_000_000 + number * every,
        fault=fault,
        rule="r-1",
        layers=(
            LayerResult(Layer.LINK, "", Result.OK, ms=0.2),
            LayerResult(Layer.DNS, "login", Result.OK, ms=12.5, detail="ipv4"),
            LayerResult(Layer.REFERENCE, "ref-a", Result.OK, ms=20.0),
            LayerResult(
                Layer.HTTP,
                "login",
                Result.FAIL if failed else Result.OK,
                Reason.TIMEOUT if failed else Reason.NONE,
                ms=150.0 + number % 50,
                detail="200",
            ),
        ),
    )


class HandClock:
    """Clocks that move only when a test moves them."""

    def __init__(self, wall: int = START, mono: int = 1_000_000, boot: str = BOOT) -> None:
        self.wall, self.mono, self.boot = wall, mono, boot

    def wall_ms(self) -> int:
        return self.wall

    def mono_ms(self) -> int:
        return self.mono

    def boot_id(self) -> str:
        return self.boot

    def advance(self, seconds: float) -> None:
        self.wall += round(seconds * 1000)
        self.mono += round(seconds * 1000)


Reply = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes], Reply | None]


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    """An answer with a JSON body (or none)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, b"" if body is None else json.dumps(body).encode()


def ack_all(body: bytes) -> Reply:
    """What a collector says that has stored everything."""
    lines = unpack_delivery(body).sealed
    seqs = [json.loads(line)["seq"] for line in lines]
    return reply(200, {"acked": [[s, s] for s in seqs], "duplicates": 0, "rejected": []})


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed or hung up is no fault of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Counterpart:
    """A real HTTP server on loopback whose answers a test chooses: `handler(method, path, headers, body)`.

    A handler that returns None hangs up without a word.
    """

    def __init__(self, handler: Handler) -> None:
        seen: list[tuple[str, str, dict[str, str], bytes]] = []

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {k.lower(): v for k, v in self.headers.items()}
                seen.append((self.command, self.path, headers, body))
                said = handler(self.command, self.path, headers, body)
                if said is None:
                    self.close_connection = True
                    return
                status, more, data = said
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _answer  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: object) -> None:
                pass

        self.seen = seen
        self._server = _Server(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
