"""Grafana's own models of a dashboard, as its makers publish them, read ours and lose nothing that they describe."""

import json
import re

import pytest

from support.dashboards import DASHBOARDS, FOLDER

KEYS_OF_THE_PLUGIN = r"templating\.list\.\d+\.(definition|current)|annotations\.list\.\d+\.(titleFormat|step|useValueForTime)"
"""What the Prometheus data source, or the editor, adds to a dashboard: Grafana's schema leaves it open."""


@pytest.fixture(scope="module")
def read_by_grafana():
    """A dashboard's JSON, read into Grafana's models and written again."""
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    from grafana_foundation_sdk.cog import encoder, plugins

    plugins.register_default_plugins()
    return lambda x: json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(x)))


def _lost(before, after, at=""):
    """Where `after` lacks something of `before`, or says it otherwise."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [y for k, x in before.items() for y in _lost(x, after.get(k), f"{at}.{k}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [y for n, (a, b) in pairs for y in _lost(a, b, f"{at}.{n}")]
    return [] if before == after else [at.removeprefix(".")]


def _shipped(name):
    return json.loads((FOLDER / f"laaswatch-{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_s_models_keep_all_of_a_dashboard(name, read_by_grafana):
    dashboard = _shipped(name)
    lost = _lost(dashboard, read_by_grafana(dashboard))
    assert [x for x in lost if not re.fullmatch(KEYS_OF_THE_PLUGIN, x)] == []


@pytest.mark.parametrize(
    ("spoil", "at"),
    [
        (lambda x: x["panels"][0].update(grid_pos=x["panels"][0].pop("gridPos")), "grid_pos"),
        (lambda x: x["panels"][0]["options"].update(reduceOption=1), "reduceOption"),
        (lambda x: x.update(timezon="utc"), "timezon"),
    ],
)
def test_a_misspelt_key_would_be_seen(spoil, at, read_by_grafana):
    dashboard = _shipped("nation")
    spoil(dashboard)
    assert any(at in x for x in _lost(dashboard, read_by_grafana(dashboard)))
