"""`laaswatch-collector restore FILE`: go back to a backup. The database that was there is kept beside it."""

from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
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
        raise click.ClickException(
            "PostgreSQL: หยุดตัวรวบรวมทุกตัวก่อน แล้วใช้คำสั่งนี้ · stop every collector, then run\n"
            f"  pg_restore --clean --if-exists --single-transaction --dbname={shown} {file}"
        )
    if not url.database or url.database == ":memory:":
        raise click.ClickException("the settings name no file")
    target = Path(url.database)
    if target.exists() and target.samefile(file):
        raise click.ClickException(f"{file}: คือฐานข้อมูลนี้เอง · is the database itself")
    now = datetime.now(UTC)
    try:
        aside = restore(file, target, now)
    except StillServed as error:
        raise click.ClickException(
            f"{target}: มีตัวรวบรวมใช้อยู่ โปรดหยุดก่อน · a collector is using it: stop it first"
        ) from error
    except (BadBackup, OSError) as error:
        raise click.ClickException(
            f"{file}: กู้คืนไม่ได้ ฐานข้อมูลเดิมไม่ถูกแตะต้อง · not restored, the database is as it was: {error}"
        ) from error
    with open_store(config) as database:  # also brings an older schema up to date
        database.write(lambda c: record(c, now, "command line", "restore", file.name))
    click.echo(f"{target}: กู้คืนจาก {file} แล้ว · restored from {file}")
    if aside is not None:
        click.echo(
            f"ฐานข้อมูลเดิมอยู่ที่ {aside} ลบได้เมื่อไม่ต้องการแล้ว · the former one is {aside}; delete it when all is well"
        )
    click.echo(
        "เครื่องที่ยังเก็บรายงานไว้จะส่งมาใหม่เอง · start serve: agents deliver again by themselves what they still hold"
    )
