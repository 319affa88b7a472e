"""Collectors with one promise broken on purpose: what the crash test must be able to find.

python mutants.py MUTANT serve …
"""

import asyncio
import sys

from laaswatch_collector.cli.main import main
from laaswatch_collector.evidence.held import Fit, Held
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


MUTANTS = {"early_ack": early_ack, "no_key": no_key}


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main(prog_name="laaswatch-collector")
