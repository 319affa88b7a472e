"""Six words for people to compare: stable, distinct, in both languages."""

import re

from laaswatch_agent.report.fingerprint import VOCABULARY, fingerprint, spoken

NONCE = "ab" * 32


def test_each_byte_has_its_own_word_in_both_languages():
    """256 positions; no word stands for two bytes, in neither language."""
    assert len(VOCABULARY) == 256
    assert len({thai for thai, _ in VOCABULARY}) == 256
    assert len({english for _, english in VOCABULARY}) == 256
    assert all(re.fullmatch("[\u0e01-\u0e4e]+", thai) for thai, _ in VOCABULARY)
    assert all(re.fullmatch("[a-z]+", english) for _, english in VOCABULARY)


def test_the_words_of_a_nonce_never_change():
    """What an office wrote down last year must still fit: the list and the rule are a contract."""
    assert spoken(NONCE)[1] == "dolphin – river – calendar – rain – grass – dolphin"


def test_another_nonce_has_other_words():
    """One bit apart, and nothing looks alike."""
    other = fingerprint("ab" * 31 + "aa")
    assert len(set(other) & set(fingerprint(NONCE))) <= 1
