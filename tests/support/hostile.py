"""Strangers at a collector's door: bombs in gzip, and thousands of connections that take their time."""

import contextlib
import gzip
import socket
import threading
import time
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

from support.collector import Collector
from support.intake import Sender, a_round

MIB = 1 << 20


def memory(pid: int, name: str = "VmRSS") -> int:
    """Bytes of a process by its /proc status: VmRSS now, VmHWM at most so far."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split(f"{name}:")[1].split()[0]) * 1024


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


@cache
def bombs() -> dict[str, tuple[bytes, str, set[int]]]:
    """By name: body, Content-Encoding and the statuses that are right."""
    small = gzip.compress(bytes(MIB))
    many = gzip.compress(b"[]") * 1000
    long_name = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 65536 + b"\0" + small[10:]
    plain = zlib.compress(bytes(50 * MIB), 9)
    return {
        "1 MB to 900 MB": (_zeros(900), "gzip", {413}),
        "0.2 MB to 200 MB": (_zeros(200), "gzip", {413}),
        "gzip in gzip": (gzip.compress(_zeros(900)), "gzip", {400}),
        "1,000 members": (many, "gzip", {400}),
        "a name of 64 kB": (long_name, "gzip", {400}),
        "deflate": (plain, "deflate", {415}),
        "zstd": (small, "zstd", {415}),
        "br": (small, "br", {415}),
        "gzip, gzip": (small, "gzip, gzip", {415}),
    }


@cache
def _zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    parts = [packer.compress(bytes(MIB)) for _ in range(mebibytes)]
    return b"".join((*parts, packer.flush()))


def post(port: int, token: str, body: bytes, encoding: str) -> int:
    """The status of one delivery on a connection of its own; 0 = cut off before an answer."""
    head = (
        f"POST /v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Encoding: {encoding}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(head.encode() + body)
            answer = connection.recv(4096)
    except ConnectionError:  # it refused by the head alone, and did not wait for the rest
        return 0
    return int(answer.split()[1]) if answer else 0


class Honest(threading.Thread):
    """An agent that delivers again and again meanwhile; `answers` counts the statuses."""

    def __init__(self, collector: Collector, sender: Sender) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[int] = Counter()
        self.slowest = 0.0
        self._collector, self._sender = collector, sender
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.is_set():
            now = round(time.time() * 1000)
            line = self._sender.seal(a_round(now, now))
            began = time.monotonic()
            body = self._sender.body(line, sent=now, mono=now)
            self.answers[post(self._collector.port, self._sender.token, body, "gzip")] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            self._enough.wait(0.05)

    def stop(self) -> None:
        """Wait for its last answer."""
        self._enough.set()
        self.join()


class Idlers:
    """So many connections that take their time, some of each kind, from many addresses of loopback."""

    KINDS = ("idle", "head drips", "body drips", "half closed")
    ONE_OF = 50
    """So many to one that never reads: each of those may fill some MB of the machine's buffers."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self._open: list[socket.socket] = []
        self._dripping: list[socket.socket] = []
        body_drips = (
            "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: 262144\r\n\r\n"
        )
        says = {
            "idle": b"",
            "head drips": b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ",
            "body drips": body_drips.encode(),
            "never reads": b"GET /static/style.css HTTP/1.1\r\nHost: x\r\n\r\n" * 1500,
            "half closed": b"GET /health HT",
        }
        for n in range(count):
            kind = self.KINDS[n % len(self.KINDS)] if n % self.ONE_OF else "never reads"
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.bind((f"127.1.{n % 100}.1", 0))
            one.settimeout(60)
            one.connect(("127.0.0.1", port))
            one.setblocking(False)
            self._open.append(one)
            self._send(one, says[kind])
            if kind == "half closed":
                one.shutdown(socket.SHUT_WR)
            if kind.endswith("drips"):
                self._dripping.append(one)

    @staticmethod
    def _send(one: socket.socket, data: bytes) -> None:
        with contextlib.suppress(OSError):
            one.send(data)

    def drip(self) -> None:
        """Another byte from each that drips."""
        for one in self._dripping:
            self._send(one, b"x")

    def hang_up(self) -> None:
        """Leave."""
        for one in self._open:
            one.close()


def connections(pid: int) -> int:
    """How many sockets a process has open."""
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += str(link.readlink()).startswith("socket:")
    return count
