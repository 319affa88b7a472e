"""HTTP: one GET, its status, and whether the page is the one that belongs there."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from laaswatch_agent import __version__
from laaswatch_agent.config import Address, Endpoint
from laaswatch_agent.diagnosis.detail import facts
from laaswatch_agent.host.errors import network_reason, number_of
from laaswatch_agent.probes.http_message import Head, NotHttp, body_of, split_head
from laaswatch_agent.probes.result import Deadline, Stopwatch
from laaswatch_agent.report.vocabulary import Reason

MAX_BODY = 64 * 1024
"""Bytes of a page that are read; its marker must stand in them."""
CLOCK_WORTH_SAYING = 60.0
_ENCODINGS = ("utf-8", "cp874")
"""Thai pages come in either; a marker is looked for in both."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one GET gave: a head and (part of) a body, or the reason why there is none.

    `clock` is by how many seconds the PC is ahead of the server, None where it gave no time; `said` the
    system's number for a reason that we do not know.
    """

    head: Head | None
    body: bytes
    reason: Reason
    ms: float
    clock: float | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What an exchange means: ok (`reason` NONE) or why not; `follow` is where the same host sends us."""

    reason: Reason
    words: tuple[str, ...]
    follow: Endpoint | None = None


def get(
    opened: socket.socket, endpoint: Endpoint, wall_ms: Callable[[], int], deadline: Deadline
) -> Exchange:
    """One GET on an open connection, which stays the caller's to close."""
    watch = Stopwatch()
    data = bytearray()
    split: tuple[Head, bytes] | None = None
    clock = None
    body, closed = b"", False
    try:
        opened.settimeout(max(deadline.remaining(), 0.01))
        opened.sendall(_request(endpoint))
        while not closed:
            opened.settimeout(max(deadline.remaining(), 0.01))
            part = opened.recv(16 * 1024)
            data += part
            closed = not part
            if split is None:
                split = split_head(bytes(data))
                clock = None if split is None else _clock(split[0], wall_ms)
            if split is not None:
                body, whole = body_of(split[0], _body_bytes(data), closed=closed)
                if whole or len(body) >= MAX_BODY:
                    return Exchange(split[0], body[:MAX_BODY], Reason.NONE, watch.ms(), clock)
            if deadline.remaining() <= 0:
                raise TimeoutError  # a server that drips stands still all the same
    except NotHttp:
        return Exchange(None, b"", Reason.NOT_HTTP, watch.ms())
    except OSError as error:
        reason = network_reason(error)
        if split is None:
            return Exchange(None, b"", reason, watch.ms(), said=number_of(error, reason))
        stalled = reason is Reason.TIMEOUT
        return Exchange(
            split[0], body, Reason.BODY_TIMEOUT if stalled else Reason.BODY_CUT, watch.ms(), clock
        )
    if split is None:  # closed without a whole head
        return Exchange(None, b"", Reason.NOT_HTTP if data else Reason.RESET, watch.ms())
    return Exchange(split[0], body, Reason.BODY_CUT, watch.ms(), clock)


def judge_page(exchange: Exchange, address: Address, asked: Endpoint) -> Page:
    """Is this the page that belongs at this address?"""
    head = exchange.head
    if head is None:
        return Page(exchange.reason, (exchange.said,))
    words = (facts(str(head.status), after=_asks_to_wait(head)),)
    if holds(exchange.body, address.maintenance_markers):
        return Page(Reason.MAINTENANCE_PAGE, words)
    if head.status == 511 or holds(exchange.body, address.portal_markers):
        return Page(Reason.PORTAL_PAGE, words)
    if head.status in _REDIRECTS:
        return _redirect(head, address, asked)
    reason = _of_status(head.status)
    if reason is Reason.NONE:
        reason = exchange.reason
    if reason is Reason.NONE and address.markers and not holds(exchange.body, address.markers):
        reason = Reason.WRONG_CONTENT
    return Page(reason, words)


def _asks_to_wait(head: Head) -> float | None:
    """The seconds for which a server that has too much to do wants to be left alone (RFC 9110, 10.2.3)."""
    wait = head.headers.get("retry-after", "")
    busy = head.status in (429, 503) and re.fullmatch("[0-9]{1,5}", wait)
    return float(wait) if busy else None


def holds(body: bytes, markers: tuple[str, ...]) -> bool:
    """Does one of the markers stand in the page? Latin letters may differ in case."""
    lower = body.lower()
    return any(
        marker.encode(encoding, errors="replace").lower() in lower
        for marker in markers
        for encoding in _ENCODINGS
    )


def _of_status(status: int) -> Reason:
    if status == 407:
        return Reason.PROXY_REQUIRED
    if status >= 500:
        return Reason.STATUS_SERVER_ERROR
    if status >= 400:
        return Reason.STATUS_CLIENT_ERROR
    return Reason.NONE if 200 <= status < 300 else Reason.WRONG_CONTENT


def _redirect(head: Head, address: Address, asked: Endpoint) -> Page:
    words = (str(head.status),)
    here = f"{asked.scheme}://{authority(asked)}{asked.path}"
    try:
        parts = urlsplit(urljoin(here, head.headers.get("location", "")))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return Page(Reason.NOT_HTTP, words)
    if host == asked.host.lower() and parts.scheme in {"http", "https"}:
        port = port or (443 if parts.scheme == "https" else 80)
        if port not in (80, 443, asked.port):  # nobody's page sends this agent to another service
            return Page(Reason.REDIRECT_ELSEWHERE, words)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not (path.isascii() and path.isprintable() and " " not in path):
            return Page(Reason.WRONG_CONTENT, words)
        return Page(Reason.WRONG_CONTENT, words, Endpoint(parts.scheme, host, port, path))
    for allowed in address.moved_to:
        if host == allowed.lower() or (allowed.startswith(".") and host.endswith(allowed.lower())):
            return Page(Reason.NONE, (*words, "moved"))
    return Page(Reason.REDIRECT_ELSEWHERE, words)


def _request(endpoint: Endpoint) -> bytes:
    # No cookie, no language, no referrer: the site learns that somebody looked, and nothing of whom.
    return (
        f"GET {endpoint.path} HTTP/1.1\r\nHost: {authority(endpoint)}\r\n"
        f"User-Agent: laaswatch-agent/{__version__}\r\nAccept: */*\r\n"
        f"Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def authority(endpoint: Endpoint) -> str:
    """The host as it stands in a request: with its port unless that is the usual one."""
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    usual = 443 if endpoint.scheme in {"https", "wss"} else 80
    return host if endpoint.port == usual else f"{host}:{endpoint.port}"


def _body_bytes(data: bytearray) -> bytes:
    return bytes(data[data.index(b"\r\n\r\n") + 4 :])


def _clock(head: Head, wall_ms: Callable[[], int]) -> float | None:
    """Seconds by which the PC is ahead, where that is worth saying."""
    said = head.said_at()
    if said is None:
        return None
    ahead = round(wall_ms() / 1000 - said)
    return float(ahead) if abs(ahead) >= CLOCK_WORTH_SAYING else None
