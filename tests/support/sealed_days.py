"""A day of an agent's reports as they are taken in, and what a time-series store takes for the same samples.

Twelve results a round, two rounds a report: delays skewed around the office's own, to a tenth of a
millisecond, each with its own noise; a fault now and then. Clocks wander by milliseconds as a busy PC's do.

    PYTHONPATH=tests python -m support.sealed_days --agents 20
"""

import argparse
import json
import random
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import seal
from laaswatch_agent.report.model import NO_HASH, LayerResult, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result
from laaswatch_collector.evidence.sealed import KeptReport, seal_day, unseal_day
from support.collector import free_port

REPORTS = 720
SAMPLES = 24
FIRST_MS = 1_795_392_000_000
CADENCE_MS = 60_000
FAULTY = 0.01
"""Share of rounds with something wrong."""
TARGETS = [
    (Layer.LINK, "", 0.02),
    (Layer.GATEWAY, "", 0.1),
    (Layer.REFERENCE, "ref-a", 1.0),
    (Layer.REFERENCE, "ref-b", 1.3),
    *(
        (layer, target, factor)
        for target in ("login", "app")
        for layer, factor in (
            (Layer.DNS, 1.1),
            (Layer.TCP, 1.05),
            (Layer.TLS, 2.2),
            (Layer.HTTP, 5.0),
        )
    ),
]


def a_day(number: int, decimals: int = 1) -> list[KeptReport]:
    """The reports of agent `number`."""
    dice = random.Random(number)
    base = dice.lognormvariate(3.2, 0.7)
    boot_ms = FIRST_MS - dice.randrange(10**9)
    at = FIRST_MS + dice.randrange(CADENCE_MS)
    kept: list[KeptReport] = []
    previous = NO_HASH
    for seq in range(1, REPORTS + 1):
        rounds = []
        for _ in range(2):
            made = at + dice.randrange(40)
            rounds.append(_a_round(dice, base, made, made - boot_ms, decimals))
            at += CADENCE_MS
        last = rounds[-1].at
        line = seal(
            Report(
                seq=seq,
                previous=previous,
                boot="6f1d2c3b4a59687766554433",
                made=last + dice.randrange(800, 1400),
                cadence=CADENCE_MS / 1000,
                rules="2",
                agent_version="0.1.0",
                rounds=tuple(rounds),
            )
        )
        previous = hash_of(line)
        sent = last + 1500 + dice.randrange(200)
        received, mono = sent + dice.randrange(20, 120), sent - boot_ms
        placed = [received - mono + x.mono for x in rounds]
        kept.append(
            KeptReport(
                line,
                received,
                sent,
                mono,
                "6f1d2c3b4a59687766554433",
                None,
                min(placed),
                max(placed),
            )
        )
    return kept


def _a_round(dice: random.Random, base: float, at: int, mono: int, decimals: int) -> ProbeRound:
    fault = dice.random() < FAULTY
    results = []
    for layer, target, factor in TARGETS:
        ms = round(base * factor * dice.lognormvariate(0, 0.35), decimals)
        bad = fault and layer is Layer.HTTP
        results.append(
            LayerResult(
                layer,
                target,
                Result.FAIL if bad else Result.OK,
                Reason.STATUS_SERVER_ERROR if bad else Reason.NONE,
                ms,
                ("503" if bad else "200") if layer is Layer.HTTP else "",
            )
        )
    return ProbeRound(
        at, mono, Fault.SITE_HTTP if fault else Fault.NONE, "site_http.status" if fault else "none.full",
        tuple(results),
    )  # fmt: skip


def series(number: int, kept: list[KeptReport]) -> Iterator[dict[str, object]]:
    """The same results as one series for each target, as VictoriaMetrics imports them."""
    rounds = [x for one in kept for x in json.loads(one.line)["rounds"]]
    for k, (layer, target, _) in enumerate(TARGETS):
        labels = {"agent": f"a{number:05}", "office": f"6{number // 5:06}", "target": target}
        yield {
            "metric": {"__name__": f"probe_{layer}_ms", **labels},
            "values": [x[4][k][4] for x in rounds],
            "timestamps": [x[0] for x in rounds],
        }


class VictoriaMetrics:
    """A store of our own in its own folder, for `with`; `size` after everything has been flushed and merged."""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="laaswatch-vm-"))
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                *("victoria-metrics", f"-storageDataPath={self._folder}", "-retentionPeriod=100y"),
                *(f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=ERROR"),
            ]
        )
        for _ in range(600):
            try:
                self._call("/health")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
            else:
                return self
        raise RuntimeError("VictoriaMetrics did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self._folder)

    def add(self, lines: Iterator[dict[str, object]]) -> None:
        """Store these series."""
        self._call("/api/v1/import", "\n".join(json.dumps(x) for x in lines).encode())

    def size(self) -> int:
        """Bytes of its folder, once everything lies there as it stays."""
        self._call("/internal/force_flush")
        self._call("/internal/force_merge")
        sizes = [-1, -2, -3]
        for _ in range(300):
            sizes.append(sum(x.stat().st_size for x in self._folder.rglob("*") if x.is_file()))
            if len(set(sizes[-4:])) == 1:
                break
            time.sleep(0.2)
        return sizes[-1]

    def _call(self, path: str, body: bytes | None = None) -> None:
        with urllib.request.urlopen(self._url + path, body, timeout=60) as answer:
            answer.read()


def measure(agents: int, *, decimals: int = 1, peer: bool = True) -> dict[str, float]:
    """Bytes a sample, ours and VictoriaMetrics', and what packing and reading cost (s per million samples)."""
    days = {n: a_day(n, decimals) for n in range(agents)}
    samples = agents * REPORTS * SAMPLES
    started = time.process_time()
    blobs = [seal_day(kept) for kept in days.values()]
    packed = time.process_time()
    for blob in blobs:
        unseal_day(blob)
    read = time.process_time()
    found = {
        "samples": samples,
        "lines": sum(len(x.line) for kept in days.values() for x in kept) / samples,
        "sealed": sum(map(len, blobs)) / samples,
        "pack_s": 1e6 * (packed - started) / samples,
        "read_s": 1e6 * (read - packed) / samples,
    }
    if peer:
        with VictoriaMetrics() as store:
            for number, kept in days.items():
                store.add(series(number, kept))
            found["victoria_metrics"] = store.size() / samples
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--decimals", type=int, default=1)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.agents, decimals=chosen.decimals), indent=1))
