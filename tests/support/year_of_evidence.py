"""How long `verify` takes over a province's year: the log of 365 days, and as many packed days as asked for.

PYTHONPATH=collector:agent:tests python -m support.year_of_evidence --agents 300 --packed 40
"""

import argparse
import hashlib
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta

from laaswatch_collector.evidence.checkpoint import Checkpoint
from laaswatch_collector.evidence.leaves import Kind, Receipt, agent_day, plain_leaf
from laaswatch_collector.evidence.merkle import inclusion_proof
from laaswatch_collector.evidence.sealed import seal_day
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.evidence_log import (
    Kept,
    add_leaves,
    keep_checkpoint,
    log_origin,
    stored_nodes,
)
from laaswatch_collector.store.schema import sealed_days
from laaswatch_collector.verifying import verify_store
from laaswatch_collector.worktime.thai import local_date
from support.intake import add_office, enrol
from support.sealed_days import a_day

FIRST = date(2025, 11, 1)


def main():
    """Build, verify, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=300)
    parser.add_argument("--packed", type=int, default=40)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/store.db")
        add_office(database)
        started = time.perf_counter()
        size = _log(database, asked.agents, asked.days)
        print(f"{size:,} leaves written in {time.perf_counter() - started:.1f} s")
        with database.reading() as connection:
            nodes = stored_nodes(connection)
            started = time.perf_counter()
            proofs = [inclusion_proof(nodes, n, size) for n in range(0, size, max(1, size // 500))]
            each = (time.perf_counter() - started) / len(proofs)
            print(f"a proof: {each * 1000:.2f} ms, {max(map(len, proofs)) * 32} bytes")
            _timed("the log", lambda: verify_store(connection, kept_from=date.max))
        count = _packed(database, asked.packed)
        with database.reading() as connection:
            _timed(
                f"the log and {count:,} packed reports",
                lambda: verify_store(connection, kept_from=date.max),
            )
            print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        database.close()


def _log(database, agents, days):
    at, size = datetime(2025, 11, 1, 17, 10, tzinfo=UTC), 0
    for day in range(days):
        leaves = [
            agent_day(
                f"{n:032x}", "0" * 16, (FIRST + timedelta(day)).isoformat(),
                [Receipt(k, hashlib.sha256(b"%d" % k).digest(), k, k, k, "b") for k in (1, 2)], "6570401",
            )
            for n in range(agents)
        ]  # fmt: skip
        database.write(lambda c, leaves=leaves: add_leaves(c, leaves, at))
        for n in range(144):
            now = at + timedelta(days=day, minutes=10 * n)
            ms = round(now.timestamp() * 1000)

            def beat(c, now=now, ms=ms):
                edge = add_leaves(c, [plain_leaf(Kind.BEAT, str(ms), {"at": ms})], now)
                point = Checkpoint(log_origin(c), edge.size, edge.root())
                keep_checkpoint(c, Kept(point, now, ""))
                return edge.size

            size = database.write(beat)
    return size


def _packed(database, days):
    agent, count = enrol(database).agent, 0
    columns = [c.name for c in sealed_days.columns]
    for n in range(days):
        kept = a_day(n)
        body = seal_day(kept)
        row = (
            agent, f"{n:016x}", 1, len(kept), _day(kept[0].received), len(kept), 2 * len(kept), None, None, body
        )  # fmt: skip
        database.write(lambda c, row=row: append(c, sealed_days, columns, [row]))
        count += len(kept)
    return count


def _day(ms):
    return local_date(datetime.fromtimestamp(ms / 1000, UTC)).isoformat()


def _timed(what, work):
    started = time.perf_counter()
    found = work()
    print(f"{what}: {time.perf_counter() - started:.1f} s; found: {found.wrong[:3]}")


if __name__ == "__main__":
    main()
