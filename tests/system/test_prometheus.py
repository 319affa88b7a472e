"""A real Prometheus scrapes a real collector; every query of the dashboards must return data."""

import json
import math
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.timeline.packed import NOT_TRIED, ROUND, WORKED
from support import seeded
from support.dashboards import DASHBOARDS as DESCRIBED
from support.dashboards import dashboard
from support.pages import serving
from support.reports_in_store import put_report

CONFIG = Path(__file__).parents[2] / "config"
DASHBOARDS = CONFIG / "grafana" / "dashboards"
DASHBOARD_NAMES = tuple(DESCRIBED)
PATIENCE = 40
"""Seconds until every query must have found its data."""

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.xdist_group("prometheus"),
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("promtool")),
        reason="prometheus and promtool are not installed",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a seeded province, in this process."""
    with serving(tmp_path_factory.mktemp("metrics")) as found:
        yield found


@pytest.fixture(scope="module")
def prometheus(site, tmp_path_factory):
    """A real Prometheus with our example's settings, pointed at the application; its address."""
    folder = tmp_path_factory.mktemp("prometheus")
    text = (CONFIG / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8")
    address = site.url.removeprefix("http://")
    text = text.replace("127.0.0.1:8080", address).replace("30s", "1s").replace("60s", "1s")
    (folder / "prometheus.yaml").write_text(text, encoding="utf-8")
    (folder / "laaswatch.token").write_text(site.token, encoding="utf-8")
    shutil.copy(CONFIG / "prometheus" / "laaswatch-rules.yaml", folder)
    port = _free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus", f"--config.file={folder}/prometheus.yaml",
                f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
        _wait_until_ready(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(20)


def _wait_until_ready(process, address):
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/-/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("prometheus did not start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _get(url, **query):
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
        return json.load(answer)


def _shipped(name):
    return json.loads((DASHBOARDS / f"laaswatch-{name}.json").read_text(encoding="utf-8"))


def _queries(name):
    """(panel, expression) of every target, with the variables as a reader's first look fills them in."""
    for panel in _shipped(name)["panels"]:
        for target in panel["targets"]:
            expr = target["expr"].replace("$office", seeded.FIRST)
            yield panel["title"], re.sub(r"\$(province|isp|month)\b", ".*", expr)


def _variables():
    """(name, metric, label) of the dashboards' variables."""
    for variable in {
        x["definition"]: x
        for name in DASHBOARD_NAMES
        for x in _shipped(name)["templating"]["list"]
        if x["type"] == "query"
    }.values():
        found = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", variable["definition"])
        yield variable["name"], *found.groups()


def _measured(site):
    """A report of the first office's PC arrives: what is measured has a rate."""
    rounds = np.zeros(2, ROUND)
    rounds["tls"] = NOT_TRIED
    rounds["fault"] = FAULTS.index(Fault.NONE)
    rounds["reference"] = rounds["http"] = WORKED
    rounds["rtt"], rounds["http_ms"] = 12, 400
    put_report(site.database, "a00000", rounds)


def _rows(address, expression):
    """How many series answer with a number."""
    try:
        answer = _get(f"{address}/api/v1/query", query=expression)
    except OSError:
        return 0
    values = [float(x["value"][1]) for x in answer["data"]["result"]]
    return sum(not math.isnan(x) for x in values)


def test_every_query_of_every_dashboard_returns_data(site, prometheus, capsys):
    """A panel without data on import is a broken promise."""
    waiting = [(name, *x) for name in DASHBOARD_NAMES for x in _queries(name)]
    every, rows = len(waiting), {}
    assert every >= 45
    end = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < end:
        site.recompute()
        _measured(site)
        rows |= {x: _rows(prometheus, x[2]) for x in waiting}
        waiting = [x for x in waiting if not rows[x]]
        time.sleep(1)
    assert waiting == []
    with capsys.disabled():
        for name in DASHBOARD_NAMES:
            mine = [n for (of, _, _), n in rows.items() if of == name]
            print(f"\ndashboard {name}: {len(mine)} queries, {sum(mine)} series", end="")


@pytest.mark.parametrize("name", DASHBOARD_NAMES)
def test_a_dashboard_is_the_one_that_is_described(name):
    assert _shipped(name) == json.loads(json.dumps(dashboard(name)))


@pytest.mark.parametrize("name", DASHBOARD_NAMES)
def test_a_dashboard_is_one_that_grafana_takes(name):
    """What its documentation asks of a dashboard: ids and places of their own, known kinds, a source for each query."""
    found = _shipped(name)
    assert found["uid"] == f"laaswatch-{name}"
    assert len(found["uid"]) <= 40
    ids = [x["id"] for x in found["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in found["panels"]:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + a, place["y"] + b) for a in range(place["w"]) for b in range(place["h"])
        }
        assert not cells & taken
        taken |= cells
        assert panel["type"] in ("stat", "timeseries", "bargauge")
        assert " · " in panel["title"]  # Thai and English
        assert all(x["datasource"]["uid"] == "${datasource}" for x in panel["targets"])
    known = {x["name"] for x in found["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(found["panels"])))
    assert used <= known


def test_links_of_panels_lead_to_pages_that_are_there(site):
    for name in DASHBOARD_NAMES:
        for panel in _shipped(name)["panels"]:
            for link in panel["links"]:
                path = link["url"].replace("${collector}", "")
                path = path.replace("${province}", seeded.PROVINCE).replace(
                    "${office}", seeded.FIRST
                )
                assert site.get(path, user="admin"), path


def test_every_variable_of_the_dashboards_has_values(site, prometheus):
    """Drop-down lists are filled from labels that exist."""
    found = list(_variables())
    assert {name for name, _, _ in found} == {"province", "isp", "month", "office"}
    for _, metric, label in found:
        end = time.monotonic() + PATIENCE
        while not (
            values := _get(f"{prometheus}/api/v1/label/{label}/values", **{"match[]": metric})[
                "data"
            ]
        ):
            assert time.monotonic() < end, label
            time.sleep(1)
        assert values


def test_the_text_is_clean_and_the_rules_and_settings_are_valid(site, tmp_path):
    """Promtool finds nothing to say."""
    for path in ("/metrics", "/metrics/offices", "/metrics/offices?province=86"):
        text = site.get(path, token=site.token)
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, b""), path
    for name in ("prometheus.yaml", "laaswatch-rules.yaml"):
        shutil.copy(CONFIG / "prometheus" / name, tmp_path)
    (tmp_path / "laaswatch.token").write_text("x", encoding="utf-8")
    subprocess.run(
        ["promtool", "check", "config", tmp_path / "prometheus.yaml"],
        check=True,
        capture_output=True,
    )


def test_every_metric_is_documented_and_none_names_an_office(site):
    """docs/prometheus.md lists what is served, and labels stay bounded."""
    text = site.get("/metrics", token=site.token).decode()
    single = site.get("/metrics/offices", token=site.token).decode()
    documented = (CONFIG.parent / "docs" / "prometheus.md").read_text(encoding="utf-8")
    lines = [*text.splitlines(), *single.splitlines()]
    families = {x.split()[2] for x in lines if x.startswith("# TYPE")}
    assert len(families) >= 25
    assert {x for x in families if f"`{x}" not in documented} == set()
    assert "การเงิน" not in single  # a PC's label
    assert "a0000" not in single  # a PC's number
    assert not re.search(r"68601\d\d|การเงิน|a0000", text)
    labels = {label for line in text.splitlines() for label in re.findall(r'(\w+)="', line)}
    assert labels <= {
        "province", "isp", "role", "state", "fault", "scope", "book", "band", "verdict", "month",
        "outcome", "le", "version", "layer", "result",
    }  # fmt: skip


def test_the_figures_are_the_seeded_ones(site):
    """A count that is wrong is worse than none."""
    text = site.get("/metrics", token=site.token).decode()
    assert 'laaswatch_site_up{role="login"} 1\n' in text
    assert 'laaswatch_outages_going_on{scope="office",fault="uplink"} 1\n' in text
    assert f'laaswatch_outage_seconds{{month="{seeded.MONTH}",scope="site"}} 23700\n' in text
    assert 'laaswatch_working_time{province="86"} 1\n' in text


def test_offices_are_served_by_province(site):
    """Each office once; another province's are not among them; an unknown province does not exist."""
    text = site.get("/metrics/offices?province=90", token=site.token).decode()
    assert set(re.findall(r'office="(\w+)"', text)) == {"6900100", "6900101", "6900102"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        site.get("/metrics/offices?province=99", token=site.token)
    assert refused.value.code == 404
    refused.value.close()


def test_openmetrics_leads_from_a_bucket_to_its_outage(site):
    """Who asks for OpenMetrics finds the newest outage of each duration."""
    request = urllib.request.Request(f"{site.url}/metrics")
    request.add_header("Authorization", f"Bearer {site.token}")
    request.add_header("Accept", "application/openmetrics-text; version=1.0.0")
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    families = {x.name: x for x in text_string_to_metric_families(text)}
    samples = families["laaswatch_outage_duration_seconds"].samples
    found = {s.exemplar.labels["outage"] for s in samples if s.exemplar}
    assert {"o-site", "o-isp"} <= found
