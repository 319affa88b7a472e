"""`laaswatch-collector explain`: why an office's entries of a month were late, in words and figures."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.explanation.coincidence import Coincidence
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.explanation.remarks import (
    before_remark,
    changed_remark,
    coincidence_remark,
    flag_remark,
    health_remark,
)
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.messages import Message
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.store.offices import office_codes, province_of
from laaswatch_collector.store.views.desks import coincidence_of, desk_times, health_of
from laaswatch_collector.store.views.explanations import (
    BookCounts,
    LateEntry,
    books_of,
    late_entries,
)
from laaswatch_collector.web.words import words_in

MARKS = {
    "explained": "●",
    "partly": "◐",
    "undetermined": "↔",
    "not_explained": "○",
    "no_evidence": "?",
    "pending": "…",
}
MONTHS_BACK = timedelta(days=95)
"""How far back faults before deadlines are looked for: three months are needed."""


@click.command()
@click.option("--office", required=True, metavar="CODE")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the events (CE).")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--english", is_flag=True, help="English sentences instead of Thai ones.")
@config_option
def command(office: str, month: str, as_json: bool, english: bool, config: CollectorConfig) -> None:
    """Why the entries of an office were late: each with its verdict, evidence and figures."""
    start, end = month_bounds(month)
    with open_database(config) as (database, calendar):
        if office not in database.read(office_codes):
            raise refusal("command.no_office", office=office)
        policy = load_policy(Path(config.lateness_file) if config.lateness_file else None)
        recomputer = Recomputer(database, calendar, policy, lambda: datetime.now(UTC))
        if not recomputer.catch_up():  # what is still waiting would be missing from the answer
            echo("command.still_computing", err=True)
        books = database.read(lambda c: books_of(c, office, month))
        late = database.read(lambda c: late_entries(c, office, month))
        clock = calendar.work_clock(database.read(lambda c: province_of(c, office)), office)
        health = database.read(lambda c: health_of(desk_times(c, office, start, end, clock)))
        past = start - MONTHS_BACK
        chance = database.read(lambda c: coincidence_of(desk_times(c, office, past, end, clock)))
    if as_json:
        click.echo(
            json.dumps(
                _document(office, month, books, late, health, chance), ensure_ascii=False, indent=1
            )
        )
        return
    t = words_in("en" if english else "th")
    for book in books:
        click.echo(t("explain.book", **asdict(book)))
    if not late:
        click.echo(t("explain.none_late"))
    for entry in late:
        x = entry.explanation
        span = f"{t.moment(entry.event_at)} → {t.moment(entry.due_at)}"
        click.echo(f"{MARKS[x.verdict]} {entry.number}  {span}  [{x.verdict}, {x.grade or '-'}]")
        click.echo(f"  {t.say(reason(x))}")
        for remark in remarks(entry):
            click.echo(f"  · {t.say(remark)}")
    click.echo(f"\n{t.say(health_remark(health))}\n{t.say(coincidence_remark(chance))}")
    click.echo(f"\n{t('command.facts')}")


def remarks(entry: LateEntry) -> list[Message]:
    """What stands beside the entry's verdict."""
    found = [flag_remark(x["flag"], x["count"], x["first"]) for x in entry.flags]
    if changed := changed_remark(len(entry.changed)):
        found.append(changed)
    return found + [before_remark(x.verdict, x.until, x.reason) for x in entry.before]


def _document(
    office: str,
    month: str,
    books: list[BookCounts],
    late: list[LateEntry],
    health: Health,
    chance: Coincidence,
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
        "health": asdict(health),
        "own_faults_before_deadlines": asdict(chance),
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
        "reason_th": words_in("th").say(reason(x)),
        "reason_en": words_in("en").say(reason(x)),
    }
