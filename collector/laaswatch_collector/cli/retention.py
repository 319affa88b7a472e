"""`laaswatch-collector retention`: pack old reports and delete what the settings keep no longer, at once.

`serve` does the same every night. With --dry-run nothing is changed.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import echo
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.keeping import keeping_in_force
from laaswatch_collector.store.retention import would_remove
from laaswatch_collector.store.sealing import would_seal
from laaswatch_collector.upkeep import Upkeep, limits_of
from laaswatch_collector.worktime.thai import BANGKOK


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@config_option
def command(dry_run: bool, as_json: bool, config: CollectorConfig) -> None:
    """Pack reports that are old enough, then delete what is older than the settings say."""
    now = datetime.now(UTC)
    today = now.astimezone(BANGKOK).date()
    with open_store(config) as database:
        limits = limits_of(database.read(lambda c: keeping_in_force(c, config.history)), today)
        if dry_run:
            packed = would_seal(database, today - timedelta(days=config.history.seal_after_days))
            removed = would_remove(database, limits)
        else:
            kept = Upkeep(database, config.history, lambda: now).once()
            packed, removed = kept.sealed.reports, kept.removed
    if as_json:
        shown = {"dry_run": dry_run, "packed": packed, **asdict(removed)}
        click.echo(json.dumps(shown | {"reports_from": str(limits.reports)}))
        return
    echo("retention.would_pack" if dry_run else "retention.packed", n=packed)
    echo("retention.would_delete" if dry_run else "retention.deleted", **asdict(removed))
    echo("retention.kept", reports=limits.reports, sums=limits.rollups)
