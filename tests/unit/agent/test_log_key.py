"""The log's key as an agent pins it: what it thinks of each checkpoint that it is told."""

import pytest

from laaswatch_agent import ed25519
from laaswatch_agent.log_key import KEPT, Known, anybody_s, says, told
from laaswatch_agent.signed_note import SigningKey, note
from laaswatch_collector.evidence.checkpoint import Checkpoint
from laaswatch_collector.store.log_keys import handover_to

ORIGIN = "laaswatch.example/evidence/1"
FIRST, SECOND, THIRD = (SigningKey(ORIGIN, bytes([n]) * 32) for n in (1, 2, 3))
STRANGER = SigningKey(ORIGIN, bytes([9]) * 32)


def checkpoint(size):
    return Checkpoint(ORIGIN, size, bytes([size % 256]) * 32)


def tell(known, size, key=None, keys=()):
    """The agent is told of a checkpoint; `keys` is what the collector lists."""
    one = checkpoint(size)
    signed = note(one.text(), key.sign(one.text())) if key else None
    return told(known, str(one.beacon), signed, lambda: {"keys": list(keys)} if keys else {})


def row(key, handover=""):
    return {"key": str(key.verifier), "handover": handover}


def test_the_first_signed_checkpoint_pins_the_key():
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    assert (known.pinned, known.standing) == (str(FIRST.verifier), "signed")
    assert tell(known, 2, FIRST).standing == "signed"  # and nobody was asked


def test_a_log_without_a_key_is_none_to_speak_of():
    assert tell(Known("a"), 1) == Known("a")


def test_another_key_is_a_contradiction_and_stays_one():
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    doubted = tell(known, 2, STRANGER, [row(STRANGER)])
    assert (doubted.standing, doubted.pinned) == ("contradicted", str(FIRST.verifier))
    assert tell(doubted, 3, FIRST).standing == "signed"


def test_no_signature_after_signatures_is_told():
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    assert tell(known, 2).standing == "unsigned"


def test_keys_are_followed_as_each_names_the_next():
    rows = [
        row(FIRST),
        row(SECOND, handover_to(FIRST, SECOND.verifier)),
        row(THIRD, handover_to(SECOND, THIRD.verifier)),
    ]
    known = tell(Known("a"), 1, FIRST, rows[:1])
    moved = tell(known, 2, THIRD, rows)
    assert (moved.standing, moved.pinned) == ("signed", str(THIRD.verifier))


@pytest.mark.parametrize(
    "handover",
    [
        "",
        handover_to(STRANGER, SECOND.verifier),
        handover_to(FIRST, STRANGER.verifier),
        handover_to(FIRST, SECOND.verifier).replace("next key", "last key"),
        note(checkpoint(1).text(), FIRST.sign(checkpoint(1).text())),
    ],
)
def test_a_key_that_nobody_named_is_not_followed(handover):
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    rows = [row(FIRST), row(SECOND, handover)]
    assert tell(known, 2, SECOND, rows).standing == "contradicted"


def test_where_the_list_of_keys_cannot_be_had_nobody_is_accused():
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    assert tell(known, 2, SECOND).standing == "unchecked"
    assert tell(Known("a"), 1, FIRST).standing == "unchecked"


def test_a_note_of_another_checkpoint_than_the_beacon_contradicts():
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    other = checkpoint(7).text()
    told_other = told(known, str(checkpoint(2).beacon), note(other, FIRST.sign(other)), dict)
    assert told_other.standing == "contradicted"
    assert not says(other, "no beacon")


def test_without_the_library_the_text_is_kept(monkeypatch):
    monkeypatch.setattr(ed25519, "available", lambda: False)
    known = tell(Known("a"), 1, FIRST, [row(FIRST)])
    assert (known.standing, known.pinned, len(known.notes)) == ("unchecked", "", 1)


def test_the_last_signed_checkpoints_are_kept_and_read_back():
    known = Known("a")
    for size in range(1, KEPT + 10):
        known = tell(known, size, FIRST, [row(FIRST)])
    assert len(known.notes) == KEPT
    assert Known.from_text("a", known.to_text()) == known
    assert anybody_s(known.to_text()) == known
    assert Known.from_text("b", known.to_text()) == Known("b")


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", "[1,2,3]", '["a","","odd",[]]', '["a","","",1]']
)
def test_what_is_no_such_memory_is_none(text):
    assert Known.from_text("a", text) == Known("a")


@pytest.mark.parametrize("odd", [None, 7, [], {}, "x" * 3000, "", "\n\n", "— x y"])
def test_odd_notes_accuse_at_most(odd):
    assert told(Known("a"), "1.aa", odd, dict).standing in ("", "contradicted")
