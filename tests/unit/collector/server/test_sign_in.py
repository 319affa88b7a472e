"""Signing in and out over a real socket: cookies, throttling, forms of other sites, and the end of sessions."""

import re
import statistics
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from laaswatch_collector.server.authentication import COOKIE, SECURE_COOKIE
from laaswatch_collector.store.programs import good_tokens, make_access_token
from laaswatch_collector.store.schema import audit, sessions
from laaswatch_collector.store.users import (
    UserError,
    add_user,
    disable_user,
    set_password,
)
from support.intake import NOW, OFFICE
from support.server import RunningServer

PASSWORD = "ฝนตกที่เชียงราย 42"
PAGE = f"/offices/{OFFICE}"


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return [NOW]


@pytest.fixture
def server(database, clock):
    database.write(lambda c: add_user(c, "somchai", "clerk", PASSWORD, now=NOW, office=OFFICE))
    with RunningServer(database, lambda: clock[0]) as running:
        yield running


def post(server, path="/sign-in", headers=None, **fields):
    said = {"Content-Type": "application/x-www-form-urlencoded"} | (headers or {})
    return server.ask("POST", path, urlencode(fields).encode(), said)


def sign_in(server, **fields):
    return post(server, **({"name": "somchai", "password": PASSWORD} | fields))


def cookie(answer):
    return answer[1]["set-cookie"].split(";")[0]


def see(server, path=PAGE, **headers):
    return server.ask("GET", path, None, headers)[0]


def csrf_of(server, session):
    page = server.ask("GET", PAGE, None, {"Cookie": session})[2].decode()
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page)[1]


def test_the_right_password_opens_a_session(server):
    answer = sign_in(server, next=f"{PAGE}?month=2026-10")
    assert answer[0] == 303
    assert answer[1]["location"] == f"{PAGE}?month=2026-10"
    flags = {x.strip().lower() for x in answer[1]["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert cookie(answer).startswith(f"{COOKIE}=")
    assert "strict-transport-security" not in answer[1], "this server speaks no TLS"
    assert see(server, Cookie=cookie(answer)) == 200


def test_over_https_the_cookie_belongs_to_this_host_alone(database):
    database.write(lambda c: add_user(c, "somchai", "clerk", PASSWORD, now=NOW, office=OFFICE))
    with RunningServer(database, lambda: NOW, public_url="https://laaswatch.example") as running:
        answer = sign_in(running)
    assert answer[1]["strict-transport-security"] == "max-age=31536000"
    text = answer[1]["set-cookie"]
    assert text.startswith(f"{SECURE_COOKIE}=")
    assert "; Secure" in text
    assert "Domain" not in text


@pytest.mark.parametrize("goal", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_signing_in_leads_nowhere_else(server, goal):
    assert sign_in(server, next=goal)[1]["location"] == "/"


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"name": "nobody"}, {"name": ""}])
def test_every_failure_looks_the_same(server, fields):
    status, headers, body = sign_in(server, **fields)
    assert status == 403
    assert "set-cookie" not in headers
    known = sign_in(server, password="also wrong")[2].decode()
    hidden = r'value="[^"]*"'
    assert re.sub(hidden, "", body.decode()) == re.sub(hidden, "", known)


def test_an_unknown_name_costs_as_much_time_as_a_wrong_password(server):
    def took(name):
        began = time.perf_counter()
        sign_in(server, name=name, password="wrong")
        return time.perf_counter() - began

    known, unknown = [], []
    for n in range(4):
        known.append(took("somchai"))
        unknown.append(took(f"nobody{n}"))
    assert 0.5 < statistics.median(unknown) / statistics.median(known) < 2


def test_ten_failures_close_the_account_for_a_while(server):
    for _ in range(10):
        assert sign_in(server, password="wrong")[0] == 403
    status, headers, _ = sign_in(server)
    assert status == 429
    assert 0 < int(headers["retry-after"]) <= 15 * 60


def test_right_passwords_are_no_failures(server):
    """A whole office behind one address signs in every morning."""
    assert [sign_in(server)[0] for _ in range(12)] == [303] * 12


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_forms_of_other_sites_are_refused(server, headers):
    assert post(server, headers=headers, name="somchai", password=PASSWORD)[0] == 403
    session = cookie(sign_in(server))
    own = csrf_of(server, session)
    assert post(server, "/sign-out", headers | {"Cookie": session}, csrf=own)[0] == 403
    assert see(server, Cookie=session) == 200


@pytest.mark.parametrize("csrf", ["", "0" * 64, "ก"])
def test_signing_out_needs_the_sessions_own_token(server, csrf):
    session = cookie(sign_in(server))
    assert post(server, "/sign-out", {"Cookie": session}, csrf=csrf)[0] == 403
    assert see(server, Cookie=session) == 200


