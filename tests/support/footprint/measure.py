"""What one agent costs a PC, beside the floor of a bare loop and beside blackbox_exporter, in one run.

All three make the same probes of the same servers on loopback, in turn, pass after pass; medians are shown,
and ratios. The agent is the installed program as it runs at an office: rounds, spool, page, history, uplink.

    make bench                  (python -m support.footprint.measure [ROUNDS] [PASSES])
"""

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
CADENCE = 0.2
"""Seconds between the agent's rounds here; what a round costs does not depend on it."""
ROUNDS_A_DAY = 9 * 120 + 15 * 12
"""A PC that is never switched off: 30 s apart from 08:00 to 17:00, five minutes apart else."""
REPORTS_A_DAY = 9 * 60 + 15 * 12
PAGE_AND_PROBES = ("dns", "dns", "tls", "tls", "http", "site")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU-seconds per 1,000 rounds, resident MiB at the end, seconds from start to the first round."""

    cpu: float
    resident: float
    start: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """Medians of all passes; bytes are the agent's, a day."""

    agent: Cost
    floor: Cost
    blackbox: Cost | None
    uplink: float
    written: float


def measure(rounds: int, passes: int) -> Footprint:
    """Everything, in turn, `passes` times."""
    agents, floors, blackboxes, sent, written = [], [], [], [], []
    for _ in range(passes):
        with _target() as (at, ask):
            cost, uplink, disk = _agent(at, ask, rounds)
            agents.append(cost)
            sent.append(uplink)
            written.append(disk)
            floors.append(_floor(at, ask, rounds))
            if shutil.which("prometheus-blackbox-exporter"):
                blackboxes.append(_blackbox(at, rounds))
    return Footprint(
        _median(agents),
        _median(floors),
        _median(blackboxes) if blackboxes else None,
        statistics.median(sent),
        statistics.median(written),
    )


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(x, k) for x in costs) for k in Cost.__slots__))


@contextmanager
def _target() -> Iterator[tuple[dict, Callable[[], dict]]]:
    env = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "target.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip

    def ask() -> dict:
        process.stdin.write("?\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield json.loads(process.stdout.readline()), ask
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


# ------------------------------------------------------------------ the three
def _agent(at: dict, ask: Callable[[], dict], rounds: int) -> tuple[Cost, float, float]:
    with tempfile.TemporaryDirectory(prefix="laaswatch-bench-", dir=_disk()) as name:
        folder = Path(name)
        settings = folder / "agent.yaml"
        settings.write_text(json.dumps(_settings(at, folder)), encoding="utf-8")
        command = [sys.executable, "-m", "laaswatch_agent.cli.main"]
        common = ["--config", str(settings)]
        code = ["--collector", at["collector"], "--code", "0" * 25]
        subprocess.run([*command, "enroll", *common, *code], check=True, stdout=subprocess.DEVNULL)
        before = ask()
        started = time.monotonic()
        process = subprocess.Popen(
            [*command, "run", *common], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _until(lambda: ask()["served"] > before["served"])
            start = time.monotonic() - started
            _until(lambda: ask()["served"] >= before["served"] + 20)  # warm
            first, cpu, disk = ask(), _cpu(process.pid), _written(process.pid)
            _until(
                lambda: ask()["served"] >= first["served"] + rounds, rounds * 3 * CADENCE + PATIENCE
            )
            last = ask()
            made = last["served"] - first["served"]
            cost = Cost(1000 * (_cpu(process.pid) - cpu) / made, _resident(process.pid), start)
            wrote = (_written(process.pid) - disk) / made
            sent = (last["bytes"] - first["bytes"]) / (last["deliveries"] - first["deliveries"])
        finally:
            process.terminate()
            process.wait(20)
        return cost, sent * REPORTS_A_DAY, wrote * ROUNDS_A_DAY


def _settings(at: dict, folder: Path) -> dict:
    names = at["names"]
    site = {"url": f"https://www.site.test:{at['site']}/", "markers": ["the-marker"]}
    tls = [{"name": f"tls{i}", "url": f"tls://127.0.0.1:{p}"} for i, p in enumerate(at["tls"])]
    http = {"name": "http", "url": f"http://127.0.0.1:{at['http']}/generate_204"}
    return {
        "fast": True,
        "stand_in_site": True,
        "round_seconds": CADENCE,
        "report_seconds": 2 * CADENCE,
        "state_dir": str(folder / "state"),
        "ca_file": at["ca"],
        "resolver": names,
        "second_resolver": names,
        "targets": [{"role": "login", "addresses": [site]}],
        "references": [*tls, http],
    }


def _floor(at: dict, ask: Callable[[], dict], rounds: int) -> Cost:
    began, before = time.monotonic(), ask()["served"]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "bare_loop.py"), str(rounds), json.dumps(at)],
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    first, start = _cpu(process.pid), time.monotonic() - began
    resident = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        resident = max(resident, _resident(process.pid))
        time.sleep(0.01)
    process.returncode = ended[1]
    process.stdout.close()
    used = ended[2].ru_utime + ended[2].ru_stime
    made = ask()["served"] - before
    return Cost(1000 * (used - first) / made, resident, start)


