"""An agent's secret is renewed through the acknowledgement, and a dead one opens nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store.agent_tokens import RENEWED_AFTER
from laaswatch_collector.store.agents import AgentState, agent_by_id, set_state
from laaswatch_collector.store.schema import agents, audit
from support.intake import NOW, NOW_MS, a_round
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
    """The server by a clock of ours, a moment after the agent's secret became due."""
    with RunningServer(database, day) as running:
        day.now = NOW + RENEWED_AFTER
        yield running


def report(server, sender, token=None):
    """The next report of this PC, sent with this secret."""
    sender.seal(a_round(NOW_MS + len(sender.lines), 999_000))
    return server.send(token or sender.token, sender.body(sender.lines[-1]))


def test_a_young_secret_stays(server, day, sender):
    day.now -= timedelta(seconds=1)
    status, answer = report(server, sender)
    assert status == 200
    assert "next_token" not in answer


def test_the_new_secret_counts_from_its_first_use(server, sender):
    _, first = report(server, sender)
    assert len(first["next_token"]) == 64
    # Both are good until then: an agent that did not get the answer goes on with the old one.
    status, second = report(server, sender)
    assert status == 200
    assert second["next_token"] not in ("", first["next_token"])
    status, third = report(server, sender, second["next_token"])
    assert (status, "next_token" in third) == (200, False)
    status, refused = report(server, sender)
    assert (status, refused["error"]) == (401, "old_token")


def test_a_secret_that_was_replaced_before_its_use_is_nobodys(server, sender):
    _, first = report(server, sender)
    report(server, sender)
    status, refused = report(server, sender, first["next_token"])
    assert (status, refused["error"]) == (401, "not_signed_in")


def test_a_dead_secret_is_written_down_once_a_day(server, day, database, sender):
    _, first = report(server, sender)
    report(server, sender, first["next_token"])
    for hours in (0, 5, 25):
        day.now = NOW + RENEWED_AFTER + timedelta(hours=hours)
        report(server, sender)
    told = database.read(
        lambda c: c.execute(sa.select(audit.c.at).where(audit.c.result == "old_token")).all()
    )
    assert len(told) == 2
    agent = database.read(lambda c: agent_by_id(c, sender.agent))
    assert agent.old_token_seen == day.now
    assert agent.state is AgentState.ACTIVE, "who has a dead secret cannot lock the real PC out"


def test_a_suspended_agent_is_not_let_in_by_its_new_secret(server, database, sender):
    _, first = report(server, sender)
    database.write(
        lambda c: set_state(c, sender.agent, AgentState.SUSPENDED, who="a person", now=NOW)
    )
    status, refused = report(server, sender, first["next_token"])
    assert (status, refused["error"]) == (403, "agent_suspended")


def test_no_secret_is_kept_in_the_clear(server, database, sender):
    _, first = report(server, sender)
    row = database.read(lambda c: c.execute(sa.select(agents)).one())
    assert first["next_token"] not in str(tuple(row))
    assert bytes.fromhex(first["next_token"]) not in tuple(row)