def test_a_signed_out_cookie_is_worth_nothing(server):
    session = cookie(sign_in(server))
    answer = post(server, "/sign-out", {"Cookie": session}, csrf=csrf_of(server, session))
    assert (answer[0], answer[1]["location"]) == (303, "/sign-in")
    assert see(server, Cookie=session) == 303


def test_sessions_end_when_idle_and_after_a_working_day(server, clock):
    session = cookie(sign_in(server))
    clock[0] = NOW + timedelta(minutes=29)
    assert see(server, Cookie=session) == 200
    clock[0] += timedelta(minutes=29)
    assert see(server, Cookie=session) == 200
    clock[0] += timedelta(minutes=31)
    assert see(server, Cookie=session) == 303
    session = cookie(sign_in(server))
    for _ in range(25):
        clock[0] += timedelta(minutes=29)
        alive = see(server, Cookie=session)
    assert alive == 303


def test_old_sessions_are_cleared_away(server, clock, database):
    sign_in(server)
    clock[0] += timedelta(hours=13)
    sign_in(server)
    assert len(database.read(lambda c: c.execute(sessions.select()).all())) == 1


@pytest.mark.parametrize(
    "change", [disable_user, lambda c, n, t: set_password(c, n, PASSWORD + "!", t)]
)
def test_shutting_out_and_new_passwords_count_at_once(server, database, change):
    session = cookie(sign_in(server))
    database.write(lambda c: change(c, "somchai", NOW))
    assert see(server, Cookie=session) == 303
    assert sign_in(server)[0] == 403


@pytest.mark.parametrize("session", ["", "x", "0" * 64, "0" * 63, "ก"])
def test_made_up_cookies_are_nobodys(server, session):
    headers = {"Cookie": f"{COOKIE}={session}".encode().decode("latin-1")}
    assert server.ask("GET", PAGE, None, headers)[0] == 303


def test_each_attempt_is_in_the_audit_and_no_password_is(server, database):
    sign_in(server, password="wrong but secret")
    sign_in(server)
    rows = [tuple(map(str, r)) for r in database.read(lambda c: c.execute(audit.select()).all())]
    assert sum("sign_in" in r for r in rows) == 2
    assert not any(PASSWORD in x or "secret" in x for r in rows for x in r)


def test_a_password_typed_in_the_names_place_is_not_written_down(server, database):
    assert sign_in(server, name=PASSWORD, password="somchai")[0] == 403
    rows = database.read(lambda c: c.execute(audit.select()).all())
    assert [(x.who, x.action, x.result) for x in rows if x.action == "sign_in"] == [
        ("", "sign_in", "refused")
    ]
    assert PASSWORD not in repr(rows)


def test_a_scrapers_token_opens_metrics_only(server, database):
    token = database.write(lambda c: make_access_token(c, "prometheus", now=NOW))
    headers = {"Authorization": f"Bearer {token}"}
    assert server.ask("GET", "/metrics", None, headers)[0] == 200
    assert server.ask("GET", PAGE, None, headers)[0] != 200
    database.write(lambda c: disable_user(c, "prometheus", NOW))
    assert server.ask("GET", "/metrics", None, headers)[0] != 200


def test_a_tokens_use_is_noted_to_the_hour(server, database):
    token = database.write(lambda c: make_access_token(c, "prometheus", now=NOW))
    headers = {"Authorization": f"Bearer {token}"}
    assert database.read(lambda c: good_tokens(c, NOW))[0].used is None
    for _ in range(2):
        assert server.ask("GET", "/metrics", None, headers)[0] == 200
    assert database.read(lambda c: good_tokens(c, NOW))[0].used == NOW


def test_a_person_gets_no_scrapers_token(server, database):
    """The token would have all rights of the person."""
    with pytest.raises(UserError):
        database.write(lambda c: make_access_token(c, "somchai", now=NOW))


def test_an_agents_token_opens_no_page(server, database, sender):
    headers = {"Authorization": f"Bearer {sender.token}"}
    assert server.ask("GET", PAGE, None, headers)[0] != 200
    assert server.ask("GET", "/metrics", None, headers)[0] != 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=%ff%fe&password=%80", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"name=a%00b&password=c", "application/x-www-form-urlencoded"),
        (b"name=a", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"name=a", "multipart/form-data; boundary=x"),
        (b"name=a", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
    ],
)
def test_odd_forms_are_refused_without_a_crash(server, body, kind):
    status = server.ask("POST", "/sign-in", body, {"Content-Type": kind})[0]
    assert 400 <= status < 500
