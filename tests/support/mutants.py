"""Collectors with one promise broken on purpose: what the crash test must be able to find.

python mutants.py MUTANT serve …
"""

import asyncio
import gzip
import os
import signal
import sys

from laaswatch_collector.cli import serve
from laaswatch_collector.cli.main import main
from laaswatch_collector.evidence.held import Fit, Held
from laaswatch_collector.server import door, limits
from laaswatch_collector.server.routes import reports as routes
from laaswatch_collector.store.database import Database

LATE = 0.05


class _Answer(Exception):
    """Carries an answer out of a transaction that is then rolled back."""


def early_ack() -> None:
    """Acknowledge first, commit a little later."""

    async def write_async(self, work):
        def rehearse(connection):
            raise _Answer(work(connection))

        try:
            await asyncio.wrap_future(self._submit(rehearse))
        except _Answer as answer:
            asyncio.get_running_loop().call_later(LATE, self._submit, work)
            return answer.args[0]

    Database.write_async = write_async


def no_key() -> None:
    """Never ask what is held already (the table has lost its unique key, see the test)."""
    Held.fit = lambda *_: Fit.NEW
    Held.add = lambda *_: None
    Held.__contains__ = lambda *_: False


def inflates_all() -> None:
    """Inflate a body to its end before looking at its size."""
    routes.inflate = gzip.decompress


def patient() -> None:
    """Wait for whoever takes his time."""
    door.HEAD_SECONDS = door.READ_SECONDS = limits.BODY_SECONDS = 3600.0


def hasty() -> None:
    """Take some time between commit and answer, and be gone at the first signal."""
    renewed = routes._renewed

    async def slowly(request):
        await asyncio.sleep(LATE)
        return await renewed(request)

    routes._renewed = slowly
    serve._on_signals = lambda _stop: signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


MUTANTS = {x.__name__: x for x in (early_ack, no_key, inflates_all, patient, hasty)}


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main(prog_name="laaswatch-collector")
