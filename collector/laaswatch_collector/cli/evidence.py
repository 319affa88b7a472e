"""`laaswatch-collector evidence`: checkpoints to keep, and an office's month to be checked elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import click

from laaswatch_collector.bundling import NothingLogged, write_bundle
from laaswatch_collector.cli import evidence_key
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal, told
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.evidence.receipts import receipts_in
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.messages import message
from laaswatch_collector.store.evidence_log import newest_checkpoint

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """The evidence log: its newest checkpoint, its key, and bundles that are checked without the collector."""


command.add_command(evidence_key.command)


@command.command("checkpoint")
@click.option("--now", is_flag=True, help="Put what has come into the log first.")
@config_option
def checkpoint_(now: bool, config: CollectorConfig) -> None:
    """Print the newest checkpoint: whoever keeps it can tell later whether the past was rewritten."""
    with open_store(config) as database:
        if now:
            key_file = config.evidence.key_file
            with told():
                LogKeeper(database, lambda: datetime.now(UTC), config.public_url, key_file).once()
        kept = database.read(newest_checkpoint)
    if kept is None:
        raise refusal("evidence.nothing_logged")
    click.echo(kept.note(), nl=False)


@command.command("export")
@click.option("--office", required=True, metavar="CODE", help="Whose evidence.")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the events (CE).")
@click.option(
    "--receipt", multiple=True, type=_FILE, help="Prove these checkpoints too; repeatable."
)
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def export(
    office: str, month: str, receipt: tuple[Path, ...], path: Path, config: CollectorConfig
) -> None:
    """Write an office's month to the ZIP file PATH: reports, entries, documents, each with its proof.

    It is checked by `python verify.py PATH` with the verify.py inside, or better one that you trust:
    `python -m laaswatch_collector.offline`.
    """
    receipts = [
        x
        for file in receipt
        for x in receipts_in(file.read_text(encoding="utf-8", errors="replace"))
    ]
    try:
        datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise click.BadParameter(month, param_hint="--month") from error
    with open_store(config) as database, database.reading() as connection:
        readme = both("evidence.readme", name=path.name)
        try:
            counts = write_bundle(connection, office, month, path, receipts, readme)
        except NothingLogged as error:
            raise refusal("evidence.nothing_logged") from error
    echo(message("evidence.exported", file=str(path), **counts))
