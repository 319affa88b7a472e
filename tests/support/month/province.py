"""A month of one province at the agents' real pace, put into a store by the store's own code.

103 offices with three PCs each and our own control probe; a round every 30 seconds while a PC is on, a
report of two rounds every minute, each delivered by itself half a minute after its last round and taken in
together with whatever others arrive around it, in order of arrival. Lines that were down hold nothing
back: a report made during an outage is counted as delivered at once. Ledgers come through the importer,
conclusions and explanations from the recomputer.
"""

import heapq
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

from laaswatch_agent.report.model import Delivery, Envelope, Report
from laaswatch_collector.cli.demo.populate import import_ledgers
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.simulate.cast import SimulatedOffice, cast_offices
from laaswatch_collector.simulate.province import SimulatedProvince, simulate
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.agents import ensure_control_office
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.intake import Prepared, prepare
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.reports import Arrived, store_all
from support.province import enrol

MONTH = (2026, 10)
HOLIDAYS = (date(2026, 10, 13), date(2026, 10, 23))
OFFICES, PCS = 103, 3
BUSY = 8.0
"""A country's 15.7 million entries a month are 2,000 an office: so many times what the demo's offices key."""
CADENCE, SPAN = 30, 60
INCARNATION = "0123456789abcdef"
ON_THE_WAY = 31_000
"""From a report's last round to its arrival, ms."""
GROUP = 256
"""Deliveries taken in together."""
SLICE = 3_600
"""Seconds of arrivals that a worker makes ready at once."""
WORKERS = 3
PATIENCE = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded and how long its parts took (seconds)."""

    offices: int
    agents: int
    days: int
    reports: int
    entries: int
    intake: float
    books: float
    recompute: float


def make_province(
    offices: int = OFFICES, busy: float = BUSY, cadence: int = CADENCE, span: int = SPAN
) -> SimulatedProvince:
    """The province, the same at every call."""
    cast = tuple(
        replace(x, pcs=PCS, entries_a_day=x.entries_a_day * busy) for x in cast_offices(7, offices)
    )
    return simulate(7, cast, MONTH, holidays=HOLIDAYS, cadence=cadence, span=span)


def load_province(
    url: str,
    province: SimulatedProvince,
    now: datetime,
    days: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Fill the empty database at `url`; `days`: only the first so many working days of reports."""
    days = len(province.axis.days) if days is None else days
    with _Makers(province, days) as makers:
        database = Database.open(url)
        try:
            return _load(database, province, makers, now, say)
        finally:
            database.close()


def _load(
    database: Database,
    province: SimulatedProvince,
    makers: "_Makers",
    now: datetime,
    say: Callable[[str], None],
) -> Loaded:
    first = datetime.fromtimestamp(province.axis.day_start(0), UTC)
    database.write(lambda c: _register(c, province))
    agents = [database.write(partial(enrol, agent=x, now=first)) for x in province.agents]
    started = time.perf_counter()
    reports = 0
    for day, arrivals in makers.days():
        waiting: list[Arrived] = []
        for row, prepared in arrivals:
            waiting.append(Arrived(agents[row], prepared))
            if len(waiting) == GROUP:
                reports += _store(database, waiting)
                waiting = []
        reports += _store(database, waiting)
        say(f"day {day + 1}: {reports} reports, {time.perf_counter() - started:.0f} s")
    intake = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="laaswatch-month-") as folder:
        good, _ = import_ledgers(database, province, Path(folder), lambda: None)
    books = time.perf_counter() - started - intake
    say(f"{good} entries imported, {books:.0f} s")
    calendar, policy = load_calendar(None), load_policy(None)
    recompute = recompute_all(database, calendar, policy, now)
    say(f"concluded and explained, {recompute:.0f} s")
    return Loaded(
        offices=len(province.offices),
        agents=len(agents),
        days=len(province.axis.days),
        reports=reports,
        entries=good,
        intake=intake,
        books=books,
        recompute=recompute,
    )


