"""Signed notes to the byte, as others write and read them."""

import base64
import hashlib

import pytest

from laaswatch_agent import ed25519
from laaswatch_agent.signed_note import (
    SigningKey,
    VerifierKey,
    is_signed,
    note,
    parts,
    read_signing_key,
    read_verifier_key,
)

# The example of Go's golang.org/x/mod/sumdb/note, which everybody's implementation is tried on.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
KEY = SigningKey("laaswatch.example/evidence/1", bytes(range(32)))


def test_the_note_that_everybody_knows():
    key = read_verifier_key(PETER)
    assert (key.name, key.id.hex(), str(key)) == ("PeterNeumann", "c74f20a3", PETER)
    assert is_signed(TEXT, SIGNATURE, key)
    assert not is_signed(TEXT.replace("your", "my"), SIGNATURE, key)


def test_what_is_signed_is_read_back():
    signed = note(TEXT, KEY.sign(TEXT))
    assert parts(signed) == (TEXT, KEY.sign(TEXT))
    assert parts(TEXT) == (TEXT, "")
    assert is_signed(*parts(signed), KEY.verifier)
    assert read_signing_key(f"{KEY.secret_text()}\n") == KEY
    assert read_verifier_key(f" {KEY.verifier}\n") == KEY.verifier


def test_the_line_is_the_key_s_id_and_the_signature():
    line = KEY.sign(TEXT).removesuffix("\n")
    dash, name, encoded = line.split(" ")
    signed = base64.b64decode(encoded)
    public = ed25519.public_of(KEY.seed)
    wanted = hashlib.sha256(KEY.name.encode() + b"\n\x01" + public).digest()[:4]
    assert (dash, name, signed[:4], len(signed)) == ("\u2014", KEY.name, wanted, 68)


def test_lines_of_others_are_passed_over():
    """A witness may sign too, and a line that nobody can read is nobody's."""
    other = SigningKey("witness.example", bytes(32))
    lines = other.sign(TEXT) + "— somebody AAAA\nnot a line\n" + KEY.sign(TEXT)
    assert is_signed(TEXT, lines, KEY.verifier)
    assert is_signed(TEXT, lines, other.verifier)
    assert not is_signed(TEXT, other.sign(TEXT), KEY.verifier)
    assert not is_signed(TEXT, "", KEY.verifier)


def test_another_key_of_the_same_name_signs_nothing_of_ours():
    impostor = SigningKey(KEY.name, bytes(32))
    assert not is_signed(TEXT, impostor.sign(TEXT), KEY.verifier)
    forged = impostor.sign(TEXT).replace(
        base64.b64encode(impostor.verifier.id)[:5].decode(),
        base64.b64encode(KEY.verifier.id)[:5].decode(),
    )
    assert not is_signed(TEXT, forged, KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Somebody"),
        PETER.replace("+AR", "+AB"),
        PETER + "AAAA",
        "with space+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="no key"):
        read_verifier_key(text)


@pytest.mark.parametrize("text", ["", PETER, KEY.secret_text().replace("laas", "naas")])
def test_what_is_no_secret_key_is_refused(text):
    with pytest.raises(ValueError, match="no secret key"):
        read_signing_key(text)


def test_a_key_has_32_bytes():
    with pytest.raises(ValueError, match="no key"):
        VerifierKey("name", b"short")
