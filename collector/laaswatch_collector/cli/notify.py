"""`laaswatch-collector notify`: who receives messages, what became of the last ones, and a test message."""

from datetime import UTC, datetime

import click
import msgspec

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.notify.texts import Notice, trial
from laaswatch_collector.store.outbox import Put, newest, put
from laaswatch_collector.store.subscriptions import list_subscriptions
from laaswatch_collector.store.users import find_user
from laaswatch_collector.worktime.thai import BANGKOK

_MOST = 200


@click.group()
def command() -> None:
    """Messages: who receives them, what became of them."""


@command.command("list")
@click.option("--user", default="", help="Of one person alone.")
@config_option
def list_(user: str, config: CollectorConfig) -> None:
    """Who receives messages, where, and which."""
    with open_store(config) as database:
        found = database.read(lambda c: list_subscriptions(c, user=user))
    for x in found:
        w = x.wanted
        digests = " ".join(
            name for name, on in (("morning", w.morning), ("afternoon", w.afternoon)) if on
        )
        paused = f" paused-until={w.paused_until}" if w.paused_until else ""
        click.echo(
            f"{x.id} {x.reader.name} {w.channel} {w.address or '-'} {w.level} {digests or '-'}{paused}"
        )
    if not found:
        echo("notices.cli.empty")


@command.command()
@click.option("--user", default="", help="Of one person alone.")
@click.option("--most", default=30, type=click.IntRange(1, _MOST), show_default=True)
@config_option
def status(user: str, most: int, config: CollectorConfig) -> None:
    """The newest messages, and what became of each."""
    with open_store(config) as database:
        found = database.read(lambda c: newest(c, user=user, most=most))
    for x in found:
        notice = msgspec.json.decode(x.body, type=Notice) if x.body else None
        at = x.made_at.astimezone(BANGKOK).isoformat(timespec="minutes")
        trouble = f" ({x.trouble}, {x.tries})" if x.trouble else ""
        click.echo(
            f"{at} {x.user} {x.channel} {x.kind} {x.state}{trouble} {notice.subject if notice else ''}"
        )
    if not found:
        echo("notices.cli.empty")


@command.command()
@click.argument("user")
@config_option
def test(user: str, config: CollectorConfig) -> None:
    """Put a test message in for everything that USER receives; the running collector sends it."""
    now = datetime.now(UTC)
    with open_store(config) as database:
        if database.read(lambda c: find_user(c, user)) is None:
            raise refusal("notices.cli.no_user", name=user)
        mine = database.read(lambda c: list_subscriptions(c, user=user))
        if not mine:
            raise refusal("notices.cli.none", name=user)
        messages = [
            Put(
                f"test|{now.isoformat()}|{x.id}", x.id, "", "test", important=False,
                body=msgspec.json.encode(trial(x.wanted.language, now)).decode(),
            )
            for x in mine
        ]  # fmt: skip
        new = database.write(lambda c: put(c, messages, now))
    echo("notices.cli.queued", n=new)
