"""People, their sessions and programs' tokens: what may be added, and that no secret is stored."""

import pytest
import sqlalchemy as sa

from laaswatch_collector.access.passwords import WeakPassword, verify
from laaswatch_collector.access.policy import Role
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.store import schema
from laaswatch_collector.store.programs import make_access_token
from laaswatch_collector.store.sessions import find_session, start_session
from laaswatch_collector.store.users import (
    UserError,
    add_user,
    disable_user,
    end_sessions_of,
    find_user,
    list_users,
    set_password,
)
from laaswatch_collector.web.words import words_in
from support.intake import NOW, OFFICE, add_office

PASSWORD = "ฝนตกที่เชียงราย 42"


@pytest.fixture
def people(database):
    """One officer."""
    add_office(database)
    database.write(lambda c: add_user(c, "somchai", "clerk", PASSWORD, now=NOW, office=OFFICE))
    return database


def test_an_officers_province_is_that_of_the_office(people):
    found = people.read(lambda c: find_user(c, "somchai"))
    assert (found.role, found.office, found.province) == (Role.CLERK, OFFICE, "57")
    assert verify(PASSWORD, found.password)


@pytest.mark.parametrize(
    ("name", "role", "more"),
    [
        ("somchai", "clerk", {"office": OFFICE}),
        ("a", "clerk", {"office": "0000000"}),
        ("a", "clerk", {}),
        ("a", "province", {}),
        ("a", "province", {"province": "99"}),
        ("a", "governor", {}),
        ("a", "metrics", {}),
        ("a", "agent", {}),
        ("", "admin", {}),
        (" a", "admin", {}),
        ("a\nb", "admin", {}),
        ("x" * 101, "admin", {}),
    ],
)
def test_who_cannot_be_added_is_refused_in_two_languages(people, name, role, more):
    with pytest.raises(UserError) as refused:
        people.write(lambda c: add_user(c, name, role, PASSWORD, now=NOW, **more))
    assert all(words_in(x).say(refused.value.message) for x in LANGUAGES)
    assert len(people.read(list_users)) == 1


def test_a_weak_password_adds_nobody(people):
    with pytest.raises(WeakPassword):
        people.write(lambda c: add_user(c, "a", "admin", "short", now=NOW))
    assert people.read(lambda c: find_user(c, "a")) is None


def test_an_admin_of_no_office_has_none(people):
    people.write(lambda c: add_user(c, "a", "admin", PASSWORD, now=NOW, office=OFFICE))
    assert people.read(lambda c: find_user(c, "a")).office == ""


def test_a_role_is_read_anew_each_time(people):
    token = people.write(lambda c: start_session(c, "somchai", NOW))
    people.write(lambda c: c.execute(sa.update(schema.users).values(role="support")))
    assert people.read(lambda c: find_session(c, token)).user.role is Role.SUPPORT


def test_sessions_end_with_a_new_password(people):
    token = people.write(lambda c: start_session(c, "somchai", NOW))
    people.write(lambda c: set_password(c, "somchai", PASSWORD + "!", NOW))
    assert people.read(lambda c: find_session(c, token)) is None


def test_all_sessions_of_a_person_end_and_nobody_elses(people):
    people.write(lambda c: add_user(c, "a", "admin", PASSWORD, now=NOW))
    mine = [people.write(lambda c: start_session(c, "somchai", NOW)) for _ in range(2)]
    other = people.write(lambda c: start_session(c, "a", NOW))
    people.write(lambda c: end_sessions_of(c, "somchai"))
    assert [people.read(lambda c, t=t: find_session(c, t)) for t in mine] == [None, None]
    assert people.read(lambda c: find_session(c, other)).user.name == "a"


@pytest.mark.parametrize("change", [disable_user, lambda c, n, t: set_password(c, n, PASSWORD, t)])
def test_nobody_cannot_be_changed(people, change):
    with pytest.raises(UserError, match="nobody"):
        people.write(lambda c: change(c, "nobody", NOW))


def test_no_secret_stands_in_the_store(people):
    session = people.write(lambda c: start_session(c, "somchai", NOW))
    token = people.write(lambda c: make_access_token(c, "prometheus", now=NOW))
    for table in (schema.users, schema.sessions, schema.access_tokens, schema.audit):
        kept = repr(people.read(lambda c, t=table: c.execute(sa.select(t)).all()))
        for secret in (PASSWORD, session, token):
            assert secret not in kept
