"""`laaswatch-collector association`: do late entries and outages go together across offices?"""

import json
from dataclasses import asdict
from typing import Any

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import both, echo
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.explanation.association import (
    Association,
    DoseStep,
    associate,
    dose_trend,
)
from laaswatch_collector.explanation.office_association import OfficeAssociation, associate_offices
from laaswatch_collector.messages import Message, message
from laaswatch_collector.store.views.office_days import load_office_days

NAMES = ("0", "1–29", "30–119", "120–239", "≥ 240")


@click.command()
@click.option("--from", "first", metavar="YYYY-MM", required=True, help="First month (CE).")
@click.option("--to", "last", metavar="YYYY-MM", required=True, help="Last month (CE).")
@click.option("--province", default="", metavar="NN", help="Only this province (two digits).")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@config_option
def command(first: str, last: str, province: str, as_json: bool, config: CollectorConfig) -> None:
    """Whether more entries were late on days with outages than on the same office's other days of that week."""
    start, end = month_bounds(first)[0], month_bounds(last)[1]
    if start >= end:
        raise click.UsageError(both("association.order"))
    with open_database(config) as (database, calendar):
        loaded = database.read(lambda c: load_office_days(c, start, end, calendar, province))
    found = associate(loaded.days)
    doses = dose_trend(loaded.days, loaded.minutes)
    offices = associate_offices(loaded.of_office())
    if as_json:
        document = _document(first, last, province, found, doses, offices)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    echo(_sentence(found))
    for name, step in zip(NAMES, doses, strict=True):
        ratio = "-" if step.ratio is None else f"{step.ratio:.2f}"
        click.echo(f"  {name} min: × {ratio}  ({step.late}/{step.entries}, {step.office_days})")
    told = [x for x in offices if x.chance is not None]
    named = [x for x in told if x.found]
    echo("association.by_office", told=len(told), offices=len(offices), named=len(named))
    for x in named:
        figures = {
            "days": x.exposed,
            "chance": x.chance or 0.0,
            "false_share": x.false_share or 0.0,
        }
        click.echo(f"  {x.office}  {both('association.office', **figures)}")
    click.echo(f"\n{both('command.facts')}")


def _sentence(x: Association) -> Message:
    if x.ratio is None:
        return message("association.insufficient", days=x.office_days)
    interval = "-" if x.low is None or x.high is None else f"{x.low:.2f}–{x.high:.2f}"
    share = "-" if x.attributable is None else f"{100 * x.attributable:.0f} %"
    return message(
        "association.found",
        ratio=x.ratio,
        interval=interval,
        share=share,
        days=x.office_days,
        weeks=x.strata,
    )


def _document(
    first: str,
    last: str,
    province: str,
    found: Association,
    doses: tuple[DoseStep, ...],
    offices: tuple[OfficeAssociation, ...],
) -> dict[str, Any]:
    return {
        "from": first,
        "to": last,
        "province": province or None,
        "association": asdict(found),
        "doses": [asdict(x) for x in doses],
        "offices": [asdict(x) | {"found": x.found} for x in offices],
    }
