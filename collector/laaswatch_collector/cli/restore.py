"""`laaswatch-collector restore FILE`: go back to a backup. The database that was there is kept beside it."""

from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.backup import BadBackup, StillServed, restore


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def command(config: CollectorConfig, file: Path) -> None:
    """Put a copy of FILE (made by `backup`) in the place of the database. The collector must be stopped."""
    url = sa.make_url(config.database)
    if url.get_backend_name() != "sqlite":
        shown = url.set(drivername="postgresql", password=None).render_as_string()
        by_hand = f"  pg_restore --clean --if-exists --single-transaction --dbname={shown} {file}"
        raise click.ClickException(f"PostgreSQL: {both('restore.postgresql')}\n{by_hand}")
    if not url.database or url.database == ":memory:":
        raise refusal("restore.no_file")
    target = Path(url.database)
    if target.exists() and target.samefile(file):
        raise refusal("restore.itself", file=str(file))
    now = datetime.now(UTC)
    try:
        aside = restore(file, target, now)
    except StillServed as error:
        raise refusal("restore.in_use", file=str(target)) from error
    except (BadBackup, OSError) as error:
        raise refusal("restore.failed", file=str(file), error=str(error)) from error
    with open_store(config) as database:  # also brings an older schema up to date
        database.write(lambda c: record(c, now, "command line", "restore", file.name))
    echo("restore.done", target=str(target), file=str(file))
    if aside is not None:
        echo("restore.aside", file=str(aside))
    echo("restore.deliver_again")
