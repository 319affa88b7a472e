"""`laaswatch-collector calendar`: print the working days of a month, and take up changed files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.store.rules_in_use import take_up
from laaswatch_collector.store.views.offices import find_office
from laaswatch_collector.worktime.calendar import Calendar, Kind, Status
from laaswatch_collector.worktime.thai import local_date, thai_date

MARKS = {Status.OFFICIAL: "official", Status.ESTIMATED: "estimated"}


@click.group()
def command() -> None:
    """The calendar of working days."""


@command.command()
@click.option("--office", default="", metavar="CODE", help="Without it: the whole country.")
@click.option(
    "--province", default="", metavar="NN", help="A province's days, where no office is given."
)
@click.option("--month", required=True, metavar="YYYY-MM", help="Month (CE).")
@config_option
def show(office: str, province: str, month: str, config: CollectorConfig) -> None:
    """Every day of a month: its hours or why it is off, the source, and whether that is official."""
    start, end = month_bounds(month)
    with open_database(config) as (database, calendar):
        if office:
            found = database.read(lambda c: find_office(c, office))
            if found is None:
                raise refusal("command.no_office", office=office)
            province = found.province
    first, after = local_date(start), local_date(end)
    days = [first + timedelta(days=n) for n in range((after - first).days)]
    clock = calendar.work_clock(province, office)
    for day in days:
        click.echo(line_of(calendar, day, province, office))
    count = sum(clock.is_working_day(day) for day in days)
    click.echo(f"\n{both('calendar.working_days', count=count)}")


def line_of(calendar: Calendar, day: date, province: str, office: str) -> str:
    """One day: date, hours or "off", official or estimated, and every row that says so."""
    periods = calendar.work_clock(province, office).periods(day)
    hours = " ".join(f"{_hour(a)}-{_hour(b)}" for a, b in periods) or both("calendar.off")
    rows = calendar.rows_of(day, province, office)
    said = [
        f"{x.scope or 'nation'}: {x.name_th} · {x.name_en} "
        f"[{'works' if x.kind is Kind.WORKS else x.kind}, {MARKS[x.status]}; {x.source}]"
        for x in rows
    ] + [
        f"{x.scope or 'nation'}: {both('calendar.other_hours')} [{MARKS[x.status]}; {x.source}]"
        for x in calendar.dated_hours_of(day, province, office)
    ]
    if not rows and calendar.estimated(day, province, office):
        said.append(f"{both('calendar.unknown_year')} [estimated]")
    return f"{thai_date(day)} ({day:%a %Y-%m-%d})  {hours}" + "".join(f"\n    {x}" for x in said)


@command.command()
@config_option
def apply(config: CollectorConfig) -> None:
    """Take up changed files now: what they touch is judged again by the running collector, or the next one."""
    with open_database(config) as (database, calendar):
        try:
            policy = load_policy(Path(config.lateness_file) if config.lateness_file else None)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        now = datetime.now(UTC)
        version = DEFAULT_VERDICT_RULES.version
        found = database.write(
            lambda c: take_up(c, calendar, policy, version, now, who="command line")
        )
    for x in found:
        reach = f"{x.first} – {x.last}" if x.first else both("calendar.every_day")
        click.echo(
            f"{x.scope or 'nation'}  {reach}  {x.what}: {x.before or '-'} → {x.after or '-'}"
        )
    if not found:
        echo("calendar.unchanged")


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
