"""Adding and changing people from the command line."""

import re

import pytest
from click.testing import CliRunner

from laaswatch_collector.access.passwords import verify
from laaswatch_collector.cli import user
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import users
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


def test_a_first_password_is_shown_once_and_to_be_changed(run, url):
    done = run("add", "a", "--role", "admin", "--one-time")
    assert done.exit_code == 0, done.output
    password = re.search(r"[a-z]{4}(?:-[a-z]{4}){3}", done.output)[0]
    assert verify(password, kept(url, "a").password)
    assert kept(url, "a").must_change
    again = run("password", "a", "--one-time").output
    other = re.search(r"[a-z]{4}(?:-[a-z]{4}){3}", again)[0]
    assert other != password
    assert verify(other, kept(url, "a").password)


def test_a_role_is_changed_and_has_its_place(run, url):
    run("add", "a", "--role", "support", "--password-stdin")
    done = run("role", "a", "--role", "viewer", "--office", OFFICE)
    assert done.exit_code == 0, done.output
    assert (kept(url, "a").role, kept(url, "a").office) == ("viewer", OFFICE)
    assert run("role", "a", "--role", "clerk").exit_code == 1
    assert run("role", "nobody", "--role", "support").exit_code == 1
    assert kept(url, "a").role == "viewer"


def test_who_was_shut_out_is_let_in_again(run, url):
    run("add", "a", "--role", "admin", "--password-stdin")
    run("disable", "a")
    assert run("enable", "a").exit_code == 0
    assert not kept(url, "a").disabled


def test_a_second_step_is_forgotten(run, url):
    run("add", "a", "--role", "admin", "--password-stdin")
    database = Database.open(url)
    database.write(lambda c: c.execute(users.update().values(second_step="ABCD", last_step=1)))
    database.close()
    assert run("reset-second-step", "a").exit_code == 0
    assert kept(url, "a").second_step == ""
    assert run("reset-second-step", "nobody").exit_code == 1
