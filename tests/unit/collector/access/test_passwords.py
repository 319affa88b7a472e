"""Passwords are kept so that neither the file nor the clock gives them away."""

import unicodedata

import pytest

from laaswatch_collector.access.passwords import NOBODYS, WeakPassword, hashed, verify

GOOD = "ฝนตกที่เชียงราย 42"


@pytest.fixture(scope="module")
def kept():
    return hashed(GOOD)


def test_the_right_password_and_no_other(kept):
    assert verify(GOOD, kept)
    assert not verify(GOOD + " ", kept)
    assert not verify("", kept)


def test_the_same_letters_from_another_keyboard(kept):
    assert verify(unicodedata.normalize("NFD", GOOD), kept)


def test_the_password_is_not_in_what_is_kept(kept):
    assert GOOD not in kept
    assert hashed(GOOD) != kept


@pytest.mark.parametrize(
    "weak", ["", "short", "12345678901", "Password1234", "aaaaaaaaaaaaaaaa", "x" * 1000]
)
def test_a_weak_password_is_refused_in_words(weak):
    with pytest.raises(WeakPassword, match="·"):
        hashed(weak)


@pytest.mark.parametrize("kept", ["", "plain", "scrypt$1$2", NOBODYS, "scrypt$x$8$1$AA==$AA=="])
def test_what_is_no_kept_password_matches_nothing(kept):
    assert not verify(GOOD, kept)
