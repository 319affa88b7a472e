"""The whole demo in order: stage, child processes, the month, then the live part until somebody ends it."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

from laaswatch_agent.diagnosis.history import History
from laaswatch_collector.cli.demo.children import ChildDied, Children
from laaswatch_collector.cli.demo.intake import IntakeRefused, send_month
from laaswatch_collector.cli.demo.populate import (
    LIVE_PC,
    Cast,
    import_ledgers,
    populate,
    recall,
    stale_days_before,
)
from laaswatch_collector.cli.demo.show import Progress, farewell, welcome
from laaswatch_collector.cli.demo.stage import FolderTaken, Stage, prepare
from laaswatch_collector.cli.say import both
from laaswatch_collector.config import host_and_port
from laaswatch_collector.simulate.axis import month_axis
from laaswatch_collector.simulate.books import OWN_LAYOUT_OFFICES
from laaswatch_collector.simulate.cast import PROVINCE
from laaswatch_collector.simulate.province import SimulatedProvince, simulate
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store.database import Database
from laaswatch_collector.worktime.thai import BANGKOK

START_SECONDS = 30.0
"""How long a child process may take until it is ready."""
BASELINE_SECONDS = 120.0
"""How long the live agent may take to learn what is usual here; five rounds are enough."""
POLL_SECONDS = 0.25
TAIL_DAYS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    folder: Path
    listen: str
    offices: int
    seed: int
    keep: bool


class _Ended(KeyboardInterrupt):
    """Somebody wants the demo to end. Of this kind, since an event loop swallows any other."""


@dataclass(slots=True)
class _Clock:
    """Seconds that each phase took, for people who measure."""

    phases: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.phases[name] = round(time.perf_counter() - started, 2)


def play(wanted: Wanted) -> int:
    """Run the demo; its exit code: 0 ended by a person, 1 something died, 2 it could not start."""
    console = Console()
    host, port = host_and_port(wanted.listen)
    if not _is_free(host, port):
        console.print(both("demo.in_use", address=wanted.listen), style="red")
        return 2
    try:
        stage = prepare(wanted.folder, keep=wanted.keep)
    except FolderTaken:
        console.print(both("demo.folder_taken", folder=str(wanted.folder)), style="red")
        return 2
    _listen_for_the_end()
    with Children(stage.folder / "logs") as children:
        try:
            _perform(wanted, stage, children, console)
        except (ChildDied, IntakeRefused, OSError) as error:
            console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
            return 1
        except _Ended:
            console.print(f"\n{both('demo.ending')}", style="dim")
        finally:
            for number in _ENDING:  # a second Ctrl-C must not leave a child behind
                signal.signal(number, signal.SIG_IGN)
    farewell(console)
    return 0


_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def _listen_for_the_end() -> None:
    for number in _ENDING:
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended


def _perform(wanted: Wanted, stage: Stage, children: Children, console: Console) -> None:
    clock = _Clock()
    started = time.perf_counter()
    url = f"http://{wanted.listen}"
    fresh = not stage.cast.exists()
    with Progress(console) as progress:
        with clock.phase("prepare"), progress.step("prepare"):
            province = _simulate(wanted)
            cast = _populate(stage, province) if fresh else recall(stage)
        with clock.phase("start"), progress.step("start"):
            _start(wanted, stage, children, cast, url)
        if fresh:
            _load(_Month(stage, url, province, cast), clock, progress, children)
        with clock.phase("baseline"), progress.step("baseline"):
            _wait(children, "agent", lambda: _knows_its_line(stage), BASELINE_SECONDS)
    facts = {
        "url": url,
        "month": f"{province.axis.days[0]:%Y-%m}",
        "office": cast.office,
        "logins": cast.logins,
        "scraper": cast.scraper,
        "status_page": str(stage.status_page),
        "textfile": str(stage.textfile),
        "seconds": {**clock.phases, "all": round(time.perf_counter() - started, 1)},
    }
    stage.write_private(stage.facts, json.dumps(facts, ensure_ascii=False, indent=1))
    welcome(console, facts)
    while True:
        children.check()
        time.sleep(POLL_SECONDS)


def _simulate(wanted: Wanted) -> SimulatedProvince:
    """The last full month before today, and what has passed of the two working days after it."""
    today = datetime.now(BANGKOK).date()
    last = today.replace(day=1) - timedelta(days=1)
    holidays = load_calendar().work_clock(PROVINCE).holidays
    passed = month_axis(last.year, last.month, holidays, TAIL_DAYS).days
    tail = sum(last < day < today for day in passed)
    return simulate(
        wanted.seed, wanted.offices, (last.year, last.month), holidays=holidays, tail_days=tail
    )


def _populate(stage: Stage, province: SimulatedProvince) -> Cast:
    database = Database.open(stage.database_url)
    try:
        return populate(database, province, stage)
    finally:
        database.close()


def _start(wanted: Wanted, stage: Stage, children: Children, cast: Cast, url: str) -> None:
    """The stand-in, the collector with its control agent, and the real agent of this PC."""
    children.start("stand-in", "laaswatch_collector.cli.demo.stand_in", [str(stage.folder)])
    ports = _wait(children, "stand-in", stage.read_ports)
    for side in ("pc", "control"):
        stage.write_agent_config(side, ports)
    stage.write_collector_config(wanted.listen)
    settings = ["--config", str(stage.collector_config)]
    children.start("collector", "laaswatch_collector.cli.main", ["serve", *settings])
    _wait(children, "collector", lambda: _answers(f"{url}/health"))
    children.check()  # it may have been another program on this port that answered
    agent = ["--config", str(stage.agent_config("pc"))]
    if LIVE_PC in cast.codes:
        code = ["--collector", url, "--code", cast.codes[LIVE_PC]]
        children.finish("enrol", "laaswatch_agent.cli.main", ["enroll", *agent, *code])
    children.start("agent", "laaswatch_agent.cli.main", ["run", *agent])


@dataclass(frozen=True, slots=True)
class _Month:
    """What is to be loaded, and where to."""

    stage: Stage
    url: str
    province: SimulatedProvince
    cast: Cast


def _load(month: _Month, clock: _Clock, progress: Progress, children: Children) -> None:
    """Ledgers and reports side by side, then wait until everything is concluded."""
    database = Database.open(month.stage.database_url)
    try:
        with ThreadPoolExecutor(1) as beside:
            ledgers = beside.submit(_bring_ledgers, month, database, clock, progress)
            with clock.phase("reports"), progress.step("reports", _rounds_to_come(month)) as step:
                asyncio.run(_send(month, step.advance))
            _listen_for_the_end()
            ledgers.result()
        with clock.phase("conclusions"), progress.step("conclusions") as step:
            today = datetime.now(BANGKOK).date()
            most = 1
            while waiting := stale_days_before(database, today):
                most = max(most, waiting)
                step.at(most - waiting, most)
                children.check()
                time.sleep(POLL_SECONDS)
    finally:
        database.close()


async def _send(month: _Month, sent: Callable[[int], None]) -> None:
    """Send the month; a signal then ends the requests in order instead of tearing the loop apart."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for number in _ENDING:
        with suppress(NotImplementedError):  # Windows: the plain handler stays
            loop.add_signal_handler(number, lambda: task.cancel() if task else None)
    try:
        await send_month(month.url, month.province, month.cast.codes, sent)
    except asyncio.CancelledError:
        raise _Ended from None


