"""Between the password and the first page: a code, a password of one's own, the set-up of a second step."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pyotp
import pytest
import sqlalchemy as sa

from laaswatch_collector.server.authentication import COOKIE, FINISH
from laaswatch_collector.store import schema
from laaswatch_collector.store.second_steps import codes_left, forget_second_step
from laaswatch_collector.store.users import add_user, find_user
from support.intake import NOW, OFFICE
from support.server import RunningServer

PASSWORD = "ฝนตกที่เชียงราย 42"
OWN = "แมวสามตัวข้ามสะพาน"


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return [NOW]


@pytest.fixture
def server(database, clock):
    def people(connection):
        add_user(connection, "admin", "admin", PASSWORD, now=NOW)
        add_user(connection, "somying", "province", PASSWORD, now=NOW, province="57")
        add_user(
            connection, "new", "clerk", PASSWORD, now=NOW, office=OFFICE, must_change=True
        )  # fmt: skip

    database.write(people)
    with RunningServer(database, lambda: clock[0]) as running:
        yield running


class Browser:
    """Keeps the cookie, and the form's token of the last page."""

    def __init__(self, server):
        self.server, self.cookie, self.page = server, "", ""

    def ask(self, method, path, **fields):
        body = None
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        if method == "POST":
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.page)
            body = urlencode({"csrf": found[1] if found else "", **fields}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, head, text = self.server.ask(method, path, body, headers)
        if "set-cookie" in head:
            self.cookie = head["set-cookie"].split(";")[0].partition("=")[2]
        self.page = text.decode() or self.page
        return status, head.get("location")

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **fields):
        return self.ask("POST", path, **fields)

    def sign_in(self, name, password=PASSWORD, goal="/"):
        assert self.post("/sign-in", name=name, password=password, next=goal) == (303, goal)
        return self

    def secret(self):
        """What the set-up page shows."""
        assert self.get(FINISH)[0] == 200
        assert "<svg" in self.page
        return re.search(r'class="secret">([A-Z2-7 ]+)<', self.page)[1].replace(" ", "")


def digits(secret, at):
    return pyotp.TOTP(secret).at(at)


@pytest.fixture
def known(server, clock):
    """An administrator who has set it up: (secret, recovery codes)."""
    browser = Browser(server).sign_in("admin")
    secret = browser.secret()
    assert browser.post("/sign-in/set-up", code=digits(secret, clock[0]))[0] == 200
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", browser.page)
    clock[0] += timedelta(minutes=2)
    return secret, codes


@pytest.mark.parametrize("name", ["admin", "somying"])
def test_a_password_alone_opens_nothing(server, name):
    browser = Browser(server).sign_in(name)
    for path in ("/", "/books", "/agents", "/site"):
        assert browser.get(path) == (303, f"{FINISH}?next={path}")
    assert browser.get("/api/v1/offices")[0] == 401
    assert browser.post("/closures", **{"from": "x"}) == (303, FINISH)


def test_the_first_log_in_sets_it_up_and_shows_recovery_codes_once(server, database, clock):
    browser = Browser(server).sign_in("admin")
    secret, before = browser.secret(), browser.cookie
    assert browser.post("/sign-in/set-up", code="000000")[0] == 403
    assert browser.post("/sign-in/set-up", code=digits(secret, clock[0]), next="/books")[0] == 200
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", browser.page)
    assert len(codes) == 10
    assert 'href="/books"' in browser.page
    assert browser.cookie != before, "a session that may more has another secret"
    assert browser.get("/books")[0] == 200
    browser.cookie = before
    assert browser.get("/books") == (303, "/sign-in?next=/books")
    kept = repr(database.read(lambda c: c.execute(sa.select(schema.recovery_codes)).all()))
    assert not any(x in kept or x.replace("-", "") in kept for x in codes)


def test_a_code_finishes_the_next_log_in_and_is_good_once(server, known, clock):
    secret, _ = known
    code = digits(secret, clock[0])
    first, second = Browser(server).sign_in("admin"), Browser(server).sign_in("admin")
    for browser in (first, second):
        assert browser.get(FINISH)[0] == 200
    assert first.post("/sign-in/code", code=code, next="/books") == (303, "/books")
    assert first.get("/books")[0] == 200
    assert second.post("/sign-in/code", code=code)[0] == 403
    assert second.get("/books")[0] == 303
    clock[0] += timedelta(seconds=30)
    assert second.post("/sign-in/code", code=digits(secret, clock[0]))[0] == 303


