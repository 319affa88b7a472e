"""`laaswatch-collector verify`: are the stored reports as their agents chained them?"""

import json
from collections.abc import Iterator

import click
import sqlalchemy as sa
import zstandard

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import echo
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.evidence.chain import Break, Finding, verify
from laaswatch_collector.store.history import past_lines
from laaswatch_collector.store.schema import reports, sealed_days


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@config_option
def command(as_json: bool, config: CollectorConfig) -> None:
    """Check the chain of every agent's reports; exit 1 if one was altered. Gaps are named, not blamed."""
    altered, shown = False, []
    with open_store(config) as database, database.reading() as connection:
        for agent, incarnation, lines in _runs(connection):
            found = verify(lines)
            altered |= any(x.finding is not Finding.MISSING for x in found)
            shown.append((agent, incarnation, len(lines), found))
    if as_json:
        click.echo(json.dumps([_row(*x) for x in shown], indent=1))
    else:
        for agent, incarnation, count, found in shown:
            said = ", ".join(f"{x.finding} {x.seq or '?'}" for x in found[:5]) or "ok"
            click.echo(f"{agent}  {incarnation}  {count} reports  {said}")
        echo("verify.altered" if altered else "verify.whole")
    raise SystemExit(1 if altered else 0)


def _runs(connection: sa.Connection) -> Iterator[tuple[str, str, list[bytes]]]:
    """The reports of each incarnation by their numbers, packed away or not."""
    unpack = zstandard.ZstdDecompressor().decompress
    c = reports.c
    keys = sa.union(
        sa.select(c.agent_id, c.incarnation),
        sa.select(sealed_days.c.agent_id, sealed_days.c.incarnation),
    )
    for agent, incarnation in sorted(map(tuple, connection.execute(keys))):
        rows = connection.execute(
            sa.select(c.seq, c.body).where(c.agent_id == agent, c.incarnation == incarnation)
        )
        lines = [(row.seq, unpack(row.body)) for row in rows]
        lines += past_lines(connection, agent, incarnation)
        yield agent, incarnation, [line for _, line in sorted(lines)]


def _row(agent: str, incarnation: str, count: int, found: tuple[Break, ...]) -> dict[str, object]:
    return {
        "agent": agent,
        "incarnation": incarnation,
        "reports": count,
        "findings": [{"finding": x.finding, "seq": x.seq} for x in found],
    }
