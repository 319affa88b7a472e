"""Who looks after people adds, moves, shuts out and lets in again: their own only, and with a trace."""

import re
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from laaswatch_collector.access.passwords import verify
from laaswatch_collector.store import schema
from laaswatch_collector.store.users import find_user, list_users
from support import seeded
from support.pages import serving


@pytest.fixture
def site(tmp_path):
    with serving(tmp_path, offices=3, late=2, other_province=1) as found:
        yield found


def find(site, name):
    return site.database.read(lambda c: find_user(c, name))


def person(name):
    return f"/users/person?name={quote(name)}"


def sessions(site, name):
    x = schema.sessions.c.user_name
    return site.database.read(
        lambda c: c.execute(sa.select(sa.func.count()).where(x == name)).scalar_one()
    )


def shown_password(page):
    return re.search(r"<code>([a-z]{4}(?:-[a-z]{4}){3})</code>", page)[1]


def test_a_province_adds_a_clerk_whose_first_password_is_shown_once(site):
    status, page = site.post("/users", "somying", name="สมปอง", role="clerk", office="6860103")
    assert status == 200
    password = shown_password(page)
    new = find(site, "สมปอง")
    assert (new.role, new.office, new.province, new.must_change) == ("clerk", "6860103", "86", True)
    assert verify(password, new.password)
    assert password not in site.get("/users", user="somying").decode()
    assert password not in site.get(person("สมปอง"), user="somying").decode()
    audit = site.database.read(lambda c: c.execute(sa.select(schema.audit)).all())
    assert ("somying", "add_user", "สมปอง") in [(x.who, x.action, x.object) for x in audit]
    assert password not in repr(audit)


@pytest.mark.parametrize(
    ("user", "fields"),
    [
        ("somying", {"role": "clerk", "office": "6900100"}),  # another province's
        ("somying", {"role": "clerk", "office": "0000000"}),
        ("somying", {"role": "province", "province": "86"}),
        ("somying", {"role": "admin"}),
        ("somying", {"role": "auditor"}),
        ("admin", {"role": "metrics"}),
        ("admin", {"role": "admin"}),  # one administrator alone may not make a second
        ("admin", {"role": "clerk"}),
        ("admin", {"role": "province", "province": "99"}),
        ("admin", {"role": "support", "name": "somchai"}),
        ("admin", {"role": "support", "name": ""}),
    ],
)
def test_who_cannot_be_added_is_not_and_the_page_says_why(site, user, fields):
    before = len(site.database.read(list_users))
    status, page = site.post("/users", user, **({"name": "new"} | fields))
    assert status == 400
    assert 'class="wrong"' in page
    assert len(site.database.read(list_users)) == before


@pytest.mark.parametrize(
    ("user", "sees"),
    [
        ("somying", {"somchai", "malee", "viewer"}),
        (
            "admin",
            {"somchai", "malee", "viewer", "somying", "support", "auditor", "halfway", "admin"},
        ),
    ],
)
def test_a_list_shows_the_own_people(site, user, sees):
    page = site.get("/users", user=user).decode()
    names = {x for x in ("somchai", "malee", "viewer", "somying", "support", "auditor", "halfway", "admin", "prometheus") if f'class="wide">{x}<' in page or f">{x}</a></th>" in page}  # fmt: skip
    assert names == sees


def test_the_list_can_be_searched(site):
    page = site.get("/users?q=6860102", user="admin").decode()
    assert ">malee</a>" in page
    assert ">somchai</a>" not in page


def test_shutting_out_ends_the_sessions_and_letting_in_does_not_bring_them_back(site):
    assert sessions(site, "somchai") == 1
    assert site.post(person("somchai"), "somying", do="shut_out")[0] == 200
    assert find(site, "somchai").disabled
    assert sessions(site, "somchai") == 0
    assert site.post(person("somchai"), "somying", do="let_in")[0] == 200
    assert not find(site, "somchai").disabled
    assert sessions(site, "somchai") == 0


def test_a_new_first_password_ends_the_sessions(site):
    password = shown_password(site.post(person("somchai"), "somying", do="password")[1])
    assert verify(password, find(site, "somchai").password)
    assert find(site, "somchai").must_change
    assert sessions(site, "somchai") == 0


def test_a_role_is_changed_at_once(site):
    assert (
        site.post(person("malee"), "somying", do="role", role="viewer", office="6860101")[0] == 200
    )
    assert (find(site, "malee").role, find(site, "malee").office) == ("viewer", "6860101")
    assert sessions(site, "malee") == 0


def test_a_lost_telephone_is_forgotten(site):
    x = schema.users
    site.database.write(
        lambda c: c.execute(x.update().where(x.c.name == "somying").values(second_step="ABCD"))
    )
    assert site.post(person("somying"), "admin", do="second_step")[0] == 200
    assert find(site, "somying").second_step == ""
    assert sessions(site, "somying") == 0


@pytest.mark.parametrize(
    ("user", "name", "fields", "status"),
    [
        ("somying", "somchai", {"do": "role", "role": "province", "office": ""}, 400),
        ("somying", "somchai", {"do": "role", "role": "clerk", "office": "6900100"}, 400),
        ("somying", "support", {"do": "shut_out"}, 404),
        ("somying", "somying", {"do": "shut_out"}, 404),
        ("admin", "admin", {"do": "shut_out"}, 404),
        ("admin", "admin", {"do": "role", "role": "support"}, 404),
        ("admin", "prometheus", {"do": "password"}, 404),
        ("admin", "halfway", {"do": "password"}, 404),
        ("admin", "halfway", {"do": "second_step"}, 404),
        ("admin", "halfway", {"do": "role", "role": "support"}, 404),
        ("admin", "support", {"do": "role", "role": "admin"}, 400),
        ("admin", "somchai", {"do": "something"}, 400),
        ("somchai", "malee", {"do": "shut_out"}, 404),
        ("auditor", "malee", {"do": "shut_out"}, 404),
    ],
)
def test_nobody_changes_whom_they_do_not_look_after_nor_themselves(
    site, user, name, fields, status
):
    before = find(site, name)
    assert site.post(person(name), user, **fields)[0] == status
    assert find(site, name) == before


def test_the_province_of_a_moved_person_is_that_of_the_office(site):
    site.post(person("somchai"), "admin", do="role", role="clerk", office="6900100")
    assert find(site, "somchai").province == "90"
    assert site.post(person("somchai"), "somying", do="shut_out")[0] == 404
    assert seeded.PROVINCE == "86"


def test_an_administrator_is_shut_out_by_another_and_let_in_by_neither(site):
    page = site.get(person("halfway"), user="admin").decode()
    assert 'value="shut_out"' in page
    assert 'value="password"' not in page
    assert site.post(person("halfway"), "admin", do="shut_out")[0] == 200
    assert find(site, "halfway").disabled
    assert site.post(person("halfway"), "admin", do="let_in")[0] == 404
    assert find(site, "halfway").disabled