def test_a_recovery_code_is_good_once(server, database, known):
    _, codes = known
    for expected, typed in ((303, codes[3].lower()), (403, codes[3]), (303, codes[4])):
        browser = Browser(server).sign_in("admin")
        browser.get(FINISH)
        assert browser.post("/sign-in/code", code=typed)[0] == expected
    assert database.read(lambda c: codes_left(c, "admin")) == 8


def test_ten_wrong_codes_and_there_is_a_wait(server, known, clock):
    browser = Browser(server).sign_in("admin")
    browser.get(FINISH)
    statuses = [browser.post("/sign-in/code", code="000000")[0] for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    other = Browser(server).sign_in("admin")
    other.get(FINISH)
    assert other.post("/sign-in/code", code=digits(known[0], clock[0]))[0] == 429


def test_who_has_set_it_up_cannot_set_up_another_with_the_password_alone(server, known, clock):
    browser = Browser(server).sign_in("admin")
    browser.get(FINISH)
    assert "<svg" not in browser.page
    assert browser.post("/sign-in/set-up", code="123456")[0] == 404
    assert browser.post("/sign-in/password", new=OWN, again=OWN)[0] == 404


def test_after_a_reset_it_is_set_up_anew_and_the_old_telephone_is_worth_nothing(
    server, database, known, clock
):
    secret, codes = known
    database.write(lambda c: forget_second_step(c, "admin", clock[0], "cli"))
    browser = Browser(server).sign_in("admin")
    assert browser.secret() != secret
    assert browser.post("/sign-in/set-up", code=digits(secret, clock[0]))[0] == 403
    assert browser.post("/sign-in/code", code=codes[0])[0] == 404


def test_a_first_password_is_changed_before_anything_else(server, database):
    browser = Browser(server).sign_in("new")
    page = f"/offices/{OFFICE}"
    assert browser.get(page) == (303, f"{FINISH}?next={page}")
    browser.get(FINISH)
    for new, again in (
        (OWN, OWN + "x"),
        (PASSWORD, PASSWORD),
        ("short", "short"),
        ("password1234",) * 2,
    ):
        assert browser.post("/sign-in/password", new=new, again=again)[0] == 403
        assert 'class="wrong"' in browser.page
    before = browser.cookie
    assert browser.post("/sign-in/password", new=OWN, again=OWN, next=page) == (303, page)
    assert browser.cookie != before
    assert browser.get(page)[0] == 200
    assert not database.read(lambda c: find_user(c, "new")).must_change
    assert Browser(server).post("/sign-in", name="new", password=PASSWORD)[0] == 403


def test_optional_leaves_it_to_the_person(database):
    database.write(lambda c: add_user(c, "admin", "admin", PASSWORD, now=NOW))
    with RunningServer(database, lambda: NOW, second_step="optional") as running:
        browser = Browser(running).sign_in("admin")
        assert browser.get("/books")[0] == 200


def test_each_step_is_in_the_audit_and_no_secret_is(server, database, known, clock):
    secret, codes = known
    browser = Browser(server).sign_in("admin")
    browser.get(FINISH)
    browser.post("/sign-in/code", code="000000")
    browser.post("/sign-in/code", code=codes[0])
    rows = database.read(lambda c: c.execute(sa.select(schema.audit)).all())
    done = [(x.action, x.result) for x in rows if x.who == "admin"]
    for step in (
        ("set_up_second_step", "ok"),
        ("second_step", "refused"),
        ("use_recovery_code", "ok"),
        ("second_step", "ok"),
    ):
        assert step in done
    assert not any(x in repr(rows) for x in (secret, *codes))


def test_a_session_begins_anew_with_each_log_in(server):
    browser = Browser(server).sign_in("new")
    before = browser.cookie
    browser.sign_in("new")
    assert browser.cookie != before
    browser.cookie = before
    assert browser.get(FINISH)[0] == 303, "the one before is over"


def test_a_first_password_runs_out_and_a_chosen_one_does_not(server, clock):
    clock[0] = NOW + timedelta(days=7)
    assert Browser(server).post("/sign-in", name="new", password=PASSWORD)[0] == 403
    clock[0] = NOW + timedelta(days=7, seconds=-1)
    browser = Browser(server).sign_in("new")
    browser.get(FINISH)
    assert browser.post("/sign-in/password", new=OWN, again=OWN)[0] == 303
    clock[0] = NOW + timedelta(days=30)
    Browser(server).sign_in("new", OWN)
