"""HTTP to the collector with the standard library: one kept-alive connection, TLS checked, a proxy if set.

Every failure of the way comes out as `NoAnswer`; every answer, good or bad, as an `Answer`. What an
answer means is the uplink's business.
"""

import http.client
import json
import socket
import ssl
import urllib.request
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from laaswatch_agent import __version__

MAX_ANSWER = 256 * 1024
TIMEOUT = 15.0
"""Seconds that the other end may keep silent; a bad line answers some packets after 5 s."""


class NoAnswer(OSError):
    """The collector was not reached, or what came back is not HTTP.

    `kind`: name, refused, timeout, reset, unreachable, certificate, not_tls, proxy, not_http.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the JSON object that came, or {} where none did (a portal, a proxy, a block page).

    `retry_after` is in seconds; `date` is the other end's clock, in seconds since 1970.
    """

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float | None = None
    date: float | None = None
    data: bytes = b""
    """The body as it came, cut after the most that was asked for and one byte."""


def in_the_clear(address: str) -> bool:
    """Whether this agent's secret would travel unencrypted to another machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")


class CollectorClient:
    """Requests to one collector. Not for use by two threads at once. Raises ValueError for a bad address.

    `proxy` is http://host:port; without it the system's own settings decide.
    """

    def __init__(
        self,
        address: str,
        *,
        ca_file: str = "",
        token: str = "",
        timeout: float = TIMEOUT,
        proxy: str = "",
    ) -> None:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(f"not the address of a collector: {address}")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._path = parts.path.rstrip("/")
        self._ca_file = ca_file
        self._proxy = proxy
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._absolute = ""
        self._headers = {"User-Agent": f"laaswatch-agent/{__version__}"}
        if token:
            self.use(token)

    def use(self, token: str) -> None:
        """Show this secret from the next request on."""
        self._headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send `body`; raises NoAnswer."""
        return self._ask("POST", path, body, headers)

    def post_json(self, path: str, document: dict[str, Any]) -> Answer:
        """Send a small JSON document; raises NoAnswer."""
        body = json.dumps(document).encode("ascii")
        return self._ask("POST", path, body, {"Content-Type": "application/json"})

    def get(self, path: str) -> Answer:
        """Ask; raises NoAnswer."""
        return self._ask("GET", path, None, {})

    def get_packed(self, path: str, most: int) -> Answer:
        """Ask for a document that may come compressed, of at most `most` bytes then; raises NoAnswer."""
        return self._ask("GET", path, None, {"Accept-Encoding": "gzip"}, most)

    def close(self) -> None:
        """Hang up. The next request opens a new connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        most: int = MAX_ANSWER,
    ) -> Answer:
        reused = self._connection is not None
        try:
            return self._once(method, path, body, headers, most)
        except NoAnswer as error:
            # A kept connection may have been closed at the other end while it was idle. Asking again
            # is safe: the collector knows a report it has.
            if not (reused and error.kind in ("reset", "not_http")):
                raise
        return self._once(method, path, body, headers, most)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], most: int
    ) -> Answer:
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            try:
                connection.request(
                    method, self._absolute + self._path + path, body, {**self._headers, **headers}
                )
            except (BrokenPipeError, ConnectionResetError):
                # A refusal may be there before all was sent: read it instead of complaining.
                if connection.sock is None:  # it was reset before it was open
                    raise
            response = connection.getresponse()
            data = response.read(most + 1)
            if response.will_close or len(data) > most:
                self.close()
            return Answer(
                response.status,
                _object(data),
                _seconds(response.getheader("Retry-After")),
                _date(response.getheader("Date")),
                data,
            )
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _no_answer(error) from error

    def _connect(self) -> http.client.HTTPConnection:
        proxy = self._proxy or self._proxy_of_the_system()
        at = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = (at.hostname or "", at.port or 8080) if proxy else (self._host, self._port)
        self._absolute = ""
        if not self._secure:
            if proxy:
                self._absolute = f"http://{self._host}:{self._port}"
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        connection = http.client.HTTPSConnection(
            host, port, timeout=self._timeout, context=self._context()
        )
        if proxy:
            connection.set_tunnel(self._host, self._port)
        return connection

    def _proxy_of_the_system(self) -> str:
        """From the environment, or from the registry of Windows; "" for none."""
        if _is_here(self._host):
            return ""
        proxy = urllib.request.getproxies().get("https" if self._secure else "http", "")
        return "" if urllib.request.proxy_bypass(self._host) else proxy

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; its form with a date needs a right clock and is passed over."""
    if header is None or not header.isascii() or not header.isdigit():
        return None
    return float(header[:6])


def _date(header: str | None) -> float | None:
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, OverflowError):
        return None


_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
"""What OpenSSL says when the other end talks, but not TLS: https:// asked of a plain http port."""


def _no_answer(error: Exception) -> NoAnswer:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (socket.gaierror, "name"),
        (ssl.SSLError, "certificate"),
        (TimeoutError, "timeout"),
        (ConnectionRefusedError, "refused"),
        (http.client.RemoteDisconnected, "reset"),
        (ConnectionError, "reset"),
        (http.client.HTTPException, "not_http"),
        (FileNotFoundError, "certificate"),  # the CA file is not there
    )
    kind = next((name for of, name in kinds if isinstance(error, of)), "unreachable")
    if "Tunnel connection failed" in str(error):
        kind = "proxy"
    elif isinstance(error, ssl.SSLError) and error.reason in _NOT_TLS:
        kind = "not_tls"
    return NoAnswer(kind, str(error) or type(error).__name__)
