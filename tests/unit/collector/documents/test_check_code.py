"""Check codes: the same facts the same code, every slip of the hand found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.documents.check_code import (
    ALPHABET,
    canonical,
    code_of,
    fingerprint,
    read_code,
    statement,
)
from support.letters import office_month

digests = st.binary(min_size=32, max_size=32)


@given(digests)
def test_a_code_reads_back_however_it_is_typed(sha256):
    """Small letters, Thai digits, no dashes, O for 0 and l for 1."""
    code = code_of(sha256)
    assert len(code) == 14
    typed = code.lower().replace("-", " ").translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert read_code(code) == read_code(typed) == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code


@given(digests, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(sha256, place, other):
    """Whatever stands in its place."""
    text = code_of(sha256).replace("-", "")
    wrong = text[:place] + other + text[place + 1 :]
    assert (read_code(wrong) is None) is (wrong != text)


@given(digests, st.integers(0, 11), st.integers(0, 11))
def test_every_two_that_changed_places_are_found(sha256, a, b):
    """Neighbours or not."""
    text = list(code_of(sha256).replace("-", ""))
    swapped = text.copy()
    swapped[a], swapped[b] = swapped[b], swapped[a]
    assert (read_code("".join(swapped)) is None) is (swapped != text)


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKMNP", "กขคง-กขคง-กขคง", "x" * 100_000])
def test_what_is_no_code_is_refused(typed):
    """Of whatever length."""
    assert read_code(typed) is None


def test_facts_have_one_spelling():
    """The order of keys does not matter; a number with a point has no place in it."""
    assert canonical({"b": 1, "a": "ก"}) == '{"a":"ก","b":1}'.encode()
    with pytest.raises(TypeError):
        canonical({"a": 0.1})
    with pytest.raises(TypeError):
        canonical({1: "a"})


def test_the_same_facts_have_the_same_code_and_others_another():
    """For each kind of document its own."""
    facts = office_month()
    codes = {code_of(fingerprint(statement(kind, facts))) for kind in ("memo", "notice", "memo")}
    assert len(codes) == 2
    other = office_month(standing="current")
    assert fingerprint(statement("memo", facts)) != fingerprint(statement("memo", other))
