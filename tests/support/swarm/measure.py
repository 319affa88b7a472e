"""What the collector carries, beside Prometheus and VictoriaMetrics fed the same samples in the same run.

    make bench-intake                (PYTHONPATH=tests python -m support.swarm.measure [PASSES] [SCALE])

Every receiver gets its turn in each pass; medians are shown. The collector syncs to disk before it answers,
the peers do not. SCALE 1 plays 4,000 agents, a tenth of the country's.
"""

import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import sqlalchemy as sa

from laaswatch_collector.store.database import Database
from support.collector import Collector, free_port
from support.postgresql import Cluster
from support.swarm.agents import SAMPLES, enrol_swarm

DRIVERS = 2
TESTS = Path(__file__).parents[2]
SETTINGS = "connections: 20000\nconnections_per_address: 20000\n"


@dataclass(frozen=True, slots=True)
class Found:
    """One case: `cpu` seconds of the receiver (and its database), latencies in ms, `size` bytes on disk."""

    reports: int
    requests: int
    seconds: float
    cpu: float
    refused: int
    reopened: int
    latencies: tuple[float, ...]
    live: tuple[float, ...]
    stored: int
    size: int

    def at(self, share: float) -> float:
        """The latency that this share of the answers kept below."""
        ordered = sorted(self.latencies or self.live)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def per_cpu(self) -> float:
        """Reports for each CPU-second."""
        return self.reports / self.cpu

    @property
    def per_second(self) -> float:
        """Reports a second."""
        return self.reports / self.seconds


@dataclass(frozen=True, slots=True)
class Load:
    """What the drivers do (the options of `drive`)."""

    agents: int = 400
    reports: int = 25
    batch: int = 1
    rate: float | None = None
    spread: float | None = None

    @property
    def count(self) -> int:
        """Reports sent in all."""
        return self.agents * self.reports * self.batch

    def options(self) -> list[str]:
        """Without the agents, which the drivers share out."""
        found = ["--reports", str(self.reports), "--batch", str(self.batch)]
        if self.rate:
            found += ["--rate", str(self.rate / DRIVERS)]
        if self.spread is not None:
            found += ["--spread", str(self.spread)]
        return found


@dataclass(frozen=True, slots=True)
class Receiver:
    """Something under load: where it listens, its processes, and how much it holds."""

    urls: tuple[str, ...]
    pids: tuple[int, ...]
    size: Callable[[], int]
    stored: Callable[[], int]
    remote_write: bool = False


Opener = Callable[[], contextlib.AbstractContextManager[Receiver]]


def run(receiver: Receiver, load: Load, *, meanwhile: Callable[[], None] | None = None) -> Found:
    """Let the drivers loose on a receiver."""
    share = load.agents // DRIVERS
    command = [sys.executable, "-m", "support.swarm.drive", ",".join(receiver.urls)]
    options = [*load.options(), *(["--remote-write"] if receiver.remote_write else [])]
    drivers = [
        subprocess.Popen(
            [*command, "--first", str(k * share), "--agents", str(share), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )
        for k in range(DRIVERS)
    ]
    for driver in drivers:
        assert driver.stdout.readline() == "ready\n"
    before = _cpu(receiver.pids)
    started = time.perf_counter()
    for driver in drivers:
        driver.stdin.write("\n")
        driver.stdin.flush()
    if meanwhile:
        meanwhile()
    tallies = [json.loads(driver.communicate()[0]) for driver in drivers]
    seconds = time.perf_counter() - started
    return Found(
        reports=share * DRIVERS * load.reports * load.batch,
        requests=sum(x["requests"] for x in tallies),
        seconds=max(x["seconds"] for x in tallies) if not meanwhile else seconds,
        cpu=_cpu(receiver.pids) - before,
        refused=sum(x["refused"] for x in tallies),
        reopened=sum(x["reopened"] for x in tallies),
        latencies=tuple(ms for x in tallies for ms in x["latencies"]),
        live=tuple(ms for x in tallies for ms in x["live"]),
        stored=receiver.stored(),
        size=receiver.size(),
    )


@contextmanager
def sqlite_collector(agents: int) -> Iterator[Receiver]:
    """One collector over a file of SQLite."""
    with _folder() as folder:
        url = f"sqlite:///{folder}/store.db"
        with _collectors(url, folder, agents, 1) as found:
            urls, pids, stored = found
            yield Receiver(urls, pids, lambda: _bytes(folder), stored)


@contextmanager
def postgresql_collectors(agents: int, count: int) -> Iterator[Receiver]:
    """Some collectors over one PostgreSQL that syncs to disk; its processes' CPU counts too."""
    with (
        _folder() as folder,
        Cluster(durable=True) as cluster,
        _collectors(cluster.new_database(), folder, agents, count) as found,
    ):
        urls, pids, stored = found
        yield Receiver(urls, (*pids, cluster.pid), lambda: _bytes(cluster.data), stored)


@contextmanager
def prometheus() -> Iterator[Receiver]:
    """Prometheus as a receiver of remote write."""
    with _folder() as folder:
        (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
        port = free_port()
        command = [
            "prometheus",
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-remote-write-receiver",
            "--log.level=error",
        ]
        with _process(command, f"http://127.0.0.1:{port}/-/ready") as pid:
            yield Receiver((f"http://127.0.0.1:{port}",), (pid,), lambda: _bytes(folder), int, True)


@contextmanager
def victoria_metrics() -> Iterator[Receiver]:
    """VictoriaMetrics as a receiver of remote write."""
    with _folder() as folder:
        port = free_port()
        command = [
            shutil.which("victoria-metrics") or "victoria-metrics",
            f"-storageDataPath={folder}/data",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-loggerLevel=ERROR",
        ]
        with _process(command, f"http://127.0.0.1:{port}/health") as pid:
            yield Receiver((f"http://127.0.0.1:{port}",), (pid,), lambda: _bytes(folder), int, True)


def compare(passes: int, load: Load, receivers: dict[str, Opener]) -> dict[str, list[Found]]:
    """Every receiver in turn, pass after pass."""
    found: dict[str, list[Found]] = {name: [] for name in receivers}
    for _ in range(passes):
        for name, open_it in receivers.items():
            with open_it() as receiver:
                found[name].append(run(receiver, load))
    return found


def median(found: Sequence[Found], value: Callable[[Found], float]) -> float:
    """The median over the passes."""
    return statistics.median(value(x) for x in found)


@contextmanager
def _collectors(
    url: str, folder: Path, agents: int, count: int
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], Callable[[], int]]]:
    database = Database.open(url)
    enrol_swarm(database, agents)
    database.close()
    settings = folder / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    running = [Collector(url, "--config", str(settings)) for _ in range(count)]
    with contextlib.ExitStack() as stack:
        for collector in running:
            stack.enter_context(collector)
            collector.start()
        yield tuple(x.url for x in running), tuple(x.pid for x in running), lambda: _stored(url)
        for collector in running:
            collector.stop()


