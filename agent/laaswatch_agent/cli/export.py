"""`laaswatch-agent export FILE`: reports not yet sent, in a file to carry to the collector by hand.

The file is gzip; its content is a sequence of deliveries, each exactly a request body of
`POST /v1/reports` (an envelope line, then the sealed lines it announces), separated by one empty line:

    envelope LF sealed LF sealed LF LF envelope LF sealed …

`laaswatch-collector reports import FILE` takes it under the same rules as the network: what the
collector has already is recognised, so the file may be imported twice, and the agent keeps every report
until the collector itself has acknowledged it. `sent` and `mono` in the envelope are this PC's clocks
at the export; the time of import says nothing about them.

Exit 0 written, 1 nothing to export, 2 this PC is not enrolled or its settings are wrong, 3 the spool or the file failed.
"""

import argparse
import contextlib
import gzip
import io
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from laaswatch_agent import identity
from laaswatch_agent.cli.common import add_common, settings_or_complaint
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.locale import beside, both
from laaswatch_agent.report.codec import MAX_DELIVERY, MAX_REPORTS, pack_delivery
from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_agent.spool import Spool, SpoolFailed, SpoolInUse
from laaswatch_agent.spool_tables import FILE_NAME, Sealed, open_reader, unsent

SEPARATOR = b"\n\n"
ROOM = MAX_DELIVERY - 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("file", type=Path, help=beside("option.export_file"))


def run(options: argparse.Namespace) -> int:
    """Write the file; say how much is in it."""
    config = settings_or_complaint(options)
    if config is None:
        return 2
    folder = Path(config.state_dir)
    try:
        mine = identity.load(folder)
        if mine is None or not mine.enrolled:
            print(both("export.not_enrolled"))
            return 2
        if not (folder / FILE_NAME).exists():
            print(both("export.nothing"))
            return 1
        _seal_the_rest(folder)
        with contextlib.closing(open_reader(folder)) as reader:
            reports = list(unsent(reader))
        if not reports:
            print(both("export.nothing"))
            return 1
        write_atomically(options.file, export(reports, mine.agent, Clock()), private=True)
    except (OSError, sqlite3.Error, SpoolFailed, identity.IdentityUnreadable) as error:
        print(both("export.failed", error=error))
        return 3
    print(both("export.done", count=len(reports), file=options.file))
    return 0


def export(reports: Iterable[Sealed], agent: str, clock: Clock) -> bytes:
    """The whole file."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed:
        for index, batch in enumerate(batches(reports)):
            envelope = Envelope(
                agent=agent,
                incarnation=batch[0].incarnation,
                boot=clock.boot_id(),
                sent=clock.wall_ms(),
                mono=clock.mono_ms(),
                count=len(batch),
            )
            packed.write(SEPARATOR if index else b"")
            packed.write(pack_delivery(Delivery(envelope, tuple(s.line for s in batch))))
    return out.getvalue()


def batches(reports: Iterable[Sealed]) -> Iterator[list[Sealed]]:
    """Deliveries within the protocol's limits, each of one incarnation."""
    batch: list[Sealed] = []
    size = 0
    for report in reports:
        length = len(report.line) + 1
        if batch and (
            report.incarnation != batch[0].incarnation
            or size + length > ROOM
            or len(batch) == MAX_REPORTS
        ):
            yield batch
            batch, size = [], 0
        batch.append(report)
        size += length
    if batch:
        yield batch


def _seal_the_rest(folder: Path) -> None:
    """Where no agent is running, the last rounds are sealed too; a running one does that itself."""
    try:
        spool = Spool(folder)
    except SpoolInUse:
        return
    with contextlib.closing(spool):
        while spool.seal(Clock().wall_ms()) is not None:
            pass
