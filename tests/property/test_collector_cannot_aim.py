"""The border: what comes from the collector may change how often an agent looks, never where.

Targets, references, resolvers and files are named by the PC's own file alone. A collector in wrong hands
can so make no agent knock at any other door, nor more often than the agent's own floor.
"""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from laaswatch_agent.config import ConfigError, agent_config, load_agent_config
from laaswatch_agent.config_reading import Section
from laaswatch_agent.probes.http import Exchange, judge_page
from laaswatch_agent.probes.http_message import Head
from laaswatch_agent.report.vocabulary import Reason
from laaswatch_agent.service import obeying
from support.soak import soak

SHIPPED = load_agent_config(None)


def read(document, file):
    """The configuration in a document, as if it stood in this file."""
    return agent_config(Section(document, file, ""), Section(document, file, ""))


WHERE = [f.name for f in fields(SHIPPED) if f.name not in ("round_seconds", "report_seconds")]
"""All that the configuration says but how often."""
DOORS = [
    "http://127.0.0.1/",
    "http://0/",
    "http://[::1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://224.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://localhost./",
    "file:///etc/passwd",
    "gopher://victim.example/",
    "https://laas.go.th@victim.example/",
    "https://lааs.go.th/",  # two Cyrillic letters
    "https://victim.example:22/",
]
NAMES = st.sampled_from([f.name for f in fields(SHIPPED)]) | st.sampled_from(
    ["etag", "target", "url", "redirect", "proxy", "command", "knowledge", "update"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(DOORS)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "url", "addresses"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def aimed_elsewhere(obey, settings):
    """The fields that say where to knock and that these settings changed."""
    after = obey(SHIPPED, settings)
    return [name for name in WHERE if getattr(after, name) != getattr(SHIPPED, name)]


@pytest.mark.parametrize("door", DOORS)
def test_no_door_can_be_named_from_afar(door):
    """Every way to write a target that a collector might try is passed over."""
    target = {"role": "login", "addresses": [{"url": door}]}
    settings = dict.fromkeys(WHERE, door) | {"targets": [target] * 10_000, "etag": "e"}
    assert aimed_elsewhere(obeying, settings) == []


@limits(max_examples=soak(300, 20_000))
@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_whatever_comes_changes_no_direction(settings):
    """Any answer at all: the same doors, not more often than every 15 seconds."""
    assert aimed_elsewhere(obeying, settings) == []
    assert obeying(SHIPPED, settings).round_seconds >= 15


def test_an_agent_that_obeys_everything_is_caught():
    """The negative control: the check sees an agent that takes its targets from the collector."""

    def obeys(config, settings):
        known = {f.name for f in fields(config)}
        return replace(config, **{k: v for k, v in settings.items() if k in known})

    assert aimed_elsewhere(obeys, {"targets": [], "resolver": ["192.0.2.1", 53]})


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/",
        "http://127.0.0.1/",
        "https://victim.example/",
        "https://www.e-laas.example.victim.example/",
        "//victim.example/",
        "https://www.e-laas.example:22/",
        "http://www.e-laas.example:6379/",
        "file:///etc/passwd",
        "gopher://www.e-laas.example/",
        "https://www.e-laas.example@victim.example/",
        "https://www.e-laas.example./",
    ],
)
def test_a_redirect_leads_nowhere_else(location):
    """A page that sends the agent on is followed to its own host at a web port only."""
    address = replace(
        SHIPPED.targets[0].addresses[0],
        endpoint=replace(SHIPPED.targets[0].addresses[0].endpoint, host="www.e-laas.example"),
        moved_to=(),
    )
    head = Head(302, {"location": location})
    page = judge_page(Exchange(head, b"", Reason.NONE, 1.0), address, address.endpoint)
    assert page.follow is None
    assert page.reason is not Reason.NONE


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://site.example/",
        "https://user@site.example/",
        "https://",
        "https://site.example:99999/",
    ],
)
def test_the_own_file_is_read_strictly(tmp_path, url):
    """The PC's own file may name a stand-in for the site, but nothing that is not a web address."""
    document = {"targets": [{"role": "login", "addresses": [{"url": url}]}]}
    with pytest.raises(ConfigError):
        read(document, tmp_path / "agent.yaml")


@pytest.mark.parametrize("seconds", ["0", "-1", "1e-9", "14.9", "1000000000", "nan"])
def test_the_own_file_keeps_the_floor(tmp_path, seconds):
    """No file makes a real agent look more often than every 15 seconds, nor at more than 10 targets."""
    target = {"role": "login", "addresses": [{"url": "https://www.laas.go.th/"}]}
    with pytest.raises(ConfigError, match="round_seconds"):
        read({"targets": [target], "round_seconds": seconds}, tmp_path / "agent.yaml")
    with pytest.raises(ConfigError, match="targets"):
        read({"targets": [target] * 10_000}, tmp_path / "agent.yaml")


@pytest.mark.parametrize(
    "door", [*DOORS[:9], "https://victim.example/", "https://laas.go.th.victim.example/"]
)
def test_the_own_file_leads_to_the_accounting_site_only(tmp_path, door):
    """A settings file that went astray turns nobody on another host, unless it says that it is a stand-in's."""
    document = {"targets": [{"role": "login", "addresses": [{"url": door}]}]}
    with pytest.raises(ConfigError, match="targets"):
        read(document, tmp_path / "agent.yaml")
    read(document | {"stand_in_site": "true"}, tmp_path / "agent.yaml")


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://www.laas.go.th:8443/"},
        {"url": "https://www.laas.go.th/", "moved_to": ["victim.example"]},
        {"url": "https://www.laas.go.th/", "websocket": "wss://victim.example/"},
    ],
)
def test_nor_by_a_side_door(tmp_path, change):
    with pytest.raises(ConfigError):
        read({"targets": [{"role": "login", "addresses": [change]}]}, tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "127.0.0.1", "[fe80::1]", "router", "2130706433", "localhost."]
)
def test_a_reference_lies_outside(tmp_path, host):
    """What answers from inside a network says nothing of the way out, and is nobody's to be knocked at."""
    document = {
        "targets": [{"role": "login", "addresses": [{"url": "https://www.laas.go.th/"}]}],
        "references": [{"name": "r", "url": f"tcp://{host}:443"}],
    }
    with pytest.raises(ConfigError, match="references"):
        read(document, tmp_path / "agent.yaml")
