"""`enroll`: one command from the letter to an enrolled PC; every failure says what to do, in Thai first."""

import json

import pytest

from laaswatch_agent import identity
from laaswatch_agent.cli.main import main
from laaswatch_agent.report.fingerprint import spoken
from support.agents import Counterpart, reply

CODE = "01234-56789-ABCDE-FGHJK-MNPQR"
ACCEPTED = {
    "agent": "a1b2",
    "state": "active",
    "role": "pc",
    "config_etag": "e1",
    "office": {"code": "05120101", "name_th": "อบต.ทดสอบ", "name_en": "Test TAO", "province": "51"},
}


def enroll(folder, address, *more, code=CODE):
    command = ["enroll", "--state-dir", str(folder), "--code", code]
    return main([*command, *(["--collector", address] if address else []), *more])


def test_the_letter_becomes_an_agent(tmp_path, capsys):
    """The code goes in the body, the secret stays; asking once more asks nobody."""
    with Counterpart(lambda *_: reply(200, ACCEPTED)) as server:
        assert enroll(tmp_path, server.address) == 0
        assert enroll(tmp_path, server.address) == 0
        ((method, path, _, body),) = server.seen
    mine = identity.load(tmp_path)
    assert (method, path) == ("POST", "/v1/enrolments")
    asked = json.loads(body)
    assert asked["code"] == CODE.replace("-", "")
    assert mine.token not in body.decode()
    assert set(asked) == {"code", "nonce", "token_sha256", "system", "version"}
    assert (mine.agent, mine.office.code, mine.collector) == ("a1b2", "05120101", server.address)
    out = capsys.readouterr().out
    assert out.index("ลงทะเบียนเรียบร้อย: อบต.ทดสอบ") < out.index("Enrolled: Test TAO")
    assert "enrolled already" in out


def test_a_lost_answer_is_asked_again_as_the_same_agent(tmp_path, capsys):
    """The collector took us in but its answer was lost: the second try carries the same nonce."""
    lost = [True]

    def handler(*_):
        return None if lost.pop() else reply(200, ACCEPTED)

    lost[:] = [False, True]
    with Counterpart(handler) as server:
        assert enroll(tmp_path, server.address) == 1
        assert "run the same command again" in capsys.readouterr().out
        assert enroll(tmp_path, server.address) == 0
        first, second = (json.loads(body) for *_, body in server.seen)
    assert first == second


def test_a_refused_code(tmp_path, capsys):
    """One text, whatever was wrong with the code; the working identity of before is kept."""
    with Counterpart(lambda *_: reply(200, ACCEPTED)) as server:
        enroll(tmp_path, server.address)
    before = identity.load(tmp_path)
    with Counterpart(lambda *_: reply(403, {"error": "code_refused"})) as server:
        assert enroll(tmp_path, server.address, "--again") == 2
    assert "ตัวรวบรวมไม่รับรหัสนี้" in capsys.readouterr().out
    assert identity.load(tmp_path) == before


def test_pending_is_said(tmp_path, capsys):
    """Where somebody has to confirm the PC first, the officer is told."""
    with Counterpart(lambda *_: reply(200, {**ACCEPTED, "state": "pending"})) as server:
        assert enroll(tmp_path, server.address) == 0
    said = capsys.readouterr().out
    assert "รอเจ้าหน้าที่ยืนยัน" in said
    assert all(words in said for words in spoken(identity.load(tmp_path).nonce))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(429, {"error": "busy"}, Retry_After="30"), "in 30 seconds"),
        (reply(503), "in 60 seconds"),
        (reply(200, {"hello": 1}), "not a laaswatch collector"),
        ((200, {}, b"<html>sign in</html>"), "sign in to the network first"),
        (reply(404, {"error": "x", "message_th": "ไทย", "message_en": "Eng"}), "Eng"),
    ],
)
def test_other_answers(tmp_path, capsys, answer, words):
    """Busy, a portal, a stranger: what to do stands there, and nothing is enrolled."""
    with Counterpart(lambda *_: answer) as server:
        assert enroll(tmp_path, server.address) == 1
    assert words in capsys.readouterr().out
    assert identity.load(tmp_path) is None


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("", CODE, "--collector https://"),
        ("http://127.0.0.1:1", "too-short", "25 letters and digits"),
        ("gopher://x", CODE, "Not the address"),
    ],
)
def test_what_was_typed_wrong(tmp_path, capsys, address, code, words):
    """Mistyped options are caught before anything is sent."""
    assert enroll(tmp_path, address, code=code) == 2
    assert words in capsys.readouterr().out


def test_nobody_there(tmp_path, capsys):
    """A collector that is not running is named, not traced back."""
    assert enroll(tmp_path, "http://127.0.0.1:9") == 1
    assert "refuses the connection" in capsys.readouterr().out


def test_a_folder_that_cannot_be_used(tmp_path, capsys):
    """The folder and the system's reason are named."""
    (tmp_path / "file").write_text("")
    assert enroll(tmp_path / "file" / "sub", "http://127.0.0.1:9") == 3
    assert "Cannot keep the enrolment" in capsys.readouterr().out


def test_a_secret_never_leaves_in_the_clear_unasked(tmp_path, capsys):
    """Plain http to another machine is refused before anything is made or sent."""
    assert enroll(tmp_path / "new", "http://collector.test") == 2
    assert "ไม่เข้ารหัส" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()
