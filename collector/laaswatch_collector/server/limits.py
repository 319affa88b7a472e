"""What a request may cost before it is believed: head, body, inflated body, attempts.

The order matters: the head is judged before anybody is asked who they are, the sender before the body is
read, the body before it is inflated. `inflate` is the only place of the server that inflates anything.
"""

import asyncio
import ipaddress
import re
import zlib
from collections import OrderedDict, deque
from collections.abc import Collection

from aiohttp import web
from aiohttp.http import HttpVersion10, HttpVersion11

from laaswatch_agent.report.codec import MAX_DELIVERY
from laaswatch_collector.messages import message
from laaswatch_collector.server.errors import Refused

MAX_WIRE = 256 * 1024
"""Bytes of a delivery as it comes over the wire."""
MAX_SMALL_BODY = 8 * 1024
"""Bytes of any other JSON body."""
STEP = 64 * 1024
BODY_SECONDS = 10.0
"""How long a body may fall behind the slowest line: a lossy one is silent for some seconds."""
SLOWEST = 4 * 1024
"""Bytes a second that the worst line of a province still carries; below it a body is cut off."""
_GZIP = 16 + zlib.MAX_WBITS
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")
"""A name or an address, and perhaps a port: links to ourselves are made with it."""
MAX_READERS = 256
"""Bodies that may be in the air at once, over all connections."""
READERS: web.AppKey[asyncio.Semaphore] = web.AppKey("readers", asyncio.Semaphore)


def check_request_line(request: web.Request) -> None:
    """Refuse what the parser lets through but nobody honest sends."""
    if request.version not in (HttpVersion10, HttpVersion11):
        raise Refused("version")
    host = _HOST.fullmatch(request.host)
    if host is None or int(host[1] or 0) > 65535:
        raise Refused("malformed", message("detail.no_host"))
    if not request.raw_path.startswith("/"):
        raise Refused("malformed", message("detail.absolute_address"))


def check_delivery_head(request: web.Request) -> None:
    """Length, type and encoding of a delivery, from its headers alone."""
    check_body_head(request, "application/x-ndjson", MAX_WIRE)
    encodings = request.headers.getall("Content-Encoding", ["identity"])
    if len(encodings) != 1 or encodings[0] not in ("gzip", "identity"):
        raise Refused("unsupported_encoding")


def check_json_head(request: web.Request) -> None:
    """Length and type of a small JSON body, from its headers alone."""
    check_body_head(request, "application/json", MAX_SMALL_BODY)
    if "Content-Encoding" in request.headers:
        raise Refused("unsupported_encoding")


def check_body_head(request: web.Request, content_type: str, most: int) -> None:
    """A body of a known length up to `most` bytes and of one content type."""
    if request.content_length is None or "Transfer-Encoding" in request.headers:
        raise Refused("length_required")
    if request.content_length > most:
        raise Refused("too_large", message("detail.most_bytes", most=most))
    if request.content_type != content_type:
        raise Refused("unsupported_type", message("detail.content_type", type=content_type))


async def read_body(request: web.Request, most: int) -> bytes:
    """The body as it came, at most `most` bytes; what has come of it sets the time for the rest."""
    if request.content.is_eof():  # it came with its head: nobody has to be waited for
        try:
            body = request.content.read_nowait(-1)
        except ConnectionError as error:
            raise Refused("malformed", message("detail.broke_off")) from error
        if len(body) > most:
            raise Refused("too_large", message("detail.most_bytes", most=most))
        return body
    began = asyncio.get_running_loop().time()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS) as limit, request.app[READERS]:
            while part := await request.content.read(STEP):
                size += len(part)
                if size > most:
                    raise Refused("too_large", message("detail.most_bytes", most=most))
                parts.append(part)
                limit.reschedule(began + BODY_SECONDS + size / SLOWEST)
    except TimeoutError as error:
        raise Refused("too_slow") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Refused("malformed", message("detail.broke_off")) from error
    return b"".join(parts)


def inflate(body: bytes, most: int = MAX_DELIVERY) -> bytes:
    """One gzip member that ends, with a right checksum, nothing behind it, at most `most` bytes inflated."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        data = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise Refused("cut_body") from error
    # What is raised keeps these names alive until it is answered: dozens of bombs at once would add up.
    if len(data) > most:
        del data, inflater
        raise Refused("too_large", message("detail.most_inflated", most=most))
    if not inflater.eof or inflater.unused_data:
        del data, inflater
        raise Refused("cut_body")
    return data


def client_address(request: web.Request, trusted: Collection[str]) -> str:
    """Who asks: the peer, or what a trusted proxy says about its own peer (the last entry it added)."""
    peer = request.remote or ""
    if peer not in trusted:
        return peer
    said = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return peer


class AttemptLimit:
    """At most `most` failed attempts per `seconds` and address, remembered for `addresses` of them."""

    def __init__(self, most: int, seconds: float, addresses: int = 10_000) -> None:
        self._most = most
        self._seconds = seconds
        self._addresses = addresses
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str, at: float) -> None:
        """Refuse an address that has failed too often lately; `at` in seconds of any steady clock."""
        times = self._failed.get(address)
        if times is None:
            return
        while times and times[0] <= at - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            raise Refused("too_many", retry_after=times[0] + self._seconds - at)

    def failed(self, address: str, at: float) -> None:
        """Count a failed attempt."""
        self._failed.setdefault(address, deque(maxlen=self._most)).append(at)
        self._failed.move_to_end(address)
        while len(self._failed) > self._addresses:
            self._failed.popitem(last=False)

    def forgive(self, address: str) -> None:
        """Take back the newest failure: it was counted in advance and turned out well."""
        times = self._failed.get(address)
        if times:
            times.pop()


ENROLMENT_ATTEMPTS: web.AppKey[AttemptLimit] = web.AppKey("enrolment_attempts", AttemptLimit)
