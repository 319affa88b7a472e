"""Deliveries that arrive together: one transaction for all, and nobody pays for another's trouble."""

import asyncio

import pytest

from laaswatch_collector.server import intake as module
from laaswatch_collector.server.intake import GROUP, Intake
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.database import StoreUnavailable
from laaswatch_collector.store.intake import prepare
from laaswatch_collector.store.reports import Arrived, store_all
from laaswatch_collector.store.schema import agents
from support.intake import NOW, NOW_MS, a_round, enrol


@pytest.fixture
def arrivals(database):
    """One delivery each of twelve agents."""
    found = []
    for n in range(12):
        sender = enrol(database, f"pc {n}")
        sender.seal(a_round(NOW_MS - 1000, 999_000))
        found.append(Arrived(sender.agent, prepare(sender.delivery(), NOW)))
    return found


class Groups(list):
    """The agents of each transaction; what `poison` sent cannot be stored."""

    poison = ""

    def store_all(self, connection, group):
        self.append([x.agent for x in group])
        if self.poison in self[-1]:
            raise ValueError("cannot be stored")
        return store_all(connection, group)


@pytest.fixture
def groups(monkeypatch):
    watched = Groups()
    monkeypatch.setattr(module, "store_all", watched.store_all)
    return watched


def take_all(database, arrivals):
    async def main():
        intake = Intake(database)
        return await asyncio.gather(*map(intake.take, arrivals), return_exceptions=True)

    return asyncio.run(main())


def test_what_arrives_together_is_stored_together(database, arrivals, groups):
    found = take_all(database, arrivals)
    assert [x.new for x in found] == [1] * 12
    assert [len(group) for group in groups] == [12]


def test_a_group_has_an_upper_limit(database, arrivals, groups, monkeypatch):
    monkeypatch.setattr(module, "GROUP", 5)
    assert GROUP > 5
    assert [x.new for x in take_all(database, arrivals)] == [1] * 12
    assert [len(group) for group in groups] == [5, 5, 2]


def test_one_that_cannot_be_stored_keeps_nobody_out(database, arrivals, groups):
    groups.poison = arrivals[3].agent
    found = take_all(database, arrivals)
    assert isinstance(found.pop(3), ValueError)
    assert [x.new for x in found] == [1] * 11
    assert sum(map(len, groups)) == 24


def test_a_store_in_trouble_is_told_to_all_and_not_asked_again(database, arrivals, monkeypatch):
    calls = []

    def out_of_order(*_):
        calls.append(1)
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(module, "store_all", out_of_order)
    found = take_all(database, arrivals)
    assert {type(x) for x in found} == {StoreUnavailable}
    assert len(calls) == 1
    monkeypatch.undo()
    assert [x.new for x in take_all(database, arrivals)] == [1] * 12


def test_a_remembered_secret_is_checked_where_it_counts(server, database, sender):
    """Whoever it belonged to a moment ago: the transaction asks again."""

    def send():
        sender.seal(a_round(NOW_MS - 1000, 999_000))
        return server.send(sender.token, sender.body(sender.lines[-1]))

    assert send()[0] == 200
    database.write(lambda c: set_state(c, sender.agent, AgentState.SUSPENDED, who="x", now=NOW))
    status, answer = send()
    assert (status, answer["error"]) == (403, "agent_suspended")


def test_a_secret_that_was_renewed_meanwhile_is_dead_at_once(server, database, sender):
    """As if another collector on the same database had renewed it."""
    sender.seal(a_round(NOW_MS - 1000, 999_000))
    assert server.send(sender.token, sender.body())[0] == 200
    renewed = {"old_token_sha256": agents.c.token_sha256, "token_sha256": b"x" * 32}
    database.write(lambda c: c.execute(agents.update().values(renewed)))
    status, answer = server.send(sender.token, sender.body())
    assert (status, answer["error"]) == (401, "old_token")