def _blackbox(at: dict, rounds: int) -> Cost:
    with tempfile.TemporaryDirectory(prefix="laaswatch-bench-") as name:
        config = Path(name) / "blackbox.yml"
        config.write_text(json.dumps(_modules(at)), encoding="utf-8")
        port = _free_port()
        began = time.monotonic()
        process = subprocess.Popen(
            ["prometheus-blackbox-exporter", f"--config.file={config}",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _until(lambda: _get(f"http://127.0.0.1:{port}/-/healthy") is not None)
            start = time.monotonic() - began
            probes = [f"http://127.0.0.1:{port}/probe?{x}" for x in _probes(at)]
            for probe in probes:
                answer = _get(probe)
                assert answer is not None, probe
                assert b"\nprobe_success 1" in answer, probe
            for _ in range(20):
                for probe in probes:
                    _get(probe)
            cpu = _cpu(process.pid)
            for _ in range(rounds):
                for probe in probes:
                    _get(probe)
            return Cost(1000 * (_cpu(process.pid) - cpu) / rounds, _resident(process.pid), start)
        finally:
            process.terminate()
            process.wait(10)


def _modules(at: dict) -> dict:
    tls = {"ca_file": at["ca"], "server_name": "www.site.test"}
    names = {"query_name": "www.site.test", "preferred_ip_protocol": "ip4"}
    return {
        "modules": {
            "a": {"prober": "dns", "dns": {**names, "query_type": "A"}},
            "aaaa": {"prober": "dns", "dns": {**names, "query_type": "AAAA"}},
            "tls": {"prober": "tcp", "tcp": {"tls": True, "tls_config": {"insecure_skip_verify": True}}},
            "http": {"prober": "http", "http": {"valid_status_codes": [204]}},
            "site": {"prober": "http",
                     "http": {"tls_config": tls, "fail_if_body_not_matches_regexp": ["the-marker"]}},
        }
    }  # fmt: skip


def _probes(at: dict) -> list[str]:
    names = at["names"]
    return [
        f"module=a&target={names}", f"module=aaaa&target={names}",
        f"module=a&target={names}", f"module=aaaa&target={names}",
        *(f"module=tls&target=127.0.0.1:{port}" for port in at["tls"]),
        f"module=http&target=http://127.0.0.1:{at['http']}/generate_204",
        f"module=site&target=https://127.0.0.1:{at['site']}/",
    ]  # fmt: skip


# ------------------------------------------------------------------ /proc
def _cpu(pid: int) -> float:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    # A process that has just ended has no memory any more.
    lines = [x for x in status.splitlines() if x.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def _written(pid: int) -> int:
    text = Path(f"/proc/{pid}/io").read_text(encoding="utf-8")
    return int(next(x for x in text.splitlines() if x.startswith("write_bytes:")).split()[1])


def _disk() -> str | None:
    """A folder on a real disk: what goes to memory alone is not counted as written."""
    return os.environ.get("LAASWATCH_BENCH_DIR")


def _get(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()
    except OSError:
        return None


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until(look: Callable[[], bool], patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not look():
        assert time.monotonic() < end, "the bench does not get on"
        time.sleep(0.01)


def table(found: Footprint) -> str:
    """The figures as Markdown."""
    peer = found.blackbox
    rows = [("laaswatch-agent", found.agent), ("the floor: a bare loop", found.floor)]
    rows += [("blackbox_exporter", peer)] if peer else []
    lines = [
        "| prober | CPU-s per 1,000 rounds | × blackbox | resident MiB | × blackbox | start s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, cost in rows:
        cpu = f"{cost.cpu / peer.cpu:.2f}" if peer else "–"
        resident = f"{cost.resident / peer.resident:.2f}" if peer else "–"
        lines.append(
            f"| {name} | {cost.cpu:.2f} | {cpu} | {cost.resident:.1f} | {resident} | {cost.start:.2f} |"
        )
    lines += [
        "",
        (
            f"Sent a day: {found.uplink / 1e6:.2f} MB · written to disk a day: {found.written / 1e6:.2f} MB "
            f"({ROUNDS_A_DAY} rounds, {REPORTS_A_DAY} reports; {platform.machine()}, "
            f"{os.cpu_count()} processors, Python {platform.python_version()})"
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    wanted = [int(x) for x in sys.argv[1:]]
    print(table(measure(wanted[0] if wanted else 200, wanted[1] if len(wanted) > 1 else 3)))
