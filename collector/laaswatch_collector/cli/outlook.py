"""`laaswatch-collector outlook`: beyond the record - a second line, the backlog, safe moments, costs by provider."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.outlook.sentence import (
    say_backlog,
    say_cost,
    say_safe,
    say_second_line,
)
from laaswatch_collector.store.views.offices import find_office
from laaswatch_collector.store.views.outlook import (
    backlog_of,
    costs_by_isp,
    safe_moment_of,
    second_line_of,
)
from laaswatch_collector.web.words import words_in


@click.command()
@click.option("--office", required=True, metavar="CODE")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the events (CE).")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--english", is_flag=True, help="English sentences instead of Thai ones.")
@config_option
def command(office: str, month: str, as_json: bool, english: bool, config: CollectorConfig) -> None:
    """What a second line would have saved, when the backlog will be cleared, whether now is a safe moment."""
    start, end = month_bounds(month)
    now, t = datetime.now(UTC), words_in("en" if english else "th")
    with open_database(config) as (database, calendar):
        here = database.read(lambda c: find_office(c, office))
        if here is None:
            raise refusal("command.no_office", office=office)
        clock = calendar.work_clock(here.province, office)
        second = database.read(lambda c: second_line_of(c, office, clock, start, end, now))
        backlog = database.read(lambda c: backlog_of(c, office, clock, now))
        safe = database.read(lambda c: safe_moment_of(c, office, clock, now))
        costs = database.read(lambda c: costs_by_isp(c, [month], here.province))
    if as_json:
        found = {
            "office": office,
            "month": month,
            "second_line": None if second is None else asdict(second),
            "backlog": asdict(backlog),
            "safe_moment": None if safe is None else asdict(safe),
            "costs": [asdict(x) for x in costs],
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(t.say(say_second_line(second)))
    click.echo(t.say(say_backlog(backlog.forecast, backlog.overtaken)))
    click.echo(t.say(say_safe(safe)))
    for x in costs:
        click.echo(t.say(say_cost(x, x.isp)))
    click.echo(f"\n{t('forecast.no_promise')}")
