"""`laaswatch-collector closure`: the register of closures that the site's owner declared."""

from datetime import UTC, datetime

import click

from laaswatch_collector.access.policy import NATION
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.store.closures import declare_closure, end_closure, list_closures
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import BANGKOK, thai_date_time

_TIME = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])
_CATCH_UP = "Back-entries are due then; without it the lateness policy's rule holds."
_SOURCE = "The letter or notice, with its number."


@click.group()
def command() -> None:
    """Closures of the accounting site, declared by its owner. Times are local, years in CE."""


@command.command("add")
@click.option("--from", "start", type=_TIME, required=True, help="When the site closed.")
@click.option("--to", "end", type=_TIME, help="When it opened again; leave out while it is closed.")
@click.option("--catch-up", type=_TIME, help=_CATCH_UP)
@click.option("--province", default="", type=click.Choice(["", *PROVINCES]), metavar="NN")
@click.option("--source", required=True, help=_SOURCE)
@config_option
def add(
    start: datetime,
    end: datetime | None,
    catch_up: datetime | None,
    province: str,
    source: str,
    config: CollectorConfig,
) -> None:
    """Write a closure down; what it touches is judged again by the running collector."""
    closure = Closure(_local(start), _maybe(end), _maybe(catch_up), province)
    now = datetime.now(UTC)
    with open_store(config) as database:
        try:
            number = database.write(
                lambda c: declare_closure(
                    c, closure, source=source, declared_by="command line", now=now
                )
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    echo("closure.written", number=number)


@command.command("list")
@config_option
def list_(config: CollectorConfig) -> None:
    """Every closure, the newest first."""
    with open_store(config) as database:
        rows = database.read(lambda c: list_closures(c, NATION))
    for row in rows:
        x = row.closure
        where = PROVINCES[x.province].name_th if x.province else both("closure.country")
        until = thai_date_time(x.end) if x.end else both("closure.still_closed")
        due = thai_date_time(x.catch_up) if x.catch_up else both("closure.by_policy")
        click.echo(f"{row.id}  {thai_date_time(x.start)} – {until}  {where}")
        click.echo(f"    {both('closure.catch_up')}: {due}  [{row.source}]")
        if row.end_source:
            click.echo(f"    {both('closure.ended_by')}: {row.end_source}")
    if not rows:
        echo("closure.none")


@command.command("end")
@click.argument("number", type=int)
@click.option("--at", type=_TIME, required=True, help="When the site opened again.")
@click.option("--catch-up", type=_TIME, help=_CATCH_UP)
@click.option("--source", required=True, help=_SOURCE)
@config_option
def end(
    number: int,
    at: datetime,
    catch_up: datetime | None,
    source: str,
    config: CollectorConfig,
) -> None:
    """Say when a closure ended, or correct that; what it touches is judged again."""
    now = datetime.now(UTC)
    with open_store(config) as database:
        try:
            database.write(
                lambda c: end_closure(
                    c,
                    number,
                    _local(at),
                    source=source,
                    ended_by="command line",
                    now=now,
                    catch_up=_maybe(catch_up),
                )
            )
        except LookupError as error:
            raise refusal("closure.unknown", number=number) from error
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    echo("closure.ended", number=number, at=_local(at))


def _local(at: datetime) -> datetime:
    return at.replace(tzinfo=BANGKOK)


def _maybe(at: datetime | None) -> datetime | None:
    return None if at is None else _local(at)
