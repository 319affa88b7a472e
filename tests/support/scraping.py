"""What a scrape of a nation costs, beside the client library's rendering and Prometheus's own of the same series.

    make bench-metrics              (PYTHONPATH=tests python -m support.scraping [PASSES])

77 provinces, 7,850 offices, 15,700 PCs and a minute's reports in a store; the collector as a process. All
three render the same series in each pass, in turn; medians are shown. Prometheus has scraped them from us and
gives them by federation. Meanwhile another client asks for /health, one request after another.
"""

import contextlib
import http.client
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.metrics.exposition import CACHE_SECONDS
from laaswatch_collector.metrics.text import Family, labelled, render
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.programs import make_access_token
from laaswatch_collector.timeline.packed import ROUND
from laaswatch_collector.worktime.provinces import PROVINCES
from support.collector import Collector, free_port

OFFICES, PCS = 7850, 2
ISPS = ("NT", "AIS", "3BB", "TRUE", "MOBILE")
BOOKS = ("receipts_register", "cash_receipts_journal", "cash_payments_journal")
STANDINGS = (
    ("same_day", ""), ("next_day", ""), ("undetermined", ""), ("late", "explained"), ("late", "partly"),
    ("late", "not_explained"), ("not_posted", "no_evidence"),
)  # fmt: skip
PATHS = ("/metrics", "/metrics/offices")


