"""The page's data channel: does anybody on the way refuse to turn the conversation into a WebSocket?

Only the handshake of RFC 6455 is made; nothing is sent over the channel, and nobody signs in. A page can
come whole while proxies, filters and antivirus programs keep its channel shut: then its data never shows.
"""

import base64
import errno
import hashlib
import secrets
import socket
from pathlib import Path

from laaswatch_agent.config import Endpoint
from laaswatch_agent.host.errors import network_reason, number_of
from laaswatch_agent.probes import tls
from laaswatch_agent.probes.http import authority
from laaswatch_agent.probes.http_message import Head, NotHttp, split_head
from laaswatch_agent.probes.result import Deadline, Stopwatch, fail, ok
from laaswatch_agent.probes.tcp import connect
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason

TARGET = "websocket"
PATIENCE = 4.0
"""Seconds in all: the page is there already, and nobody should wait long for a detail."""
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SWITCHING, _UNAUTHORIZED, _PROXY = 101, 401, 407


def look(
    endpoint: Endpoint, addresses: tuple[str, ...], ca_file: Path | None, deadline: Deadline
) -> LayerResult:
    """The data channel as a row of the HTTP layer. A server that first wants us to sign in has answered."""
    limit = deadline.within(PATIENCE)
    watch = Stopwatch()
    opened = connect(addresses, endpoint.port, limit)
    if opened.socket is None:
        return fail(Layer.HTTP, TARGET, opened.reason, watch.ms(), opened.said)
    stream: socket.socket = opened.socket
    if endpoint.scheme == "wss":
        shaken = tls.shake_hands(stream, endpoint.host, ca_file, limit)
        if shaken.socket is None:
            return fail(Layer.HTTP, TARGET, shaken.reason, watch.ms(), shaken.said)
        stream = shaken.socket
    key = base64.b64encode(secrets.token_bytes(16))
    with stream:
        try:
            head = _ask(stream, endpoint, key, limit)
        except NotHttp:
            return fail(Layer.HTTP, TARGET, Reason.NOT_HTTP, watch.ms())
        except OSError as error:
            reason = network_reason(error)
            return fail(Layer.HTTP, TARGET, reason, watch.ms(), number_of(error, reason))
    reason = judge(head, key)
    words = str(head.status)
    if reason is Reason.NONE:
        return ok(Layer.HTTP, TARGET, watch.ms(), words)
    return fail(Layer.HTTP, TARGET, reason, watch.ms(), words)


def judge(head: Head, key: bytes) -> Reason:
    """Is this the answer of a server that opens the channel asked for with `key`?"""
    if head.status == _SWITCHING:
        digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
        right = head.headers.get("sec-websocket-accept", "") == base64.b64encode(digest).decode()
        return Reason.NONE if right else Reason.WRONG_CONTENT
    if head.status == _UNAUTHORIZED:
        return Reason.NONE
    if head.status == _PROXY:
        return Reason.PROXY_REQUIRED
    if head.status >= 500:
        return Reason.STATUS_SERVER_ERROR
    return Reason.STATUS_CLIENT_ERROR if head.status >= 400 else Reason.WRONG_CONTENT


def _ask(stream: socket.socket, endpoint: Endpoint, key: bytes, limit: Deadline) -> Head:
    stream.settimeout(max(limit.remaining(), 0.01))
    stream.sendall(
        f"GET {endpoint.path} HTTP/1.1\r\nHost: {authority(endpoint)}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key.decode()}\r\n\r\n".encode("ascii")
    )
    data = b""
    while (split := split_head(data)) is None:
        stream.settimeout(max(limit.remaining(), 0.01))
        part = stream.recv(4096)
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, "closed within the head")
        data += part
    return split[0]
