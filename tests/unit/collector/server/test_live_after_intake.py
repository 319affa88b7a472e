"""What a report says is in the live view by the next one that is made, and one is made within a round."""

from types import SimpleNamespace

import pytest

from laaswatch_agent.report.vocabulary import Fault, State
from laaswatch_collector.config import AgentPlan
from laaswatch_collector.server import live
from support.intake import NOW, NOW_MS, OFFICE, a_round


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of the live view, in a list: it stands until the test moves it."""
    time = [1000.0]
    monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=lambda: time[0]))
    return time


def now_of(database):
    office = live.read_live(database, NOW).view.offices.get(OFFICE)
    return None if office is None else (office.state, office.fault)


def test_an_acknowledged_fault_is_seen_within_one_live_period(server, database, sender, clock):
    assert now_of(database) is None
    for n, fault in enumerate((Fault.DNS, Fault.NONE, Fault.UPLINK)):
        sender.seal(a_round(NOW_MS - 9000 + 1000 * n, 990_000 + 1000 * n, fault=fault))
        status, answer = server.send(sender.token, sender.body())
        assert (status, answer["acked"][-1][-1]) == (200, n + 1)
        clock[0] += live.LIVE_LONGEST
        state = State.UP if fault is Fault.NONE else State.DOWN
        assert now_of(database) == (state, fault)


def test_a_live_period_is_shorter_than_any_round():
    shortest = 15
    assert live.LIVE_SECONDS < live.LIVE_LONGEST < shortest
    with pytest.raises(ValueError, match="round_seconds"):
        AgentPlan(round_seconds=shortest - 1)
