"""Answers of the read API: JSON with a cursor, or CSV; an ETag lets a client ask whether anything changed."""

import csv
import hashlib
import io
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from laaswatch_collector.server.api.endpoint import Page

CACHE = "private, no-cache"
"""Keep it, but ask each time whether it still holds."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def answer(
    request: web.Request, found: Page | msgspec.Struct, shape: type[msgspec.Struct], as_csv: bool
) -> web.Response:
    """The answer to a request; 304 without a body if the client holds the same already."""
    if as_csv:
        items = found.items if isinstance(found, Page) else [found]
        body, kind = csv_of(items, shape), "text/csv"
    else:
        value = {"data": found.items, "next": found.next} if isinstance(found, Page) else found
        body, kind = msgspec.json.encode(value), "application/json"
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": CACHE}
    if isinstance(found, Page) and found.next is not None:
        headers["Link"] = f'<{next_page(request, found.next)}>; rel="next"'
    if _held(request, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    response = web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
    response.headers["Vary"] = "Authorization, Cookie, Accept-Encoding"
    response.enable_compression()
    return response


def csv_of(items: Any, shape: type[msgspec.Struct]) -> bytes:  # noqa: ANN401 - a sequence of `shape`
    """The items as CSV (RFC 4180), UTF-8; a cell that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = shape.__struct_fields__
    writer.writerow(names)
    for item in items:
        writer.writerow(safe_cell(getattr(item, name)) for name in names)
    return out.getvalue().encode("utf-8")


def safe_cell(value: Any) -> Any:  # noqa: ANN401 - a field's value
    """A value as a cell of CSV: times in UTC, and nothing that a spreadsheet would run."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        plain = all(isinstance(x, str) for x in value)
        value = " ".join(value) if plain else msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def next_page(request: web.Request, cursor: str) -> str:
    """The address of the page that follows."""
    query = [(k, v) for k, v in request.query.items() if k != "after"]
    return f"{request.path}?{urlencode([*query, ('after', cursor)])}"


def _held(request: web.Request, etag: str) -> bool:
    known = request.headers.get("If-None-Match", "")
    return "*" in known or etag in [x.strip().removeprefix("W/") for x in known.split(",")]
