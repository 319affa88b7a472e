"""`laaswatch-collector evidence key`: the key that signs the evidence log's checkpoints."""

from datetime import UTC, datetime
from pathlib import Path

import click

from laaswatch_agent.signed_note import SigningKey
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import echo, refusal, told
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.evidence_key import load_key, new_key, write_key
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.evidence_log import log_origin
from laaswatch_collector.store.log_keys import key_in_use, keys_of_log, use_key
from laaswatch_collector.web.words import words_in

WHO = "command line"


@click.group("key")
def command() -> None:
    """The key that signs checkpoints: whoever has the store, but not the key, can put none in."""


@command.command("create")
@click.option("--replace", is_flag=True, help="The next key; the one in use names it.")
@click.option("--lost", is_flag=True, help="The next key, where the one in use is gone.")
@config_option
def create(replace: bool, lost: bool, config: CollectorConfig) -> None:
    """Make a secret key in the file that the settings name (evidence.key_file), and print the public one.

    Every collector of this database needs the file. Keep the public key outside, as you keep receipts.
    """
    path = _file(config)
    with open_store(config) as database, told():
        origin = database.write(lambda c: log_origin(c, config.public_url))
        wanted = database.read(key_in_use)
        if (wanted is not None or path.exists()) and not (replace or lost):
            raise refusal("evidence.key_there", file=str(path))
        former = load_key(path) if replace else None
        if former is not None and former.verifier != wanted:
            raise refusal("evidence.not_the_key", public=str(wanted))
        key = new_key(origin)
        beside = path.with_name(f"{path.name}.new")
        try:
            beside.unlink(missing_ok=True)
            write_key(beside, key)
            _use(database, key, former)
            beside.replace(path)
        except OSError as error:
            raise refusal("evidence.key_unwritten", file=str(path), error=str(error)) from error
    click.echo(str(key.verifier))
    echo("evidence.key_made", file=str(path))


@command.command("show")
@config_option
def show(config: CollectorConfig) -> None:
    """Print the public keys, the oldest first: from which checkpoint on, since when, the key."""
    with open_store(config) as database:
        keys = database.read(keys_of_log)
    if not keys:
        raise refusal("evidence.no_key")
    for x in keys:
        at = x.at.isoformat(timespec="seconds")
        click.echo(f"{x.from_size + 1}\t{at}\t{x.key or words_in('en')('evidence.unsigned')}")


@command.command("retire")
@config_option
def retire(config: CollectorConfig) -> None:
    """Sign no more. Take evidence.key_file out of the settings and restart before."""
    if config.evidence.key_file:
        raise refusal("evidence.key_still_set")
    with open_store(config) as database:
        if database.read(key_in_use) is None:
            raise refusal("evidence.no_key")
        database.write(lambda c: use_key(c, None, datetime.now(UTC), who=WHO))
    echo("evidence.key_retired")


def _file(config: CollectorConfig) -> Path:
    if not config.evidence.key_file:
        raise refusal("evidence.key_not_set")
    return Path(config.evidence.key_file)


def _use(database: Database, key: SigningKey, former: SigningKey | None) -> None:
    now = datetime.now(UTC)
    database.write(lambda c: use_key(c, key.verifier, now, former=former, who=WHO))
