"""Packs every report of a store until it is killed: `python sealing_worker.py URL [careless]`.

`careless` is the negative control: it commits the leaving and the arriving one after the other.
"""

import os
import sys
from datetime import date

from laaswatch_collector.store import sealing
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.history import keep_sealed
from laaswatch_collector.store.schema import reports


def main() -> None:
    """Pack, one small part after the other."""
    database = Database.open(sys.argv[1])
    sealing.MOST = 3
    if "careless" in sys.argv:
        kept = 0

        def careless(_connection, sealed, rows):
            nonlocal kept
            with database.engine.begin() as connection:
                connection.execute(reports.delete().where(reports.c.id.in_(rows)))
            kept += 1
            if kept == 3:
                os._exit(9)  # where a kill would come
            with database.engine.begin() as connection:
                keep_sealed(connection, sealed, [])

        sealing.keep_sealed = careless
        database.write = lambda work: work(None)
    print("packing", flush=True)
    sealing.seal_history(database, date(2100, 1, 1))
    print("done", flush=True)


if __name__ == "__main__":
    main()
