"""`laaswatch-collector reports import FILE`: reports carried by hand from an office with no line at all.

The file is what `laaswatch-agent export` writes: gzip, deliveries one after the other with an empty line
between them. The same rules hold as over the network, and what is held already is recognised.
"""

import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from laaswatch_agent.report.codec import MAX_DELIVERY, MalformedReport, unpack_delivery
from laaswatch_agent.report.model import Delivery
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.messages import Told, word
from laaswatch_collector.store.agents import agent_by_id
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.reports import Accepted, accept, moment_of_export

SEPARATOR = b"\n\n"
MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file: an agent's whole spool."""
MAX_INFLATED = 256 * 1024 * 1024
STEP = 256 * 1024


class WrongFile(Told):
    """The file is not an agent's export, or not a whole one; the text says how."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought: reports, not rounds."""

    new: int = 0
    duplicates: int = 0
    rejected: int = 0


@click.group()
def command() -> None:
    """Reports that did not come over the network."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def import_(config: CollectorConfig, file: Path) -> None:
    """Take in FILE, made on the office's PC by `laaswatch-agent export`."""
    with open_store(config) as database:
        try:
            found = import_file(database, file, datetime.now(UTC))
        except WrongFile as error:
            raise click.ClickException(f"{file.name}: {both(error.message)}") from error
    click.echo(f"{file.name}: {both('carried.done', **asdict(found))}")


def import_file(database: Database, file: Path, now: datetime) -> Imported:
    """Store every delivery of a file. Raises WrongFile.

    The whole file is read and checked once before, so a cut or a foreign file brings nothing at all.
    """
    for agent in {x.envelope.agent for x in read_deliveries(file)}:
        if database.read(lambda c, a=agent: agent_by_id(c, a)) is None:  # type: ignore[misc]
            raise WrongFile("carried.unknown_agent", agent=agent)
    total = Imported()
    for delivery in read_deliveries(file):
        accepted = database.write(lambda c, d=delivery: _accept(c, d, now))  # type: ignore[misc]
        if accepted.refused:
            raise WrongFile(word("carried.refused", accepted.refused))
        total = Imported(
            total.new + accepted.new,
            total.duplicates + accepted.duplicates,
            total.rejected + len(accepted.rejected),
        )
    return total


def read_deliveries(file: Path) -> Iterator[Delivery]:
    """The deliveries in an export file, one after the other. Raises WrongFile."""
    if file.stat().st_size > MAX_FILE:
        raise WrongFile("carried.too_large", size=MAX_FILE >> 20)
    found = False
    for number, body in enumerate(_bodies(file), 1):
        try:
            yield unpack_delivery(body)
        except MalformedReport as error:
            raise WrongFile("carried.no_export", part=number, error=str(error)) from error
        found = True
    if not found:
        raise WrongFile("carried.empty")


def _bodies(file: Path) -> Iterator[bytes]:
    """The parts between the separators, never holding more than one of them and a step."""
    rest = b""
    for piece in _inflated(file):
        *whole, rest = (rest + piece).split(SEPARATOR)
        yield from whole
        if len(rest) > MAX_DELIVERY:
            raise WrongFile("carried.large_part", size=MAX_DELIVERY)
    if rest:
        yield rest


def _inflated(file: Path) -> Iterator[bytes]:
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    total = 0
    try:
        with file.open("rb") as source:
            while packed := source.read(STEP):
                while packed and not inflater.eof:
                    piece = inflater.decompress(packed, STEP)
                    packed = inflater.unconsumed_tail
                    total += len(piece)
                    if total > MAX_INFLATED:
                        raise WrongFile("carried.inflates")
                    yield piece
                if inflater.unused_data or (inflater.eof and packed):
                    raise WrongFile("carried.tail")
    except zlib.error as error:
        raise WrongFile("carried.damaged", error=str(error)) from error
    if not total and not inflater.eof:
        raise WrongFile("carried.empty")
    if not inflater.eof:
        raise WrongFile("carried.cut")


def _accept(connection: sa.Connection, delivery: Delivery, now: datetime) -> Accepted:
    agent = delivery.envelope.agent
    written = moment_of_export(connection, agent, delivery.envelope, now)
    return accept(connection, agent, delivery, written, live=False)
