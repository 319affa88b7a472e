"""Adding and changing people from the command line."""

import pytest
from click.testing import CliRunner

from laaswatch_collector.access.passwords import verify
from laaswatch_collector.cli import user
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.users import find_user
from support.intake import OFFICE, add_office

PASSWORD = "ฝนตกที่เชียงราย 42"


@pytest.fixture
def url(store_url):
    return store_url


@pytest.fixture
def run(url):
    database = Database.open(url)
    add_office(database)
    database.close()

    def run(*words, typed=PASSWORD + "\n"):
        return CliRunner().invoke(user.command, [*words, "--database", url], input=typed)

    return run


def kept(url, name):
    database = Database.open(url)
    try:
        return database.read(lambda c: find_user(c, name))
    finally:
        database.close()


def test_a_password_may_be_typed_twice(run, url):
    done = run("add", "somchai", "--role", "clerk", "--office", OFFICE, typed=f"{PASSWORD}\n" * 2)
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert verify(PASSWORD, kept(url, "somchai").password)


def test_a_password_may_come_from_a_pipe(run, url):
    done = run("add", "somying", "--role", "province", "--province", "57", "--password-stdin")
    assert done.exit_code == 0, done.output
    assert verify(PASSWORD, kept(url, "somying").password)


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("--role", "clerk"), PASSWORD, "belongs to an office"),
        (("--role", "province"), PASSWORD, "province"),
        (("--role", "admin"), "short", "at least 12"),
        (("--role", "admin"), "password1234", "too easy"),
        (("--role", "admin"), "", "at least 12"),
        (("--role", "king"), PASSWORD, "Invalid value"),
    ],
)
def test_what_cannot_be_added_is_told_and_not_added(run, url, words, typed, told):
    done = run("add", "a", *words, "--password-stdin", typed=typed + "\n")
    assert done.exit_code != 0
    assert told in done.output
    assert "Traceback" not in done.output
    assert kept(url, "a") is None


def test_people_are_listed_changed_and_shut_out(run, url):
    run("add", "a", "--role", "admin", "--password-stdin")
    assert run("list").output == "a\tadmin\t-\t\n"
    done = run("password", "a", "--password-stdin", typed="ลมพัดที่เชียงใหม่ 7\n")
    assert done.exit_code == 0, done.output
    assert verify("ลมพัดที่เชียงใหม่ 7", kept(url, "a").password)
    assert run("disable", "a").exit_code == 0
    assert kept(url, "a").disabled
    assert run("list").output == "a\tadmin\t-\toff\n"
    assert run("disable", "nobody").exit_code == 1
