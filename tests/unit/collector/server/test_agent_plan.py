"""What `GET /v1/config` tells whom, and how an order to spare the site gets through."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from laaswatch_agent.plan import plan_of
from laaswatch_agent.report.vocabulary import Depth
from laaswatch_collector.cli import site_checks as command
from laaswatch_collector.config import AgentPlan, SiteChecks
from laaswatch_collector.store.agents import ensure_control_office
from laaswatch_collector.store.site_checks import switch_site_checks
from support.intake import NOW, NOW_MS, a_round, enrol
from support.server import RunningServer


class Day:
    """A clock that a test sets forward."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def day():
    return Day()


@pytest.fixture
def server(database, day):
    with RunningServer(database, day) as running:
        yield running


def orders(server, sender):
    asked = {"Authorization": f"Bearer {sender.token}"}
    status, _, body = server.ask("GET", "/v1/config", headers=asked)
    assert status == 200
    return json.loads(body)


def report(server, sender):
    sender.seal(a_round(NOW_MS + len(sender.lines), 999_000))
    status, answer = server.send(sender.token, sender.body(sender.lines[-1]))
    assert status == 200
    return answer


def test_a_lone_pc_is_its_offices_prober(server, sender):
    found = orders(server, sender)
    assert found["prober"] is True
    assert found["site"] == {"depth": "full", "every": 60.0, "in_trouble": 30.0, "phase": 0.0}
    assert found["now_ms"] == NOW_MS
    assert "2026-12-07" in found["quiet_days"]  # a Monday in lieu of 5 December
    assert report(server, sender)["config_etag"] == found["etag"]
    # The agent reads it as it was meant.
    assert plan_of(found).site.depth is Depth.FULL
    assert len(plan_of(found).quiet_days) == len(found["quiet_days"])


def test_of_two_one_asks_and_the_other_takes_over(server, database, day):
    pair = sorted((enrol(database, name) for name in "ab"), key=lambda x: x.agent)
    assert [orders(server, x)["prober"] for x in pair] == [True, False]
    assert orders(server, pair[1])["site"]["depth"] == "connect"
    before = report(server, pair[1])["config_etag"]
    day.now += timedelta(minutes=6)  # the first was switched off
    report(server, pair[1])
    day.now += timedelta(seconds=31)
    after = report(server, pair[1])["config_etag"]
    assert after != before
    assert orders(server, pair[1])["prober"] is True


def test_our_own_probe_looks_in_every_round(server, database):
    database.write(ensure_control_office)
    control = enrol(database, "control", office="control", role="control")
    site = orders(server, control)["site"]
    assert (site["depth"], site["every"], site["in_trouble"]) == ("full", 0.0, 0.0)


@pytest.mark.parametrize(
    ("switch", "depth"), [(SiteChecks.OFF, "local"), (SiteChecks.CONNECT, "connect")]
)
def test_the_switch_reaches_a_running_collector(server, database, sender, day, switch, depth):
    """Within half a minute every acknowledgement names new orders; nobody is restarted."""
    before = report(server, sender)["config_etag"]
    database.write(lambda c: switch_site_checks(c, switch, who="a person", now=NOW))
    day.now += timedelta(seconds=31)
    assert report(server, sender)["config_etag"] != before
    assert orders(server, sender)["site"]["depth"] == depth
    database.write(lambda c: switch_site_checks(c, SiteChecks.FULL, who="a person", now=NOW))
    day.now += timedelta(seconds=31)
    assert orders(server, sender)["site"]["depth"] == "full"


def test_the_stricter_of_switch_and_settings_counts(database, sender):
    with RunningServer(
        database, lambda: NOW, agents=AgentPlan(site_checks=SiteChecks.CONNECT)
    ) as server:
        assert orders(server, sender)["site"]["depth"] == "connect"


def test_the_switch_on_the_command_line(store_url, database):
    def run(*words):
        return CliRunner().invoke(command.command, [*words, "--database", store_url])

    assert run().output.startswith("full: ")
    assert run("off").output.startswith("off: ")
    assert run().output.startswith("off: ")
    assert run("sometimes").exit_code == 2
