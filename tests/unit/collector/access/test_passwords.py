"""Passwords are kept so that neither the file nor the clock gives them away."""

import unicodedata

import pytest

from laaswatch_collector.access.passwords import (
    LEAST_LENGTH,
    NOBODYS,
    WeakPassword,
    easy_to_guess,
    first_password,
    hashed,
    verify,
)
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.web.words import words_in

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
    "weak",
    [
        "",
        "short",
        "12345678901",
        "Password1234",
        "aaaaaaaaaaaaaaaa",
        "x" * 1000,
        "ab cd ef gh " * 11,
    ],
)
def test_a_weak_password_is_refused_in_words(weak):
    with pytest.raises(WeakPassword) as refused:
        hashed(weak)
    assert all(len(words_in(x).say(refused.value.message)) > 10 for x in LANGUAGES)


WORDS = (
    "password",
    "thailand",
    "chiangmai",
    "somchai",
    "laaswatch",
    "รหัสผ่าน",
    "qwertyuiop",
    "football",
)
ENDINGS = ("1234", "12345678", "2569", "2026!", "@2569", "123!@#", "0000", "_1")


def test_what_everybody_tries_first_is_refused():
    """Three thousand of them: words joined, repeated, dressed up with figures, years and signs."""
    tried = {
        text
        for first in WORDS
        for second in ("", *WORDS)
        for ending in ("", *ENDINGS)
        for joint in ("", ".", "-", " ")
        for text in (
            f"{first}{joint}{second}{ending}",
            f"{first}{joint}{second}{ending}".title().replace("o", "0").replace("a", "@"),
        )
        if len(text) >= LEAST_LENGTH
    }
    assert len(tried) > 3000
    assert [x for x in tried if not easy_to_guess(x)] == []


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        "correct horse battery staple",
        "แมวสามตัวข้ามสะพาน",
        "my cat drinks blue tea",
    ],
)
def test_a_few_words_that_do_not_belong_together_are_good(good):
    assert verify(good, hashed(good))


def test_the_own_name_is_easy_to_guess():
    assert easy_to_guess("Prayuthai.2569", "prayuthai")
    assert not easy_to_guess("Prayuthai.2569", "somebody")


def test_first_passwords_are_all_others_and_good():
    made = {first_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(x) == 19 and not easy_to_guess(x) for x in made)


@pytest.mark.parametrize("kept", ["", "plain", "scrypt$1$2", NOBODYS, "scrypt$x$8$1$AA==$AA=="])
def test_what_is_no_kept_password_matches_nothing(kept):
    assert not verify(GOOD, kept)
