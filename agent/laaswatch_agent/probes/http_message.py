"""HTTP/1.1 answers as bytes: head, and where the body ends. No socket here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_HEAD = 32 * 1024
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: [^\r\n]*)?")
_DATE = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class NotHttp(ValueError):
    """What the server sent is not the beginning of an HTTP/1 answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status and the headers (names in lower case) of an answer."""

    status: int
    headers: Mapping[str, str]

    def said_at(self) -> float | None:
        """The server's time in seconds since 1970, from Date and Age; None where it gives none."""
        found = _DATE.fullmatch(self.headers.get("date", ""))
        if found is None or found[2] not in _MONTHS:
            return None
        day, year, hour, minute, second = (int(found[n]) for n in (1, 3, 4, 5, 6))
        try:
            month = _MONTHS.index(found[2]) + 1
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        except ValueError:
            return None
        age = self.headers.get("age", "")
        return moment.timestamp() + (int(age) if re.fullmatch("[0-9]{1,7}", age) else 0)


def split_head(data: bytes) -> tuple[Head, bytes] | None:
    """The head and what came of the body, or None while the head is not complete. Raises NotHttp."""
    if not b"HTTP/1.".startswith(data[:7]):
        raise NotHttp
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > MAX_HEAD:
            raise NotHttp
        return None
    first, *lines = data[:end].split(b"\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        raise NotHttp
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Head(int(status[1]), headers), data[end + 4 :]


def body_of(head: Head, data: bytes, *, closed: bool) -> tuple[bytes, bool]:
    """The body as far as `data` holds it, and whether it is whole. `closed`: no more will come."""
    if head.status in {204, 304}:
        return b"", True
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        return _chunks(data)
    length = head.headers.get("content-length", "")
    if re.fullmatch("[0-9]{1,18}", length):
        return data[: int(length)], len(data) >= int(length)
    return data, closed


def _chunks(data: bytes) -> tuple[bytes, bool]:
    body: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\r\n", at)
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,8})(?:[ \t;].*)?", data[at:end]) if end >= 0 else None
        if size is None:
            return b"".join(body), False
        count = int(size[1], 16)
        if count == 0:
            return b"".join(body), True
        body.append(data[end + 2 : end + 2 + count])
        at = end + 2 + count + 2