def fill(database, offices=OFFICES):
    """A nation's registry, newest rounds and months: only what metrics read. Its PCs (id, office, number)."""
    provinces = sorted(PROVINCES)
    codes = [(f"9{n:06}", provinces[n % len(provinces)], n) for n in range(offices)]
    at = datetime.now(UTC)

    def work(c):
        c.execute(
            schema.offices.insert(),
            [
                {
                    "code": code, "name_th": f"องค์การบริหารส่วนตำบลบ้านหนองแวง {n}", "province": province,
                    "name_en": f"Ban Nong Waeng {n} Subdistrict Administrative Organization",
                    "isp": ISPS[n // len(provinces) % len(ISPS)], "kind": "sao", "district": "01", "pcs": PCS,
                    "source": "simulated",
                }
                for code, province, n in codes
            ],
        )  # fmt: skip
        pcs = [(f"n{n:05}{k}", code, n) for code, _, n in codes for k in range(PCS)]
        c.execute(
            schema.agents.insert(),
            [
                {
                    "id": name, "office_code": code, "role": "pc", "state": "active", "label": "",
                    "token_sha256": name.encode().ljust(32), "enrol_nonce": name.encode().ljust(32, b"n"),
                    "version": "", "system": "", "created_at": at, "token_at": at, "last_contact_at": at,
                }
                for name, code, _ in pcs
            ],
        )  # fmt: skip
        faults = [str(x) for x in Fault if x is not Fault.UNKNOWN]
        c.execute(
            schema.latest_rounds.insert(),
            [
                {
                    "agent_id": name, "at": at, "received_at": at, "cadence": 3600.0, "rule": "", "asked_at": at,
                    "fault": faults[n % len(faults)] if n % 7 == 0 else "none",
                }
                for name, _, n in pcs
            ],
        )  # fmt: skip
        c.execute(
            schema.office_months.insert(),
            [
                {"office_code": code, "month": month, "book": book, "band": band, "verdict": verdict, "entries": 3}
                for month in ("2026-08", "2026-09", "2026-10")
                for code, _, _ in codes
                for book in BOOKS
                for band, verdict in STANDINGS
            ],
        )  # fmt: skip
        return pcs

    return database.write(work)


def report(database, pcs):
    """One report of every PC, as a minute brings them."""
    rng, at = np.random.default_rng(7), datetime.now(UTC)

    def work(c):
        first = c.execute(schema.reports.select()).first() is None
        rows = []
        for name, _, n in pcs:
            made = np.zeros(2, ROUND)
            made["rtt"], made["http_ms"] = rng.gamma(2, 20, 2), rng.gamma(2, 300, 2)
            made["reference"] = made["tcp"] = made["http"] = int(n % 7 != 0)
            made["fault"] = FAULTS.index(Fault.NONE)
            rows.append(
                {
                    "agent_id": name, "incarnation": "i", "seq": 0 if first else 1, "sha256": bytes(32),
                    "received_at": at, "sent_ms": round(at.timestamp() * 1000),
                    "sent_mono_ms": 0, "cadence": 30.0, "rounds": 2, "body": b"", "packed": made.tobytes(),
                }
            )  # fmt: skip
        c.execute(schema.reports.insert(), rows)

    database.write(work)


def rendered_by_us(families):
    """Seconds and bytes of our own text of these families."""
    own = [
        Family(x.name, x.type, x.documentation, [
            (s.name.removeprefix(x.name) + labelled(tuple(s.labels), tuple(s.labels.values())), s.value)
            for s in x.samples
        ])
        for x in families
    ]  # fmt: skip
    started = time.perf_counter()
    body = render(own, openmetrics=False).encode()
    return time.perf_counter() - started, len(body)


def rendered_by_client(families):
    """Seconds and bytes of the client library's text of the same families."""

    class Same(CollectorRegistry):
        def collect(self):
            for x in families:
                copy = Metric(x.name, x.documentation, x.type)
                copy.samples = x.samples
                yield copy

    started = time.perf_counter()
    body = generate_latest(Same())
    return time.perf_counter() - started, len(body)


@contextlib.contextmanager
def prometheus(url, token, folder):
    """A real Prometheus that scrapes both paths."""
    jobs = "".join(
        f"  - {{job_name: j{i}, metrics_path: {path}, scrape_interval: 30s, scrape_timeout: 30s, honor_labels: true, "
        f"authorization: {{credentials: {token}}}, static_configs: [{{targets: ['{url[7:]}']}}]}}\n"
        for i, path in enumerate(PATHS)
    )
    (folder / "p.yaml").write_text(f"scrape_configs:\n{jobs}", encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/p.yaml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address={address}", "--log.level=error"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def federated(address):
    """Seconds, bytes and series of Prometheus's own text."""
    query = urllib.parse.urlencode({"match[]": '{__name__=~"laaswatch_.*"}'})
    started = time.perf_counter()
    with urllib.request.urlopen(f"{address}/federate?{query}", timeout=60) as answer:
        body = answer.read()
    return time.perf_counter() - started, len(body), series(body.decode())


def series(text):
    """Lines that are samples."""
    return sum(not x.startswith("#") for x in text.splitlines())


class Others:
    """Another client of the same event loop: small requests one after another, and how long each waited."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._stop, self.waits = threading.Event(), []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _ask(self):
        while not self._stop.wait(0.001):
            started = time.perf_counter()
            self._connection.request("GET", "/health")
            self._connection.getresponse().read()
            self.waits.append(time.perf_counter() - started)


def get(url, token):
    """The text at an address."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def measure(passes=3, offices=OFFICES):
    """The texts of PATHS, and by what was measured its figures, one tuple a pass."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="laaswatch-bench-") as name:
        folder = Path(name)
        database = Database.open(f"sqlite:///{folder}/store.db")
        pcs = fill(database, offices)
        token = database.write(_scraper)
        database.close()
        with Collector(f"sqlite:///{folder}/store.db") as collector:
            collector.start()
            get(f"{collector.url}/metrics", token)  # from here on rounds are counted
            database = Database.open(f"sqlite:///{folder}/store.db")
            report(database, pcs)
            database.close()
            with prometheus(collector.url, token, folder) as address:
                texts = _scrapes(found, passes, collector, token)
                wanted = sum(map(series, texts))
                end = time.monotonic() + 120
                while federated(address)[2] < 0.9 * wanted and time.monotonic() < end:
                    time.sleep(1)
                for _ in range(passes):
                    found.setdefault("federate", []).append(federated(address))
    return texts, found


def _scraper(connection):
    return make_access_token(connection, "prometheus", now=datetime.now(UTC))


def _scrapes(found, passes, collector, token):
    for _ in range(passes):
        time.sleep(CACHE_SECONDS + 0.1)
        with Others(collector.port) as others:
            time.sleep(1)
        found.setdefault("idle", []).append((max(others.waits),))
        texts = []
        for path in PATHS:
            with Others(collector.port) as others:
                started = time.perf_counter()
                texts.append(get(f"{collector.url}{path}", token))
                seconds = time.perf_counter() - started
            found.setdefault(path, []).append((seconds, max(others.waits)))
        families = [x for text in texts for x in text_string_to_metric_families(text)]
        found.setdefault("client", []).append(rendered_by_client(families))
        found.setdefault("ours", []).append(rendered_by_us(families))
    return texts


def table(passes=3):
    """The table of docs/performance.md."""
    texts, found = measure(passes)

    def median(name, column):
        return statistics.median(x[column] for x in found[name])

    lines = [
        "| what | series | MB | seconds | longest wait of others, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for path, text in zip(PATHS, texts, strict=True):
        lines.append(
            f"| `{path}`: read from the store, rendered, sent | {series(text):,} | {len(text.encode()) / 1e6:.1f} | "
            f"{median(path, 0):.2f} | {1000 * median(path, 1):.0f} |"
        )
    together = sum(map(series, texts))
    for name, what in (
        ("ours", "both, rendering alone"),
        ("client", "the client library, rendering alone"),
    ):
        lines.append(
            f"| {what} | {together:,} | {median(name, 1) / 1e6:.1f} | {median(name, 0):.3f} | |"
        )
    lines.append(
        f"| Prometheus, `/federate` | {median('federate', 2):,.0f} | {median('federate', 1) / 1e6:.1f} | {median('federate', 0):.2f} | |"
    )
    whole = sum(median(path, 0) for path in PATHS)
    said = (
        f"rendering ÷ the client library's: {median('ours', 0) / median('client', 0):.2f}; "
        f"whole scrapes ÷ Prometheus's: {whole / median('federate', 0):.2f}; "
        f"others' longest wait without a scrape: {1000 * median('idle', 0):.0f} ms"
    )
    return "\n".join([*lines, "", said])


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
