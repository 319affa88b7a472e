"""One's own account: the password, where one is signed in, the second step."""

import re
import urllib.error
import urllib.request

import pyotp
import pytest

from laaswatch_collector.access.passwords import hashed
from laaswatch_collector.server.authentication import COOKIE
from laaswatch_collector.store import schema
from laaswatch_collector.store.sessions import find_session, id_of, sessions_of, start_session
from laaswatch_collector.store.users import find_user
from support import seeded
from support.pages import CSRF, serving

OLD, NEW = "ฝนตกที่เชียงราย 42", "แมวสามตัวข้ามสะพาน"
KEPT = hashed(OLD)


@pytest.fixture
def site(tmp_path):
    with serving(tmp_path, offices=3, late=2, other_province=1) as found:
        found.database.write(
            lambda c: c.execute(
                schema.users.update().where(schema.users.c.name == "somchai").values(password=KEPT)
            )
        )
        yield found


def elsewhere(site, name="somchai"):
    return site.database.write(
        lambda c: start_session(c, name, seeded.NOW, address="10.9.8.7", browser="Firefox <b>")
    )


def alive(site, token):
    return site.database.read(lambda c: find_session(c, token)) is not None


def mine(site):
    return len(site.database.read(lambda c: sessions_of(c, "somchai", seeded.NOW)))


def test_a_new_password_ends_every_other_session(site):
    other, somebody_elses = elsewhere(site), elsewhere(site, "malee")
    assert site.post("/account/password", "somchai", old=OLD, new=NEW, again=NEW)[0] == 303
    assert not alive(site, other)
    assert alive(site, somebody_elses)
    assert mine(site) == 1, "the new one of this browser"
    with pytest.raises(urllib.error.HTTPError, match="303"):
        urllib.request.build_opener(Stay).open(
            urllib.request.Request(
                f"{site.url}/account", headers={"Cookie": site.cookie_header("somchai")}
            )
        )


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_args, **_kwargs):
        return None


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (OLD, NEW, NEW + "x"),
        (OLD, OLD, OLD),
        (OLD, "short", "short"),
        (OLD, "thailand2569", "thailand2569"),
        (OLD, "somchai-6860101", "somchai-6860101"),
    ],
)
def test_what_is_no_good_changes_nothing(site, old, new, again):
    status, page = site.post("/account/password", "somchai", old=old, new=new, again=again)
    assert status == 403
    assert 'class="wrong"' in page
    assert site.database.read(lambda c: find_user(c, "somchai")).password == KEPT


def test_guessing_the_old_password_is_slowed_down(site):
    got = [
        site.post("/account/password", "somchai", old=f"no {n}", new=NEW, again=NEW)[0]
        for n in range(11)
    ]
    assert got == [403] * 10 + [429]


def test_sessions_are_shown_and_ended_one_by_one_or_all_others(site):
    first, second = elsewhere(site), elsewhere(site)
    page = site.get("/account", user="somchai").decode()
    assert "10.9.8.7" in page
    assert "Firefox &lt;b&gt;" in page
    assert first not in page
    assert site.post("/account/sessions", "somchai", id=id_of(first))[0] == 303
    assert (alive(site, first), alive(site, second)) == (False, True)
    assert site.post("/account/sessions", "somchai", id="others")[0] == 303
    assert not alive(site, second)
    assert mine(site) == 1
    assert site.get("/account", user="somchai")


def test_nobody_elses_session_can_be_ended(site):
    other = elsewhere(site, "malee")
    assert site.post("/account/sessions", "somchai", id=id_of(other))[0] == 404
    assert alive(site, other)


def ask(site, path, token, **fields):
    """A form in the session of this secret; the secret that the browser has afterwards."""
    csrf = site.database.read(lambda c: find_session(c, token)).csrf
    body = "&".join(f"{k}={v}" for k, v in {"csrf": csrf, **fields}.items()).encode()
    request = urllib.request.Request(
        f"{site.url}{path}", body, {"Cookie": f"{COOKIE}={token}", "Origin": site.url}
    )
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            status, head, text = answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            status, head, text = error.code, error.headers, error.read().decode()
    found = re.search(rf"{COOKIE}=([0-9a-f]{{64}})", head.get("Set-Cookie", ""))
    return status, text, found[1] if found else token


def test_a_second_step_is_taken_up_and_replaced_with_a_code_only(site):
    token = elsewhere(site)
    shown = urllib.request.Request(
        f"{site.url}/account/second-step", headers={"Cookie": f"{COOKIE}={token}"}
    )
    with urllib.request.urlopen(shown, timeout=20) as answer:
        page = answer.read().decode()
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(seeded.NOW)
    assert ask(site, "/account/second-step", token, code="000000")[0] == 403
    status, page, token = ask(site, "/account/second-step", token, code=code)
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)
    assert (status, len(codes)) == (200, 10)
    assert find(site).second_step == secret
    assert ask(site, "/account/second-step", token, code=code)[0] == 404, "not by a session alone"
    assert ask(site, "/account/second-step/renew", token, code=code)[0] == 403, "used before"
    status, page, token = ask(site, "/account/second-step/renew", token, code=codes[0])
    assert (status, len(re.findall(r"<code>([A-Z2-7-]{19})</code>", page))) == (200, 10)
    assert ask(site, "/account/second-step/renew", token, code=codes[1])[0] == 403
    new = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)[0]
    assert ask(site, "/account/second-step/renew", token, do="replace", code=new)[0] == 303
    assert find(site).second_step == ""
    assert mine(site) == 0


def find(site):
    return site.database.read(lambda c: find_user(c, "somchai"))


@pytest.mark.parametrize("path", ["/account/password", "/account/sessions", "/account/second-step"])
def test_forms_of_other_pages_are_refused(site, path):
    assert len(CSRF) == 64
    assert site.post(path, "somchai", csrf="00" * 32)[0] == 403


def test_what_is_done_and_what_fails_is_in_the_audit(site):
    elsewhere(site)
    site.post("/account/sessions", "somchai", id="others")
    site.post("/account/password", "somchai", old="wrong", new=NEW, again=NEW)
    site.post("/account/password", "somchai", old=OLD, new=NEW, again=NEW)
    rows = site.database.read(lambda c: c.execute(schema.audit.select()).all())
    assert [(x.action, x.result) for x in rows if x.who == "somchai" and x.object == "somchai"] == [
        ("end_sessions", "ok"),
        ("set_password", "refused"),
        ("set_password", "ok"),
    ]
    assert not any(x in repr(rows) for x in (OLD, NEW))
