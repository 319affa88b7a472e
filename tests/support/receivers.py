"""Real receivers of remote write on loopback: Prometheus and VictoriaMetrics."""

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.collector import free_port

PATIENCE = 40


@dataclass
class Receiver:
    """Where it takes samples and answers queries; `data` is Prometheus's folder."""

    url: str
    data: Path
    flush: str = ""

    @property
    def write_url(self):
        return f"{self.url}/api/v1/write"

    def query_range(self, query, start, end, step):
        """{moment: value} of the one series that answers; nothing if none does."""
        if self.flush:
            urllib.request.urlopen(f"{self.url}{self.flush}", timeout=20).close()
        asked = urllib.parse.urlencode(
            {"query": query, "start": start, "end": end, "step": step, "nocache": 1}
        )
        with urllib.request.urlopen(f"{self.url}/api/v1/query_range?{asked}", timeout=20) as answer:
            result = json.load(answer)["data"]["result"]
        assert len(result) <= 1
        return {at: float(value) for series in result for at, value in series["values"]}


@contextmanager
def prometheus(folder, window="24h"):
    """A real Prometheus that takes samples late by as much as `window`; its data outlives it."""
    folder.mkdir(exist_ok=True)
    settings = f"storage: {{tsdb: {{out_of_order_time_window: {window}}}}}\n"
    (folder / "p.yaml").write_text(settings, encoding="utf-8")
    url = f"127.0.0.1:{free_port()}"
    with _running(
        [
            "prometheus", f"--config.file={folder}/p.yaml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={url}", "--web.enable-remote-write-receiver", "--log.level=error",
        ],
        f"http://{url}/-/ready",
    ):  # fmt: skip
        yield Receiver(f"http://{url}", folder / "data")


@contextmanager
def victoria_metrics(folder):
    """A real VictoriaMetrics."""
    url = f"127.0.0.1:{free_port()}"
    with _running(
        [
            shutil.which("victoria-metrics"), f"-storageDataPath={folder}/data", f"-httpListenAddr={url}",
            "-search.latencyOffset=0s", "-search.disableCache", "-loggerLevel=ERROR",
        ],
        f"http://{url}/health",
    ):  # fmt: skip
        yield Receiver(f"http://{url}", folder / "data", flush="/internal/force_flush")


@contextmanager
def _running(command, ready):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(ready):
            assert process.poll() is None, "it did not start"
            assert time.monotonic() < end, "it is not ready"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
