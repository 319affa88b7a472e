"""POST /v1/enrolments and GET /v1/config, as an agent meets them."""

import hashlib
import json

import pytest

from laaswatch_collector.config import AgentPlan
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.enrolment import make_code
from support.intake import NOW, OFFICE
from support.server import RunningServer

TOKEN = "ab" * 32


def request(code, **fields):
    return {
        "code": code,
        "nonce": "01" * 32,
        "token_sha256": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "system": "windows",
        "version": "0.1.0",
        **fields,
    }


def post(server, document, **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    said = {"Content-Type": "application/json", **headers}
    status, found, answer = server.ask("POST", "/v1/enrolments", body, said)
    return status, json.loads(answer), found


def get_config(server, token):
    status, _, body = server.ask("GET", "/v1/config", headers={"Authorization": f"Bearer {token}"})
    return status, json.loads(body)


@pytest.fixture
def code(database):
    """A code for one PC of the office."""
    return database.write(lambda c: make_code(c, OFFICE, now=NOW))


def test_a_code_becomes_an_agent_that_may_report(server, code):
    status, answer, _ = post(server, request(code))
    assert status == 200
    assert answer["state"] == "active"
    assert answer["role"] == "pc"
    assert answer["office"] == {
        "code": OFFICE,
        "name_th": "อบต.ทดสอบ",
        "name_en": "Test",
        "province": "57",
        "isp": "a",
    }
    status, orders = get_config(server, TOKEN)
    assert (status, len(orders["etag"])) == (200, 16)
    assert answer["config_etag"] != orders["etag"]  # so that it fetches them


def test_asking_again_gives_the_same_agent(server, code):
    first = post(server, request(code))[1]
    assert post(server, request(code))[1] == first


def test_every_refused_code_gets_the_same_words(server, code):
    post(server, request(code))
    used = post(server, request(code, nonce="02" * 32))
    wrong = post(server, request("0" * 25, nonce="03" * 32))
    unreadable = post(server, request("?", nonce="04" * 32))
    assert used[:2] == wrong[:2] == unreadable[:2]
    assert (used[0], used[1]["error"]) == (403, "code_refused")


def test_guesses_are_slowed_down_and_good_codes_are_not(server, database, code):
    """Five failures a minute and address; a room of twenty PCs with good codes is no guess."""
    for n in range(20):
        good = database.write(lambda c: make_code(c, OFFICE, now=NOW))
        fields = {"nonce": f"{n:064x}", "token_sha256": f"{n:064x}"}
        assert post(server, request(good, **fields))[0] == 200
    for _ in range(5):
        assert post(server, request("0" * 25))[0] == 403
    status, answer, headers = post(server, request("0" * 25))
    assert (status, answer["error"]) == (429, "too_many")
    assert 1 <= int(headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b'{"code": 1}',
        b"\xff",
        b"[" * 5000,
        json.dumps(request("x", nonce="AB" * 32)).encode(),
        json.dumps(request("x", nonce="01" * 32 + "\n")).encode(),
        json.dumps(request("x", system="plan9")).encode(),
        json.dumps(request("x", version="\u0000")).encode(),
        json.dumps(request("x", extra=1)).encode(),
        json.dumps(request("x" * 201)).encode(),
    ],
)
def test_what_is_no_request_is_refused_with_a_reason(server, document):
    status, answer, _ = post(server, document)
    assert (status, answer["error"]) == (400, "malformed")


def test_a_long_body_is_refused(server):
    assert post(server, bytes(10_000))[0] == 413


def test_the_address_is_the_proxys_word_only_where_the_proxy_is_trusted(database):
    def guesses(server):
        return [
            post(server, request("0" * 25), **{"X-Forwarded-For": f"9.9.9.9, 10.0.0.{n}"})[0]
            for n in range(7)
        ]

    with RunningServer(database, lambda: NOW) as server:
        assert guesses(server)[-1] == 429
    with RunningServer(database, lambda: NOW, trusted_proxies=("127.0.0.1",)) as server:
        assert set(guesses(server)) == {403}


def test_orders_follow_the_plan(database, sender):
    etags = set()
    for seconds in (60, 120):
        plan = AgentPlan(round_seconds=seconds)
        with RunningServer(database, lambda: NOW, agents=plan) as server:
            found = get_config(server, sender.token)[1]
        assert (found["round_seconds"], found["report_seconds"]) == (seconds, 60)
        etags.add(found["etag"])
    assert len(etags) == 2


def test_orders_are_for_agents_in_good_standing(server, database, sender):
    assert get_config(server, "0" * 64)[0] == 401
    database.write(lambda c: set_state(c, sender.agent, AgentState.REVOKED, who="x", now=NOW))
    assert get_config(server, sender.token)[0] == 403
