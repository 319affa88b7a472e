"""`laaswatch-collector program`: programs that read metrics or the API, and their tokens."""

from datetime import UTC, datetime, timedelta

import click

from laaswatch_collector.access.policy import API_READERS, PROGRAMS
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import echo, told
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.messages import word
from laaswatch_collector.store.programs import (
    LIVES,
    good_tokens,
    make_access_token,
    reach_of,
    renew_access_token,
    revoke_program,
)

_days = click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=LIVES.days,
    show_default=True,
    help="How long the token is good.",
)


@click.group()
def command() -> None:
    """Programs that read metrics or the API, and their tokens."""


@command.command("create")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(r) for r in PROGRAMS]),
    required=True,
    help="metrics: /metrics; reader: the API without books; book_reader: with them.",
)
@click.option("--office", default="", metavar="CODE", help="Of one office alone.")
@click.option("--province", default="", metavar="PP", help="Of one province alone, two digits.")
@click.option("--everywhere", is_flag=True, help="Of the whole country: said, never by default.")
@_days
@config_option
def create(
    name: str,
    role: str,
    office: str,
    province: str,
    everywhere: bool,
    days: int,
    config: CollectorConfig,
) -> None:
    """Make a token for a program. It is shown once; earlier ones of that program stay good."""
    if role in API_READERS and everywhere == bool(office or province):
        raise click.UsageError("give --office CODE, --province PP or --everywhere")
    now = datetime.now(UTC)
    with open_store(config) as database, told():
        token = database.write(
            lambda c: make_access_token(
                c, name, reach_of(c, role, office, province), now=now, lives=timedelta(days=days)
            )
        )
    click.echo(f"\n    {token}\n")
    echo("program.token", name=name, role=word("person", role), days=days)


@command.command("renew")
@click.argument("name")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 24 * 90),
    default=48,
    show_default=True,
    help="How long the earlier tokens stay good.",
)
@_days
@config_option
def renew(name: str, overlap_hours: int, days: int, config: CollectorConfig) -> None:
    """Make a new token for a program and let the earlier ones run out."""
    now, overlap = datetime.now(UTC), timedelta(hours=overlap_hours)
    with open_store(config) as database, told():
        token = database.write(
            lambda c: renew_access_token(
                c, name, now=now, overlap=overlap, lives=timedelta(days=days)
            )
        )
    click.echo(f"\n    {token}\n")
    echo("program.renewed", name=name, hours=overlap_hours)


@command.command("list")
@config_option
def show(config: CollectorConfig) -> None:
    """Every token that is good: program, role, part, until when, when last used."""
    with open_store(config) as database:
        for x in database.read(lambda c: good_tokens(c, datetime.now(UTC))):
            until = f"{x.until:%Y-%m-%d}" if x.until else "-"
            used = f"{x.used:%Y-%m-%d %H}h UTC" if x.used else "never"
            part = x.reach.office or x.reach.province or "-"
            click.echo(f"{x.name}\t{x.reach.role}\t{part}\t{until}\t{used}")


@command.command("revoke")
@click.argument("name")
@config_option
def revoke(name: str, config: CollectorConfig) -> None:
    """Make every token of a program worthless at once."""
    with open_store(config) as database, told():
        count = database.write(lambda c: revoke_program(c, name, datetime.now(UTC)))
    echo("program.revoked", name=name, count=count)
