"""A folder of columns put into a database, to see what explaining costs with a store around it.

    python -m support.stored_month [OFFICES]

Entries and states only, as if imported and concluded; then `explain-all --month` as it is. Prints one row a store.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from laaswatch_agent.report.vocabulary import FAULTS
from laaswatch_collector.cli.explain_all import explain_stored
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store import schema
from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.database import Database
from laaswatch_collector.timeline.conclusions import SCOPES
from support import postgresql
from support.columns import CLOCK, FIRST, make_columns

EACH = 2_000
_STATES = ("unknown", "up", "degraded", "down")
_DAY = 1440


def load_columns(url: str, folder: Path, offices: int) -> int:
    """Put the folder's offices, entries and states into the empty database at `url`; entries."""
    entries, runs = np.load(folder / "entries.npy"), np.load(folder / "runs.npy")
    database = Database.open(url)
    try:
        database.write(lambda c: _offices(c, offices))
        for office in range(offices):
            mine = entries[entries["office"] == office]
            states = list(_days(runs[runs["office"] == office], office))
            database.write(lambda c, o=office, m=mine, s=states: _office(c, o, m, s))
        if not url.startswith("sqlite"):
            with database.engine.begin() as c:
                c.exec_driver_sql("ANALYZE")
    finally:
        database.close()
    return len(entries)


def _offices(connection, offices):
    connection.execute(
        schema.offices.insert(),
        [
            {"code": f"{k:08d}", "province": f"{11 + k % 70}", "name_th": f"อบต. {k}"}
            for k in range(offices)
        ],
    )
    connection.execute(
        schema.ledger_imports.insert(),
        [
            {
                "id": 1, "file_name": "columns", "sha256": b"", "imported_at": datetime.now(UTC),
                "snapshot_at": datetime.now(UTC), "rows_good": 0, "rows_bad": 0, "added": 0,
                "changed": 0, "vanished": 0,
            }
        ],
    )  # fmt: skip


def _office(connection, office, rows, states):
    code = f"{office:08d}"
    columns = (
        "office_code", "book", "fiscal_year", "doc_no", "line", "kind", "event_at", "event_precision",
        "recorded_from_at", "recorded_to_at", "recorded_precision", "first_import_id",
        "last_import_id", "cancelled",
    )  # fmt: skip
    values = []
    for k, (_, event, posted) in enumerate(rows.tolist()):
        at = None if posted < 0 else posted * 1000
        known = "none" if at is None else "exact"
        values.append(
            (code, "cash_payments_journal", 2570, str(k), 1, "", event * 1000, "exact", at, at,
             known, 1, 1, False)
        )  # fmt: skip
    append(connection, schema.entries, columns, values)
    names = (
        "office_code", "from_at", "to_at", "day", "state", "fault", "scope", "inferred", "witnesses",
    )  # fmt: skip
    append(connection, schema.state_runs, names, states)


def _days(runs, office):
    """The runs cut at midnight, as they are stored."""
    start = CLOCK.second(FIRST, 0)
    for run in runs:
        a, end = int(run["start"]), int(run["end"])
        while a < end:
            b = min(end, (a // _DAY + 1) * _DAY)
            day: date = FIRST + timedelta(days=a // _DAY)
            yield (
                f"{office:08d}", (start + 60 * a) * 1000, (start + 60 * b) * 1000, day.isoformat(),
                _STATES[run["state"]], str(FAULTS[run["fault"]]), str(SCOPES[run["scope"]]), False, 2,
            )  # fmt: skip
            a = b


def measure(url: str, workers: int) -> float:
    """Seconds for the whole month, by so many processes."""
    started = time.perf_counter()
    explain_stored(CollectorConfig(database=url), "2026-10", workers)
    return time.perf_counter() - started


def main(offices: int) -> None:
    """Print seconds and entries a second: first time, and again with nothing changed."""
    print("| store | entries | processes | first, s | again, s |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_columns(folder / "in", offices, EACH, 25 * offices)
        url = f"sqlite:///{folder}/store.db"
        _row("SQLite", url, load_columns(url, folder / "in", offices), 1)
        if not postgresql.why_not():
            with postgresql.Cluster() as cluster:
                url = cluster.new_database()
                _row("PostgreSQL", url, load_columns(url, folder / "in", offices), 4)


def _row(name: str, url: str, entries: int, workers: int) -> None:
    first, again = (measure(url, workers) for _ in range(2))
    print(f"| {name} | {entries:,} | {workers} | {first:.1f} | {again:.1f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
