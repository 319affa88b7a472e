"""Enrolment: a code as people type it, a secret that is on the disk before it is used."""

import hashlib
import json

import pytest

from laaswatch_agent.identity import (
    FILE_NAME,
    UNANSWERED,
    IdentityUnreadable,
    Office,
    adopt,
    load,
    normal_code,
    prepare,
)

CODE = "0123456789ABCDEFGHJKMNPQR"
ANSWER = {
    "agent": "a1b2",
    "state": "active",
    "role": "pc",
    "config_etag": "e1",
    "office": {
        "code": "05120101",
        "name_th": "อบต.ทดสอบ",
        "name_en": "Test TAO",
        "province": "51",
        "isp": "one",
    },
}


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "01234-56789-ABCDE-FGHJK-MNPQR",
        " o1234 56789 abcde fghjk mnpqr ",
        "OI234-56789-ABCDE-FGHJK-MNPQR",
        "0l234–56789–ABCDE–FGHJK–MNPQR",
        "๐๑๒๓๔-๕๖๗๘๙-ABCDE-FGHJK-MNPQR",
    ],
)
def test_a_code_as_people_type_it(typed):
    """Case, spaces, dashes, O for 0, I or l for 1, Thai digits: all the same code."""
    assert normal_code(typed) == CODE


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "0", CODE[:-1] + "U", CODE[:-1] + "ก"])
def test_what_cannot_be_a_code(typed):
    """A code with a letter too few or too many never leaves the PC."""
    assert normal_code(typed) is None


def test_the_same_code_asks_again_with_the_same_secret(tmp_path):
    """A lost answer: nonce and token are those that were on the disk before the first try."""
    first = prepare(tmp_path, "https://one", "", CODE)
    assert json.loads((tmp_path / UNANSWERED).read_text())["nonce"] == first.nonce
    again = prepare(tmp_path, "https://two", "", CODE)
    assert (again.nonce, again.token) == (first.nonce, first.token)
    assert again.collector == "https://two"
    other = prepare(tmp_path, "https://one", "", CODE[::-1])
    assert other.nonce != first.nonce
    assert load(tmp_path) is None


def test_only_the_hash_of_the_token_is_sent(tmp_path):
    """The collector can never know the secret itself."""
    mine = prepare(tmp_path, "https://one", "", CODE)
    asked = mine.request(CODE, "1.0")
    assert asked["token_sha256"] == hashlib.sha256(mine.token.encode()).hexdigest()
    assert mine.token not in json.dumps(asked)
    assert len(bytes.fromhex(mine.token)) == len(bytes.fromhex(mine.nonce)) == 32


def test_an_answer_makes_the_identity(tmp_path):
    """Agent, office and role are kept, readable by the agent's account alone."""
    mine = prepare(tmp_path, "https://one", "", CODE).accepted(ANSWER)
    adopt(tmp_path, mine)
    assert load(tmp_path) == mine
    assert mine.office == Office("05120101", "อบต.ทดสอบ", "Test TAO", "51", "one")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / UNANSWERED).exists()


@pytest.mark.parametrize("answer", [{}, {"agent": ""}, {"agent": 5}, {"agent": "../x"}])
def test_an_answer_without_an_agent_is_none(tmp_path, answer):
    """A portal's 200 enrols nobody."""
    with pytest.raises(ValueError, match="names no agent"):
        prepare(tmp_path, "https://one", "", CODE).accepted(answer)


@pytest.mark.parametrize("spoiled", ["", "{", "[]", '{"agent": 1}', "\x00"])
def test_a_spoiled_file_is_named(tmp_path, spoiled):
    """The error says which file; nothing is guessed."""
    (tmp_path / FILE_NAME).write_text(spoiled)
    with pytest.raises(IdentityUnreadable, match=FILE_NAME):
        load(tmp_path)


def test_a_spoiled_enrolment_is_made_anew(tmp_path):
    """An unanswered enrolment that cannot be read costs nothing but a new secret."""
    (tmp_path / UNANSWERED).write_text("{")
    assert prepare(tmp_path, "https://one", "", CODE).nonce
