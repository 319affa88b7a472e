"""An office's late entries of a month as a file for spreadsheets."""

import asyncio
import csv
import io
from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.store.views.explanations import LateEntry
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.thai import BANGKOK

_MUCH = 64 * 1024
"""Bytes from which a body is compressed in a thread."""
CSV_COLUMNS = (
    "doc_no",
    "line",
    "book",
    "event_at",
    "due_at",
    "posted_from",
    "posted_to",
    "posted_precision",
    "verdict",
    "verdict_text",
    "reason",
    "explained_fraction",
    "shift_fraction",
    "tardiness_minutes",
    "window_minutes",
    "usable_minutes",
    "down_minutes",
    "unknown_minutes",
    "scope",
    "fault",
    "grade",
    "outages",
)


async def csv_answer(t: Words, code: str, month: str, rows: Iterable[LateEntry]) -> web.Response:
    """Every row, with a mark that tells Excel it is UTF-8; written where nobody waits for it."""
    body = await asyncio.to_thread(_csv, t, rows)
    response = web.Response(
        body=body, content_type="text/csv", charset="utf-8", zlib_executor_size=_MUCH
    )
    name = "".join(c for c in code if c.isascii() and (c.isalnum() or c in "-_"))
    response.headers["Content-Disposition"] = (
        f'attachment; filename="late-entries-{name}-{month}.csv"'
    )
    response.enable_compression()
    return response


def _csv(t: Words, rows: Iterable[LateEntry]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows([guard(x) for x in _csv_row(t, row)] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def guard(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay."""
    if isinstance(value, str) and value.lstrip()[:1] in {
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
    }:
        return f"'{value}"
    if isinstance(value, str) and value[:1] in {"\t", "\r", "\n"}:
        return f"'{value}"
    return value


def _csv_row(t: Words, row: LateEntry) -> Iterable[object]:
    x = row.explanation
    return (
        row.doc_no,
        row.line,
        row.book,
        _iso(row.event_at),
        _iso(row.due_at),
        _iso(row.recorded_from_at),
        _iso(row.recorded_to_at),
        row.recorded_precision,
        str(x.verdict),
        t.word("verdict", str(x.verdict)),
        t.say(reason(x)),
        round(x.explained_fraction, 3),
        round(x.shift_fraction, 3),
        x.tardiness,
        x.window_minutes,
        x.usable_minutes,
        x.down_minutes,
        x.unknown_minutes,
        str(x.scope),
        x.fault,
        str(x.grade),
        " ".join(x.outages),
    )


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(BANGKOK).isoformat(timespec="minutes")
