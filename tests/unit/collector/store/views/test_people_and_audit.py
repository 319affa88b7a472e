"""Lists of people and of the audit, on both engines."""

from datetime import timedelta

import pytest

from laaswatch_collector.access.policy import Principal, Role
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import users
from laaswatch_collector.store.sessions import start_session
from laaswatch_collector.store.views.audit import Asked, audit_lines
from laaswatch_collector.store.views.people import people
from support.intake import NOW, OFFICE, add_office

EVERYBODY = {
    "ก้อง": ("clerk", OFFICE, "57"),
    "malee": ("viewer", OFFICE, "57"),
    "somying": ("province", "", "57"),
    "other": ("clerk", "6900100", "90"),
    "root": ("admin", "", ""),
    "prometheus": ("metrics", "", ""),
}


@pytest.fixture
def kept(database):
    """Some people, one of them signed in."""
    add_office(database)

    def work(connection):
        for name, (role, office, province) in EVERYBODY.items():
            connection.execute(
                users.insert().values(
                    name=name, role=role, office_code=office, province=province, created_at=NOW
                )
            )
        start_session(connection, "malee", NOW)

    database.write(work)
    return database


def names(database, manager, most=10, **more):
    return {x.user.name for x in database.read(lambda c: people(c, manager, most, **more))}


def test_each_manager_sees_the_own_people(kept):
    assert names(kept, Principal(Role.ADMIN, "root")) == set(EVERYBODY) - {"prometheus"}
    assert names(kept, Principal(Role.PROVINCE, "somying", "", "57")) == {"ก้อง", "malee"}
    for role in (Role.CLERK, Role.SUPPORT, Role.AUDITOR, Role.METRICS, Role.HALF):
        assert names(kept, Principal(role, "x", OFFICE, "57")) == set()


def test_pages_of_people_miss_nobody(kept):
    manager, seen, after = Principal(Role.ADMIN, "root"), [], ""
    for _ in range(10):
        found = kept.read(lambda c, a=after: people(c, manager, 2, a))
        if not found:
            break
        seen += [x.user.name for x in found]
        after = found[-1].user.name
    assert sorted(seen) == sorted(set(EVERYBODY) - {"prometheus"})


def test_people_are_found_by_a_piece_of_a_name_or_office(kept):
    manager = Principal(Role.ADMIN, "root")
    assert names(kept, manager, text="MAL") == {"malee"}
    assert names(kept, manager, text="69001") == {"other"}
    assert names(kept, manager, text="%") == set()


def test_a_list_says_who_is_signed_in_and_of_which_office(kept):
    found = {
        x.user.name: x
        for x in kept.read(lambda c: people(c, Principal(Role.PROVINCE, "", "", "57"), 10))
    }
    assert found["malee"].used == NOW
    assert found["ก้อง"].used is None
    assert found["malee"].office_th


def test_lines_are_found_by_each_and_by_all(database):
    def work(connection):
        for n in range(6):
            at = NOW + timedelta(hours=n)
            record(connection, at, "ab"[n % 2], "sign_in" if n < 3 else "enrol", f"10%/{n}", rows=n)

    database.write(work)

    def found(most=10, before=None, **asked):
        lines = database.read(lambda c: list(audit_lines(c, Asked(**asked), most, before)))
        return [x.detail["rows"] for x in lines]

    assert found() == [5, 4, 3, 2, 1, 0]
    assert found(who="a") == [4, 2, 0]
    assert found(action="enrol", who="b") == [5, 3]
    assert found(subject="%/4") == [4]
    assert found(subject="_") == []
    assert found(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=3)) == [2, 1]
    first = database.read(lambda c: list(audit_lines(c, Asked(), 2)))
    assert found(most=2, before=first[-1].id) == [3, 2]
