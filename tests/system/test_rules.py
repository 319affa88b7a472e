"""The rules fire when they should, say what to do in both languages, and lead to pages that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from support.pages import serving

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config" / "prometheus"
RULES = yaml.safe_load((CONFIG / "laaswatch-rules.yaml").read_text(encoding="utf-8"))
CASES = yaml.safe_load((CONFIG / "laaswatch-rules-test.yaml").read_text(encoding="utf-8"))
EVERY = [rule for group in RULES["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in EVERY if "alert" in rule}

promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


@pytest.mark.prometheus
@promtool
def test_each_alert_fires_and_stays_silent_as_written_beside_it():
    done = subprocess.run(
        ["promtool", "test", "rules", CONFIG / "laaswatch-rules-test.yaml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.prometheus
@promtool
def test_the_rules_are_valid():
    done = subprocess.run(
        ["promtool", "check", "rules", CONFIG / "laaswatch-rules.yaml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(EVERY)} rules found" in done.stdout


@pytest.mark.skipif(not shutil.which("amtool"), reason="amtool is not installed")
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=LaaswatchSiteDown track=no_access", "it-support"),
        ("alertname=LaaswatchOfficesNotCurrent track=ledgers", "province-office"),
        ("alertname=LaaswatchGone", "collector-operator"),
    ],
)
def test_alerts_find_their_receivers(labels, receiver):
    file = f"--config.file={CONFIG / 'alertmanager.yaml'}"
    done = subprocess.run(
        ["amtool", "config", "routes", "test", file, *labels.split()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == receiver


def test_every_rule_has_its_cases():
    """An alert fires in one case and is silent in another; a recorded series has a value somewhere."""
    names = [case["name"] for case in CASES["tests"]]
    for alert in ALERTS:
        own = [x for x in names if x.startswith(f"{alert}: ")]
        assert f"{alert}: fires" in own
        assert len(own) >= 2, alert
    tried = " ".join(x["expr"] for case in CASES["tests"] for x in case["promql_expr_test"])
    assert [x["record"] for x in EVERY if "record" in x and x["record"] not in tried] == []


def test_every_alert_speaks_both_languages():
    for name, rule in ALERTS.items():
        for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
            thai, _, english = text.partition(" · ")
            assert re.search("[ก-๙]", thai), name
            assert english, name
            assert not re.search("[ก-๙]", english), name


def test_every_runbook_heading_exists():
    """A link that leads nowhere is worse than none, in the middle of the night."""
    headings = re.findall(
        r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(headings) == sorted(ALERTS)
    for name, rule in ALERTS.items():
        link = rule["annotations"]["runbook_url"]
        assert link == "{{ $externalLabels.laaswatch_docs }}/runbook.md#" + name.lower()


def test_every_page_that_alerts_name_opens(tmp_path):
    with serving(tmp_path) as site:
        for rule in ALERTS.values():
            base, path = rule["annotations"]["page_url"].split(" }}/", 1)
            assert base == "{{ $externalLabels.laaswatch_url"
            assert site.get(f"/{path.replace('{{ $labels.province }}', '86')}", user="admin")


def test_rules_rest_on_metrics_that_are_documented():
    """A rule over a metric that was renamed would be silent for ever."""
    documented = (ROOT / "docs" / "prometheus.md").read_text(encoding="utf-8")
    recorded = {x["record"] for x in EVERY if "record" in x}
    for rule in EVERY:
        every = set(re.findall(r"laaswatch[a-z0-9_:]+", rule["expr"]))
        assert every
        for name in every - recorded:
            assert f"`{re.sub('_bucket$', '', name)}" in documented, name
