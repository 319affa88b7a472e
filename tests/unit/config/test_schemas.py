"""The schemas beside the settings say what the programs accept: no more keys, no fewer."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from laaswatch_agent.config import load_agent_config
from laaswatch_agent.config_reading import Section
from laaswatch_collector.cli.config import json_schema
from laaswatch_collector.config import CollectorConfig

CONFIG = Path(__file__).parents[3] / "config"


def schema(name):
    return json.loads((CONFIG / "schema" / f"{name}.json").read_text(encoding="utf-8"))


def delivered(name):
    # As an editor reads it, dates as the texts that they are.
    text = (CONFIG / f"{name}.yaml").read_text(encoding="utf-8")
    return json.loads(json.dumps(yaml.safe_load(text) or {}, default=str))


@pytest.mark.parametrize(
    ("name", "by"), [("collector", "collector"), ("agent", "agent"), ("targets", "agent")]
)
def test_the_delivered_files_fit_their_schema(name, by):
    jsonschema.Draft202012Validator(schema(by)).validate(delivered(name))


def test_the_collectors_schema_is_the_one_that_its_classes_make():
    """`laaswatch-collector config schema > config/schema/collector.json` renews it."""
    assert schema("collector") == json.loads(json.dumps(json_schema()))


def test_every_setting_of_the_collector_is_described():
    for kind in schema("collector")["$defs"].values():
        for key, what in kind.get("properties", {}).items():
            assert what.get("description") or "$ref" in str(what), key


def test_the_agents_schema_knows_the_keys_that_the_agent_asks_for(monkeypatch):
    """Both ways, in the file, its targets, their addresses and the references."""
    asked = {}
    take = Section.take

    def taken(self, key):
        asked.setdefault(self.name.split("[")[0] + "[]" * self.name.count("["), set()).add(key)
        return take(self, key)

    monkeypatch.setattr(Section, "take", taken)
    load_agent_config(None)
    found = schema("agent")
    properties = found["properties"]
    assert asked[""] == set(properties)
    assert asked["targets[]"] == set(properties["targets"]["items"]["properties"])
    assert asked["targets[][]"] == set(found["$defs"]["address"]["properties"])
    assert asked["references[]"] == set(properties["references"]["items"]["properties"])


@pytest.mark.parametrize("wrong", [{"lisen": "x"}, {"agents": {"round_seconds": "soon"}}])
def test_what_the_collector_refuses_the_schema_refuses(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema("collector")).validate(wrong)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, CollectorConfig)
