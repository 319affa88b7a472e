"""`laaswatch-collector program`: a token is shown once, and what it opens is what was asked for."""

import re
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli import program
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.programs import good_tokens
from support.intake import OFFICE, add_office


@pytest.fixture
def run(store_url):
    """The command on a store with one office."""
    database = Database.open(store_url)
    add_office(database)
    database.close()

    def ask(*words):
        return CliRunner().invoke(program.command, [*words, "--database", store_url])

    return ask


def _token(result):
    assert result.exit_code == 0, result.output
    return re.search(r"^    ([0-9a-f]{64})$", result.output, re.MULTILINE)[1]


def test_from_birth_to_end(run, store_url):
    first = _token(run("create", "script", "--role", "reader", "--office", OFFICE, "--days", "90"))
    listed = run("list").output
    assert listed.startswith(f"script\treader\t{OFFICE}\t")
    assert listed.rstrip().endswith("never")
    assert first not in listed
    second = _token(run("renew", "script", "--overlap-hours", "1"))
    assert second != first
    assert len(run("list").output.splitlines()) == 2
    assert "ended: 2" in run("revoke", "script").output
    assert run("list").output == ""
    database = Database.open(store_url)
    try:
        assert database.read(lambda c: good_tokens(c, datetime.now(UTC))) == []
    finally:
        database.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "x", "--role", "metrics", "--province", "86"), "leave office and province out"),
        (("create", "x", "--role", "reader", "--office", "9999999"), "9999999"),
        (("create", "x", "--role", "reader"), "give --office CODE, --province PP or --everywhere"),
        (
            ("create", "x", "--role", "reader", "--everywhere", "--province", "57"),
            "give --office CODE, --province PP or --everywhere",
        ),
        (("create", "x", "--role", "admin"), "is not one of 'metrics', 'reader', 'book_reader'"),
        (("renew", "x"), "x"),
        (("revoke", "x"), "x"),
    ],
)
def test_what_cannot_be_is_said(run, words, said):
    result = run(*words)
    assert result.exit_code != 0
    assert said in result.output