def _bring_ledgers(month: _Month, database: Database, clock: _Clock, progress: Progress) -> None:
    files = 3 + 3 * OWN_LAYOUT_OFFICES
    with clock.phase("ledgers"), progress.step("ledgers", files) as step:
        import_ledgers(database, month.province, month.stage.folder / "ledgers", step.advance)


def _rounds_to_come(month: _Month) -> int:
    """About how many rounds the month has: for the bar only."""
    minutes = sum(b.end - b.start for boots in month.province.boots for b in boots)
    return minutes * 60 // month.province.cadence


T = TypeVar("T")


def _wait(
    children: Children, name: str, look: Callable[[], T | None], seconds: float = START_SECONDS
) -> T:
    """What `look` finds, asked again and again; raises ChildDied if it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        children.check()
        time.sleep(POLL_SECONDS / 2)
    raise ChildDied(f"{name} was not ready in {seconds:.0f} s\n{children.log_end(name)}")


def _answers(url: str) -> bool | None:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address on loopback
            return True if answer.status == 200 else None
    except (URLError, OSError):
        return None


def _knows_its_line(stage: Stage) -> bool | None:
    """Has the live agent a baseline? Before that no page is too slow for it."""
    try:
        past = json.loads(stage.history.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not written yet, or just being written
        return None
    return True if History.from_dict(past).median_total() is not None else None


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
