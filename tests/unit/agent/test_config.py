"""Settings: what is shipped works, and what is wrong is named with file and key."""

from datetime import date
from pathlib import Path

import pytest

from laaswatch_agent.config import ConfigError, Endpoint, load_agent_config
from laaswatch_agent.report.vocabulary import Role

SMALL = "targets: [{role: login, addresses: [{url: 'https://a.test/x'}]}]\n"


def loaded(tmp_path, text):
    file = tmp_path / "agent.yaml"
    stand_in = "" if "stand_in_site" in text or text[:1] in "[\x00" else "stand_in_site: true\n"
    file.write_text(stand_in + text, encoding="utf-8")
    return load_agent_config(file)


def test_what_is_shipped_is_usable():
    config = load_agent_config(None)
    assert config.decides is Role.LOGIN
    login = next(t for t in config.targets if t.role is Role.LOGIN)
    assert login.on(date(2026, 11, 23)).endpoint == Endpoint(
        "http", "www.laas.go.th", 80, "/dlogin.aspx"
    )
    assert {t.role for t in config.targets} >= {Role.LOGIN, Role.APP, Role.KB}
    assert len({r.operator for r in config.references}) >= 2
    assert any(r.domestic for r in config.references)
    assert any(r.endpoint.scheme == "http" and r.status == 204 for r in config.references)
    assert config.round_seconds == 30
    assert all(a.source for t in config.targets for a in t.addresses)


def test_the_address_in_force_is_the_surest_of_those_valid(tmp_path):
    config = loaded(
        tmp_path,
        """
targets:
  - role: login
    addresses:
      - {url: http://old.test/, valid_to: 2025-03-10, confidence: high}
      - {url: http://maybe.test/, valid_from: 2025-03-11, confidence: low}
      - {url: http://new.test/, valid_from: 2025-03-11}
      - {url: http://last.test/, valid_from: 2030-01-01, valid_to: 2030-12-31, confidence: low}
""",
    )
    hosts = {
        day: config.targets[0].on(day).endpoint.host
        for day in (date(2025, 3, 10), date(2025, 3, 11), date(2030, 6, 1))
    }
    assert list(hosts.values()) == ["old.test", "new.test", "new.test"]


def test_a_clock_before_every_address_still_looks_somewhere(tmp_path):
    config = loaded(
        tmp_path,
        "targets: [{role: login, addresses: [{url: 'http://a.test', valid_from: 2015-01-01}]}]",
    )
    assert config.targets[0].on(date(1980, 1, 1)).endpoint.host == "a.test"


def test_targets_may_stand_beside_the_file(tmp_path):
    (tmp_path / "targets.yaml").write_text(SMALL, encoding="utf-8")
    config = loaded(tmp_path, "round_seconds: 60\nstate_dir: state\n")
    assert config.targets[0].addresses[0].endpoint.host == "a.test"
    assert config.references == ()
    assert config.round_seconds == 60
    assert config.state_dir == tmp_path / "state"
    assert config.status_page == tmp_path / "state" / "status.html"
    assert config.history_file == tmp_path / "state" / "history.json"


def test_without_targets_the_shipped_ones_are_taken(tmp_path):
    config = loaded(tmp_path, "round_seconds: 60\n")
    assert config.targets == load_agent_config(None).targets
    assert config.references == load_agent_config(None).references


def test_resolvers(tmp_path):
    config = loaded(tmp_path, SMALL + "resolver: 127.0.0.1:5353\nsecond_resolver: '[::1]:54'\n")
    assert config.resolver == ("127.0.0.1", 5353)
    assert config.second_resolver == ("::1", 54)
    assert loaded(tmp_path, SMALL + "resolver: 192.0.2.1\n").resolver == ("192.0.2.1", 53)


def test_only_the_local_file_makes_it_fast(tmp_path):
    assert loaded(tmp_path, SMALL + "fast: true\nround_seconds: 1\n").round_seconds == 1
    with pytest.raises(ConfigError, match="round_seconds"):
        loaded(tmp_path, SMALL + "round_seconds: 14\n")


def test_thai_hosts_and_addresses_as_hosts(tmp_path):
    config = loaded(
        tmp_path,
        "targets: [{role: login, addresses: [{url: 'http://ไทย.test/'}]}, "
        "{role: kb, addresses: [{url: 'https://[::1]:8443/a?b=c'}]}]",
    )
    assert config.targets[0].addresses[0].endpoint.host == "xn--o3cw4h.test"
    assert config.targets[1].addresses[0].endpoint == Endpoint("https", "::1", 8443, "/a?b=c")


