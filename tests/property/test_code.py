"""Whatever a ladder looks like its code gives it back, and one slip of the tongue is always noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.diagnosis.code import CodeError, decode, encode
from laaswatch_agent.report.vocabulary import LAYERS, Fault, Reason, Result

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ladders = st.fixed_dictionaries({layer: st.sampled_from(Result) for layer in LAYERS})
cases = st.tuples(st.sampled_from(Fault), ladders, st.sampled_from(Reason))


@given(cases)
def test_a_code_gives_back_what_it_was_made_of(case):
    found = decode(encode(*case))
    assert (found.fault, found.results, found.reason) == case


@given(cases, st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(case, place, other):
    code = encode(*case).replace("-", "")
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(CodeError):
            decode(wrong)


@given(cases, st.integers(0, 5))
def test_two_swapped_neighbours_are_noticed(case, place):
    code = encode(*case).replace("-", "")
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        with pytest.raises(CodeError):
            decode(wrong)


@given(st.text(max_size=20))
def test_whatever_is_typed_only_its_own_error_escapes(typed):
    try:
        found = decode(typed)
    except CodeError:
        return
    assert decode(encode(found.fault, found.results, found.reason)) == found
