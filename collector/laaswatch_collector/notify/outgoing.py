"""What every channel shares: a message ready to go, how sending may end, and the one way out over HTTP.

A channel is a file of this folder with a class that has `send`. It returns when the other side has taken the message, and
raises one of the endings below otherwise. Addresses and secrets are never part of an ending's text.
"""

import http.client
import ipaddress
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from laaswatch_collector.notify.texts import Notice

TIMEOUT = 10.0
"""Seconds for connecting and for each answer."""
MOST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one address. `key` is the same however often it is tried; `link` is the whole URL, or ""."""

    key: str
    address: str
    notice: Notice
    link: str
    settings: str
    important: bool
    now: datetime


class TryLater(Exception):
    """The other side cannot just now; `after` seconds at least if it said so."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


class Refused(Exception):
    """It will never be taken as it is."""


class Held(Exception):
    """Not sent, so that the allowance lasts for what matters more."""


class Unsure(Exception):
    """The connection broke when the message had been handed over: nobody knows whether it was taken."""


class Channel(Protocol):
    """One way to reach people."""

    repeatable: bool
    """Whether the other side recognises a message that comes again."""

    def send(self, message: Outgoing) -> None:
        """Hand the message over. Raises TryLater, Refused, Held or Unsure."""


class Page:
    """Goes nowhere: the message is read on our own page."""

    repeatable = True

    def send(self, message: Outgoing) -> None:
        """It is where it is read already."""


def read_secret(file: str) -> str:
    """The first line of a file that only the collector may read. Raises ValueError that names the file alone."""
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: cannot be read ({type(error).__name__})") from None
    if not text or "\n" in text:
        raise ValueError(f"{file}: one line is expected")
    return text


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed(url: str, hosts: frozenset[str]) -> bool:
    """Whether we may call this URL: https to a host that is listed, plain http to this machine if that is listed."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or any(x <= " " for x in url):
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return secure and host in hosts


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; `retry_after` in seconds, 0 if it did not say."""

    status: int
    body: bytes
    retry_after: float
    headers: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def call(
    method: str,
    url: str,
    hosts: frozenset[str],
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    """One request, no redirects. Raises Refused for a host that is not listed, TryLater where nobody answers."""
    if not allowed(url, hosts):
        raise Refused("the host is not in notify.allowed_hosts")
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        after = answer.getheader("Retry-After", "")
        return Answer(
            answer.status,
            answer.read(MOST_ANSWER),
            float(after) if after.isascii() and after.isdigit() else 0.0,
            {name.lower(): value for name, value in answer.getheaders()},
        )
    except (OSError, http.client.HTTPException) as error:
        raise TryLater(type(error).__name__) from None
    finally:
        connection.close()