def test_a_data_channel(tmp_path):
    config = loaded(tmp_path, _target(websocket="'wss://live.a.test/x'"))
    assert config.targets[0].addresses[0].websocket == Endpoint("wss", "live.a.test", 443, "/x")
    assert loaded(tmp_path, _target()).targets[0].addresses[0].websocket is None


def _target(**fields):
    inner = ", ".join(f"{k}: {v}" for k, v in {"url": "'http://a.test'", **fields}.items())
    return "targets: [{role: login, addresses: [{" + inner + "}]}]\n"


def _reference(**fields):
    inner = ", ".join(
        f"{k}: {v}" for k, v in {"name": "one", "url": "'tcp://192.0.2.1:443'", **fields}.items()
    )
    return SMALL + "references: [{" + inner + "}]\n"


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[a]", "", "mapping"),
        ("a: 1\na: 2", "", "twice"),
        ("a: !!python/name:x 1", "", "tags"),
        (SMALL + "round_secods: 30", "round_secods", "round_seconds"),
        (SMALL + "round_seconds: fast", "round_seconds", "number"),
        (SMALL + "round_seconds: 1e3", "round_seconds", "number"),
        (SMALL + "round_seconds: -30", "round_seconds", "number"),
        (SMALL + "layer_timeout: 11", "layer_timeout", "number"),
        (SMALL + "fast: maybe", "fast", "true or false"),
        (SMALL + "resolver: dns.google", "resolver", "IP"),
        (SMALL + "resolver: 192.0.2.1:port", "resolver", "IP"),
        (SMALL + "ca_file: none.pem", "ca_file", "no such file"),
        (SMALL + "collector_url: collector", "collector_url", "https://"),
        (SMALL + "decides: kb", "decides", "no target"),
        (SMALL + "decides: everything", "decides", "one of"),
        ("targets: []", "targets", "at least one"),
        ("targets: x", "targets", "list"),
        ("targets: [{role: login}]", "targets[0].addresses", "at least one"),
        ("targets: [{role: reference, addresses: []}]", "targets[0].role", "one of"),
        (
            SMALL[:-2] + ", {role: login, addresses: [{url: 'http://b.test'}]}]",
            "targets",
            "twice",
        ),
        (_target(url="ftp://a.test"), "targets[0].addresses[0].url", "https"),
        (_target(url="http://"), "targets[0].addresses[0].url", "https"),
        (_target(url="'http://me:pw@a.test'"), "targets[0].addresses[0].url", "https"),
        (_target(url="'http://a.test:99999'"), "targets[0].addresses[0].url", "https"),
        (_target(url="'http://a.test/ไทย'"), "targets[0].addresses[0].url", "ASCII"),
        (_target(valid_from="2568-01-01"), "targets[0].addresses[0].valid_from", "A.D."),
        (_target(valid_from="1/2/2026"), "targets[0].addresses[0].valid_from", "A.D."),
        (_target(valid_from="2026-02-30"), "targets[0].addresses[0].valid_from", "A.D."),
        (
            _target(valid_from="2026-02-01", valid_to="2026-01-01"),
            "targets[0].addresses[0].valid_to",
            "before",
        ),
        (_target(confidence="sure"), "targets[0].addresses[0].confidence", "one of"),
        (_target(markers="{a: b}"), "targets[0].addresses[0].markers", "list"),
        (_target(known_addresses="[here]"), "targets[0].addresses[0].known_addresses", "IP"),
        (_target(websocket="'https://a.test'"), "targets[0].addresses[0].websocket", "wss"),
        (_target(source="[a]"), "targets[0].addresses[0].source", "single text"),
        (_reference(name="'a b'"), "references[0].name", "Latin"),
        (_reference(url="'http://'"), "references[0].url", "http"),
        (_reference(url="'tcp://192.0.2.1'"), "references[0].url", "http"),
        (_reference(status="20"), "references[0].status", "number"),
        (_reference(marker="x"), "references[0].marker", "not known"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, key, says):
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    assert refused.value.key == key
    assert says in refused.value.advice
    assert refused.value.file == tmp_path / "agent.yaml"


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_agent_config(tmp_path / "none.yaml")
    (tmp_path / "thai.yaml").write_bytes("ก: ข".encode("cp874"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_agent_config(tmp_path / "thai.yaml")
    with pytest.raises(ConfigError):
        load_agent_config(Path("/"))
