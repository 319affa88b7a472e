"""The collector's settings: the delivered file says what happens without it, and mistakes are named."""

from pathlib import Path

import msgspec
import pytest

from laaswatch_collector.config import (
    AgentPlan,
    CollectorConfig,
    ConfigError,
    ControlAgentConfig,
    host_and_port,
    load_collector_config,
)

SHIPPED = Path(__file__).parents[3] / "config" / "collector.yaml"


def test_the_delivered_file_is_what_happens_without_it():
    assert load_collector_config(SHIPPED) == load_collector_config(None) == CollectorConfig()


@pytest.mark.parametrize("kind", [CollectorConfig, AgentPlan, ControlAgentConfig])
def test_every_key_stands_in_the_delivered_file_with_a_comment(kind):
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    for field in msgspec.structs.fields(kind):
        places = [i for i, x in enumerate(lines) if x.strip().startswith(f"{field.name}:")]
        assert places, field.name
        for at in places:
            before = [x.strip() for x in lines[:at] if x.strip()][-2:]
            assert any(x.startswith("#") for x in before), field.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lisen: x", "lisen"),
        ("publc_url: x", "publc_url.*ไม่รู้จัก.*public_url"),
        ("agents: {round_secnds: 30}", "did you mean `round_seconds`"),
        ("listen: 8080", "address:port"),
        ("listen: 127.0.0.1:99999", "address:port"),
        ("trusted_proxies: 127.0.0.1", "trusted_proxies"),
        ("keep_alive_seconds: long", "keep_alive_seconds"),
        ("agents: {round_seconds: 5}", "round_seconds must lie between 15 and 3600"),
        ("agents: {report_seconds: nan}", "report_seconds must lie between"),
        ("- a list", "collector.yaml"),
        ("title_th: a\ntitle_th: b", "twice"),
        ("a: &a [*a]", "collector.yaml"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path, text, said):
    file = tmp_path / "collector.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as error:
        load_collector_config(file)
    assert "collector.yaml" in str(error.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_collector_config(tmp_path / "none.yaml")
    (tmp_path / "cp874.yaml").write_bytes("title_th: เทศบาล".encode("cp874"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_collector_config(tmp_path / "cp874.yaml")


def test_an_empty_file_changes_nothing(tmp_path):
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert load_collector_config(tmp_path / "empty.yaml") == CollectorConfig()


@pytest.mark.parametrize(
    ("listen", "found"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:0", ("::1", 0)),
        (":80", ("", 80)),
    ],
)
def test_an_address_is_taken_apart(listen, found):
    assert host_and_port(listen) == found
