"""`laaswatch-collector token`: codes, and a say over the agents they became."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from laaswatch_agent.report.fingerprint import spoken
from laaswatch_collector.cli import token
from laaswatch_collector.store.agent_tokens import old_token_used
from laaswatch_collector.store.agents import agent_by_id
from laaswatch_collector.store.database import Database
from support.intake import OFFICE, add_office, enrol


@pytest.fixture
def database(store_url):
    """A store with one office."""
    opened = Database.open(store_url)
    add_office(opened)
    yield opened
    opened.close()


@pytest.fixture
def run(store_url):
    """The command on that store."""
    return lambda *words: CliRunner().invoke(token.command, [*words, "--database", store_url])


def test_the_list_shows_the_words_that_the_pc_shows(run, database):
    sender = enrol(database, "one", uses=2)
    agent = database.read(lambda c: agent_by_id(c, sender.agent))
    listed = run("list", "--office", OFFICE).output
    assert "pending" in listed
    assert " · ".join(spoken(agent.nonce)) in listed
    assert run("approve", sender.agent).exit_code == 0
    assert "active" in run("list").output


def test_the_use_of_a_dead_secret_is_shown(run, database):
    agent = database.read(lambda c: agent_by_id(c, enrol(database, "one").agent))
    assert "an old secret" not in run("list").output
    database.write(lambda c: old_token_used(c, agent, datetime(2026, 11, 20, 2, tzinfo=UTC)))
    assert "an old secret of this PC was used at 2026-11-20 02:00 UTC" in run("list").output


def test_what_is_not_there_is_named(run, database):
    assert "there is no agent nobody" in run("revoke", "nobody").output
    assert "there is no office 999" in run("create", "--office", "999").output
