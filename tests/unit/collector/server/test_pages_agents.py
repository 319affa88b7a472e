"""Agents and enrolment on a page: who sees which PC, who may decide, and what a code's sheet shows."""

import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
import sqlalchemy as sa

from laaswatch_agent import __version__
from laaswatch_agent.report.fingerprint import fingerprint
from laaswatch_collector.store.agents import AgentState, agent_by_id, list_agents, set_state
from laaswatch_collector.store.enrolment import redeem
from laaswatch_collector.store.schema import agents, audit
from support import seeded
from support.pages import serving

OFFICE = seeded.FIRST
PAGE = f"/offices/{OFFICE}/agents"
CSRF = "c5" * 32


@pytest.fixture
def site(store_url):
    """The real application with three seeded offices."""
    with serving(store_url, offices=3) as found:
        yield found


@pytest.fixture
def pending(site):
    """One PC of the first office, waiting for somebody to look."""
    agent = site.database.read(lambda c: list_agents(c, OFFICE))[0].id
    put(site, agent, AgentState.PENDING)
    return agent


def put(site, agent, state):
    site.database.write(lambda c: set_state(c, agent, state, who="test", now=seeded.NOW))


def state_of(site, agent):
    return site.database.read(lambda c: agent_by_id(c, agent)).state


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_args, **_kwargs):
        return None


def post(site, path, user, **fields):
    """Status and body of a form sent from our own page."""
    request = urllib.request.Request(
        f"{site.url}{path}",
        urllib.parse.urlencode({"csrf": CSRF, **fields}).encode(),
        {"Cookie": site.cookie_header(user), "Origin": site.url},
    )
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_page_shows_the_words_of_each_pc(site):
    agent = site.database.read(lambda c: list_agents(c, OFFICE))[0]
    page = site.get(PAGE, user="somchai").decode()
    for thai, english in fingerprint(agent.nonce):
        assert thai in page
        assert english in page
    assert agent.nonce not in page


@pytest.mark.parametrize(
    ("user", "status"), [("somchai", 303), ("somying", 303), ("admin", 303), ("support", 404)]
)
def test_who_may_let_a_pc_in(site, pending, user, status):
    assert post(site, f"{PAGE}/{pending}", user, state="active")[0] == status
    expected = AgentState.ACTIVE if status == 303 else AgentState.PENDING
    assert state_of(site, pending) is expected


@pytest.mark.parametrize(("user", "status"), [("somchai", 404), ("somying", 303), ("malee", 404)])
def test_an_officer_cannot_turn_a_pc_away(site, pending, user, status):
    """A PC may say what its office would rather not have said."""
    put(site, pending, AgentState.ACTIVE)
    assert post(site, f"{PAGE}/{pending}", user, state="revoked")[0] == status
    assert (state_of(site, pending) is AgentState.REVOKED) == (status == 303)


def test_what_is_revoked_stays_so(site, pending):
    put(site, pending, AgentState.REVOKED)
    assert post(site, f"{PAGE}/{pending}", "admin", state="active")[0] == 404
    assert f"{PAGE}/{pending}" not in site.get(PAGE, user="admin").decode()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/offices/6860102/agents/{agent}", {"state": "active"}),  # not that office's
        (PAGE + "/nobody", {"state": "active"}),
        (PAGE + "/{agent}", {"state": "forked"}),
        (PAGE + "/{agent}", {"state": "of mind"}),
        (PAGE + "/{agent}", {}),
    ],
)
def test_odd_wishes_are_refused(site, pending, path, fields):
    assert post(site, path.format(agent=pending), "admin", **fields)[0] == 404
    assert state_of(site, pending) is AgentState.PENDING


def test_a_form_from_elsewhere_changes_nothing(site, pending):
    assert post(site, f"{PAGE}/{pending}", "admin", state="active", csrf="00" * 32)[0] == 403
    assert state_of(site, pending) is AgentState.PENDING


def test_the_list_of_those_that_wait_keeps_to_the_own_part(site, pending):
    assert pending in site.get("/agents", user="somying").decode()
    assert pending in site.get("/agents", user="somchai").decode()
    assert pending not in site.get("/agents", user="malee").decode()
    put(site, pending, AgentState.ACTIVE)
    assert pending not in site.get("/agents", user="admin").decode()


def test_a_code_from_the_page_works_once_and_says_who_made_it(site):
    status, page = post(site, f"/offices/{OFFICE}/codes", "somying", uses="1")
    assert status == 200
    code = re.search(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){4}", page)[0]
    assert page.count(code) == 2
    assert f"laaswatch-agent enroll --collector {site.url} --code {code}" in page

    def enrol(connection):
        secret = {"nonce": b"n" * 32, "token_sha256": b"t" * 32}
        return redeem(connection, code, **secret, system="linux", version="1", now=seeded.NOW)

    assert site.database.write(enrol).office.code == OFFICE
    told = site.database.read(
        lambda c: c.execute(sa.select(audit.c.who).where(audit.c.action == "issue_code")).scalars()
    )
    assert "somying" in list(told)


@pytest.mark.parametrize(
    ("user", "uses", "status"),
    [("somchai", "1", 404), ("support", "1", 404), ("somying", "11", 400), ("somying", "x", 400)],
)
def test_codes_that_are_not_made(site, user, uses, status):
    assert post(site, f"/offices/{OFFICE}/codes", user, uses=uses)[0] == status


def test_pages_are_light_in_both_languages(site):
    for user in ("somchai", "somying", "admin"):
        for language in ("th", "en"):
            assert len(site.get(f"{PAGE}?lang={language}", user=user)) < 60_000
            assert len(site.get(f"/agents?lang={language}", user=user)) < 60_000


def _listed(site, show, user="admin"):
    text = site.get(f"/agents?show={show}", user=user).decode()
    return set(re.findall(r'href="/offices/([0-9]+)/agents"', text)), text


def test_pcs_are_listed_by_what_they_need(site, pending):
    """Waiting, silent for a day, of another version, all: each list with its count."""
    agent = site.database.read(lambda c: list_agents(c, "6860102"))[0].id

    def age(c):
        c.execute(
            sa.update(agents)
            .where(agents.c.id == agent)
            .values(last_contact_at=seeded.at(30, "16:00"))
        )
        c.execute(
            sa.update(agents).where(agents.c.office_code == "6860103").values(version="0.0.9")
        )
        c.execute(
            sa.update(agents).where(agents.c.office_code != "6860103").values(version=__version__)
        )

    site.database.write(age)
    assert _listed(site, "waiting")[0] == {OFFICE}
    assert _listed(site, "silent")[0] == {"6860102"}
    assert _listed(site, "old")[0] == {"6860103"}
    every, text = _listed(site, "all")
    assert {OFFICE, "6860102", "6860103", "6900100"} <= every
    assert "6900100" not in _listed(site, "all", "somying")[0]
    count = re.search(r"ทั้งหมด \((\d+)\)", text)
    assert int(count[1]) == text.count('<p class="words">')
    assert _listed(site, "nonsense")[0] == {OFFICE}