def _stored(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM reports")).scalar_one()
    engine.dispose()
    return int(count)


@contextmanager
def _process(command: list[str], health: str) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2):
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="laaswatch-bench-", dir="/var/tmp") as name:
        yield Path(name)


def _cpu(pids: Sequence[int]) -> float:
    total = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            for x in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    spent = x.cpu_times()
                    total += spent.user + spent.system
            spent = process.cpu_times()
            total += spent.children_user + spent.children_system
    return total


def _bytes(folder: Path) -> int:
    return sum(x.stat().st_blocks * 512 for x in folder.rglob("*") if x.is_file())


def tables(passes: int, scale: float) -> str:
    """Everything measured, as the tables of docs/performance.md."""
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "",
    ]
    lines += _receivers(passes)
    lines += _steady(round(2000 * scale))
    lines += _return(round(4000 * scale))
    return "\n".join(lines)


def _receivers(passes: int) -> list[str]:
    lines = [
        "| receiver | synced first | reports/s | reports/CPU-s | × Prometheus | CPU-s per million samples |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for batch in (1, 10):
        load = Load(agents=400, reports=max(10, 25 // batch), batch=batch)
        mine = {
            "SQLite": partial(sqlite_collector, load.agents),
            "PostgreSQL": partial(postgresql_collectors, load.agents, 1),
        }
        peers = {"Prometheus": prometheus, "VictoriaMetrics": victoria_metrics}
        found = compare(passes, load, {**mine, **(peers if batch == 1 else {})})
        if batch == 1:
            peer = median(found["Prometheus"], lambda x: x.per_cpu)
        for name, passed in found.items():
            per_cpu = median(passed, lambda x: x.per_cpu)
            ours = name in mine
            lines.append(
                f"| {f'laaswatch, {name}, {batch} a request' if ours else name} | "
                f"{'yes' if ours else 'no'} | {median(passed, lambda x: x.per_second):,.0f} | "
                f"{per_cpu:,.0f} | {per_cpu / peer:.2f} | {1e6 / SAMPLES / per_cpu:.1f} |"
            )
            if ours:
                assert all(x.stored == x.reports for x in passed), "reports lost"
                assert all(x.refused == 0 for x in passed)
    return [*lines, ""]


def _steady(agents: int) -> list[str]:
    load = Load(agents=agents, reports=max(1, 667 * 30 // agents), rate=667)
    lines = [
        "| steady, 667 reports/s | p50 ms | p99 ms | CPU-s per million samples | connections opened again |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, open_it in _engines(agents):
        with open_it() as receiver:
            x = run(receiver, load)
        lines.append(
            f"| {name} | {x.at(0.5):.0f} | {x.at(0.99):.0f} | {x.cpu / x.reports / SAMPLES * 1e6:.1f} | "
            f"{x.reopened} of {agents:,} |"
        )
        assert x.stored == x.reports, "reports lost"
    return [*lines, ""]


def _return(agents: int) -> list[str]:
    load = Load(agents=agents, reports=2, batch=240, spread=60)
    lines = [
        (
            f"| {agents:,} agents return with 480 reports each | drained s | reports/s | "
            "newest: p50 ms | p99 ms | refused | lost |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, open_it in _engines(agents):
        with open_it() as receiver:
            x = run(receiver, load)
        live = sorted(x.live)
        lines.append(
            f"| {name} | {x.seconds:.0f} | {x.per_second:,.0f} | {live[len(live) // 2]:.0f} | "
            f"{live[int(len(live) * 0.99)]:.0f} | {x.refused} | {x.reports - x.stored} |"
        )
    return [*lines, ""]


def _engines(agents: int) -> Iterator[tuple[str, Opener]]:
    yield "SQLite", partial(sqlite_collector, agents)
    for count in (1, 2, 4):
        name = f"PostgreSQL, {count} collector{'s' if count > 1 else ''}"
        yield name, partial(postgresql_collectors, agents, count)


if __name__ == "__main__":
    given = [float(x) for x in sys.argv[1:]]
    print(tables(int(given[0]) if given else 3, given[1] if len(given) > 1 else 1.0))
