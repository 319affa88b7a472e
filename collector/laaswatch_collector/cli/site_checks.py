"""`laaswatch-collector site-checks`: the switch with which agents leave the accounting site alone."""

from datetime import UTC, datetime

import click

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo
from laaswatch_collector.config import CollectorConfig, SiteChecks
from laaswatch_collector.messages import word
from laaswatch_collector.store.site_checks import site_checks, switch_site_checks


@click.command()
@click.argument("checks", required=False, type=click.Choice([str(x) for x in SiteChecks]))
@config_option
def command(config: CollectorConfig, checks: str | None) -> None:
    """Say how far agents may go towards the accounting site: off, connect or full.

    Without an argument: how far they may go now. Agents obey with their next report.
    """
    with open_store(config) as database:
        if checks is not None:
            now = datetime.now(UTC)
            database.write(
                lambda c: switch_site_checks(c, SiteChecks(checks), who="command line", now=now)
            )
        found = database.read(site_checks)
    click.echo(f"{found}: {both(word('site_checks', found))}")
    if config.agents.site_checks is not SiteChecks.FULL:
        allowed = config.agents.site_checks
        echo("site_checks.allowed", checks=str(allowed))