def recompute_all(database: Database, calendar: object, policy: Policy, now: datetime) -> float:
    """Everything that waits, computed; seconds."""
    started = time.perf_counter()
    if not Recomputer(database, calendar, policy, lambda: now).catch_up(PATIENCE):
        raise RuntimeError("the recomputer did not come to an end")
    return time.perf_counter() - started


def _register(connection, province: SimulatedProvince) -> None:
    names = Office.__dataclass_fields__.keys() & SimulatedOffice.__dataclass_fields__.keys()
    rows = (Office(**{name: getattr(x, name) for name in names}) for x in province.offices)
    import_offices(connection, rows)
    ensure_control_office(connection)


def _store(database: Database, arrived: list[Arrived]) -> int:
    if not arrived:
        return 0
    found = database.write(lambda c: store_all(c, arrived))
    refused = [x for x in found if x.refused or x.rejected or x.duplicates]
    if refused:
        raise RuntimeError(f"a report was not taken: {refused[0]}")
    return sum(x.new for x in found)


# ------------------------------------------------------------------ making the reports, in other processes
class _Makers:
    """Worker processes that seal and prepare the reports of their share of the agents. Use with `with`.

    They start before the database is opened: a process with a writer thread must not be forked.
    """

    def __init__(self, province: SimulatedProvince, days: int) -> None:
        context = multiprocessing.get_context("fork")
        self._days = days
        self._queues = [context.Queue(maxsize=3) for _ in range(WORKERS)]
        self._workers = [
            context.Process(target=_make, args=(province, n, days, queue), daemon=True)
            for n, queue in enumerate(self._queues)
        ]

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.terminate()
            worker.join()
        for queue in self._queues:
            queue.close()

    def days(self) -> Iterator[tuple[int, Iterator[tuple[int, Prepared]]]]:
        """(day, its deliveries in the order in which they arrive, each with its agent's row)."""
        for day in range(self._days):
            yield day, self._of_day()

    def _of_day(self) -> Iterator[tuple[int, Prepared]]:
        ended = False
        while not ended:
            slices = [queue.get() for queue in self._queues]
            for error in (x for x in slices if isinstance(x, BaseException)):
                raise error
            ended = slices[0] is None
            if not ended:
                yield from heapq.merge(*slices, key=lambda x: x[1].received)


def _make(province: SimulatedProvince, worker: int, days: int, queue) -> None:
    try:
        for found in _slices(province, worker, days):
            queue.put(found)
    except BaseException as error:  # noqa: BLE001 - told by whoever waits
        queue.put(error)


def _slices(
    province: SimulatedProvince, worker: int, days: int
) -> Iterator[list[tuple[int, Prepared]] | None]:
    """Slice after slice of one worker's agents, `None` after each day."""
    rows = range(worker, len(province.agents), WORKERS)
    streams = {row: _deliveries(province, row) for row in rows}
    ahead = {row: next(stream, None) for row, stream in streams.items()}
    for day in range(days):
        start = province.axis.day_start(day)
        for end in range(start + SLICE, start + 16 * 3600, SLICE):
            found = []
            for row, stream in streams.items():
                while (one := ahead[row]) is not None and one.received.timestamp() < end:
                    found.append((row, one))
                    ahead[row] = next(stream, None)
            found.sort(key=lambda x: x[1].received)
            yield found
        yield None


def _deliveries(province: SimulatedProvince, row: int) -> Iterator[Prepared]:
    agent = province.agents[row]
    for sealed in province.reports(row):
        sent = sealed.made + ON_THE_WAY
        received = datetime.fromtimestamp(sent / 1000, UTC) - timedelta(seconds=agent.clock_off)
        envelope = Envelope(agent.name, INCARNATION, sealed.boot, sent, sealed.mono + ON_THE_WAY, 1)
        made = prepare(Delivery(envelope, (sealed.line,)), received)
        # The rounds are packed by now; without them a delivery travels lighter between processes.
        yield replace(made, reports=tuple(replace(x, report=_head(x.report)) for x in made.reports))


def _head(x: Report) -> Report:
    """The report without its rounds."""
    return Report(x.seq, x.previous, x.boot, x.made, x.cadence, x.rules, x.agent_version, ())
