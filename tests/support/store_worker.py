"""A collector's store whose writes are recorded (`support.powercut`); it says on stdout what it acknowledges.

    python store_worker.py FOLDER store MODE

MODE: `right`, or the mistakes `normal` and `off` that loosen SQLite's syncing. Says `office` once the store
can be used, and `acked AGENT SEQ` as a route would answer.
"""

import os
import sys
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from laaswatch_collector.store.database import Database
from laaswatch_collector.store.reports import accept
from support.intake import NOW, NOW_MS, a_round, add_office, enrol

DELIVERIES = 90
"""Enough for several checkpoints of the write-ahead log."""


class InThisThread(Database):
    """Commits where it is asked to: the recorder follows one thread."""

    def _submit(self, work):
        done = Future()
        self._commit([(work, done)])
        return done


def main() -> None:
    folder, mode = Path(sys.argv[1]), sys.argv[3]
    database = InThisThread.open(f"sqlite:///{folder}/store.db", serving=True)
    if mode != "right":

        @sa.event.listens_for(database.engine, "connect")
        def _loosen(connection, _record):
            connection.execute(f"PRAGMA synchronous = {mode.upper()}").close()

        database.engine.dispose()
    add_office(database)
    senders = [enrol(database, f"pc {n}") for n in range(3)]
    os.write(1, b"office\n")
    for n in range(DELIVERIES):
        sender = senders[n % len(senders)]
        at, mono = NOW_MS + n * 60_000, 1_000_000 + n * 60_000
        for k in range(n % 3 + 1):
            sender.seal(*(a_round(at + 10 * k + i, mono + 10 * k + i) for i in range(5)))
        delivery = sender.delivery(*sender.lines[-(n % 3 + 1) :], sent=at + 100, mono=mono + 100)
        received = NOW + timedelta(minutes=n)
        found = database.write(lambda c, s=sender, d=delivery, r=received: accept(c, s.agent, d, r))
        for low, high in found.acked:
            for seq in range(low, high + 1):
                os.write(1, f"acked {sender.agent} {seq}\n".encode())
    database.close()


if __name__ == "__main__":
    main()
