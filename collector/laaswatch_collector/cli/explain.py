"""`laaswatch-collector explain`: why an office's entries of a month were late, in words and figures."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.store.offices import office_codes
from laaswatch_collector.store.views.explanations import (
    BookCounts,
    LateEntry,
    books_of,
    late_entries,
)
from laaswatch_collector.worktime.thai import thai_date_time

MARKS = {
    "explained": "●",
    "partly": "◐",
    "undetermined": "↔",
    "not_explained": "○",
    "no_evidence": "?",
    "pending": "…",
}


@click.command()
@click.option("--office", required=True, metavar="CODE")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the events (CE).")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--english", is_flag=True, help="English sentences instead of Thai ones.")
@config_option
def command(office: str, month: str, as_json: bool, english: bool, config: CollectorConfig) -> None:
    """Why the entries of an office were late: each with its verdict, evidence and figures."""
    month_bounds(month)
    with open_database(config) as (database, calendar):
        if office not in database.read(office_codes):
            raise click.ClickException(f"ไม่มีหน่วยงานรหัส {office} · there is no office {office}")
        policy = load_policy(Path(config.lateness_file) if config.lateness_file else None)
        recomputer = Recomputer(database, calendar, policy, lambda: datetime.now(UTC))
        if not recomputer.catch_up():  # what is still waiting would be missing from the answer
            click.echo(
                "ยังคำนวณไม่เสร็จ คำตอบอาจเปลี่ยน · still computing: the answer may change", err=True
            )
        books = database.read(lambda c: books_of(c, office, month))
        late = database.read(lambda c: late_entries(c, office, month))
    if as_json:
        click.echo(json.dumps(_document(office, month, books, late), ensure_ascii=False, indent=1))
        return
    for book in books:
        click.echo(
            f"{book.book}: {book.entries} ({book.same_day} same day, {book.next_day} next day, "
            f"{book.late} late, {book.undetermined} undetermined, {book.not_posted} not posted)"
        )
    if not late:
        click.echo("ไม่มีรายการที่ลงช้าในเดือนนี้ · no late entries in this month")
    for entry in late:
        x = entry.explanation
        click.echo(
            f"{MARKS[x.verdict]} {entry.number}  {thai_date_time(entry.event_at)} → "
            f"{thai_date_time(entry.due_at)}  [{x.verdict}, {x.grade or '-'}]\n"
            f"  {reason(x, 'en' if english else 'th')}"
        )
    click.echo("\nข้อเท็จจริงเพื่อประกอบการพิจารณา · facts for consideration")


def _document(
    office: str, month: str, books: list[BookCounts], late: list[LateEntry]
) -> dict[str, Any]:
    return {
        "office": office,
        "month": month,
        "books": [
            {
                "book": b.book,
                "entries": b.entries,
                "same_day": b.same_day,
                "next_day": b.next_day,
                "late": b.late,
                "undetermined": b.undetermined,
                "not_posted": b.not_posted,
            }
            for b in books
        ],
        "late": [_entry(x) for x in late],
    }


def _entry(entry: LateEntry) -> dict[str, Any]:
    x = entry.explanation
    return {
        "document": entry.number,
        "book": entry.book,
        "event_at": entry.event_at.isoformat(),
        "due_at": entry.due_at.isoformat(),
        "recorded_at": entry.recorded_from_at.isoformat() if entry.recorded_from_at else None,
        "verdict": x.verdict,
        "grade": x.grade,
        "scope": x.scope,
        "fault": x.fault,
        "explained_fraction": x.explained_fraction,
        "shift_fraction": x.shift_fraction,
        "backlog_fraction": x.backlog_fraction,
        "tardiness_minutes": x.tardiness,
        "window_minutes": x.window_minutes,
        "usable_minutes": x.usable_minutes,
        "down_minutes": x.down_minutes,
        "unknown_minutes": x.unknown_minutes,
        "backlog_minutes": x.backlog_minutes,
        "outages": list(x.outages),
        "rests_on_estimate": x.estimated,
        "reason_th": reason(x, "th"),
        "reason_en": reason(x, "en"),
    }
