"""`laaswatch-collector association`: do late entries and outages go together across offices?"""

import json
from dataclasses import asdict
from typing import Any

import click

from laaswatch_collector.cli.export import month_bounds
from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.explanation.association import (
    Association,
    DoseStep,
    associate,
    dose_trend,
)
from laaswatch_collector.explanation.office_association import OfficeAssociation, associate_offices
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
        raise click.UsageError("--from must not be after --to")
    with open_database(config) as (database, calendar):
        loaded = database.read(lambda c: load_office_days(c, start, end, calendar, province))
    found = associate(loaded.days)
    doses = dose_trend(loaded.days, loaded.minutes)
    offices = associate_offices(loaded.of_office())
    if as_json:
        document = _document(first, last, province, found, doses, offices)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    click.echo(_sentence(found))
    for name, step in zip(NAMES, doses, strict=True):
        ratio = "-" if step.ratio is None else f"{step.ratio:.2f}"
        click.echo(f"  {name} min: × {ratio}  ({step.late}/{step.entries}, {step.office_days})")
    told = [x for x in offices if x.chance is not None]
    named = [x for x in told if x.found]
    click.echo(
        f"รายหน่วยงาน: ทดสอบได้ {len(told)} จาก {len(offices)} พบ {len(named)} · "
        f"by office: {len(told)} of {len(offices)} can be tested (the others: insufficient), {len(named)} found"
    )
    for x in named:
        click.echo(
            f"  {x.office}  {x.exposed} days, chance {x.chance:.4f}, false {x.false_share:.3f}"
        )
    click.echo("\nข้อเท็จจริงเพื่อประกอบการพิจารณา · facts for consideration")


def _sentence(x: Association) -> str:
    if x.ratio is None:
        return f"ข้อมูลไม่พอ · insufficient: no week of an office has days both with and without outages ({x.office_days} office-days)"
    interval = "-" if x.low is None or x.high is None else f"{x.low:.2f}–{x.high:.2f}"
    share = "-" if x.attributable is None else f"{100 * x.attributable:.0f} %"
    return (
        f"วันที่มีเหตุขัดข้องลงช้ากว่า {x.ratio:.2f} เท่า (95 %: {interval}) · late on days with outages × "
        f"{x.ratio:.2f} (95 %: {interval}); of late entries on these days {share} would not have been "
        f"({x.office_days} office-days in {x.strata} office-weeks)"
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
