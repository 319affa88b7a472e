"""Whatever reports a day holds, they come back to the byte; whatever becomes of the blob, nothing else does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import seal
from laaswatch_agent.report.model import LayerResult, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result
from laaswatch_collector.evidence.sealed import KeptReport, Unsealable, seal_day, unseal_day

times = st.integers(-(2**48), 2**48)
words = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True)
numbers = st.one_of(
    st.none(),
    st.integers(0, 600_000),
    st.floats(0, 600_000).map(lambda x: round(x, 1)),
    st.floats(0, 600_000).map(lambda x: round(x, 3)),
    st.floats(0, 600_000),
)
layers = st.builds(
    LayerResult,
    layer=st.sampled_from(Layer),
    target=st.sampled_from(("", "login")),
    result=st.sampled_from(Result),
    reason=st.sampled_from(Reason),
    ms=numbers,
    detail=st.sampled_from(("", "200", ",7,", "a=1,2.5,3")) | st.just("[5]").map(lambda x: x[1]),
)
rounds = st.builds(
    ProbeRound,
    at=times,
    mono=times,
    fault=st.sampled_from(Fault),
    rule=words,
    layers=st.lists(layers, max_size=3).map(tuple),
)
bodies = st.lists(rounds, max_size=3).map(tuple)
clocks = st.integers(-(2**50), 2**50)


@st.composite
def days(draw):
    """Reports of one day: chained or not, alike or not, some of them of no known form at all."""
    kinds = draw(st.lists(bodies, min_size=1, max_size=3))
    kept, previous = [], "0" * 64
    for seq in range(1, draw(st.integers(0, 12)) + 1):
        if draw(st.integers(0, 9)) == 0:
            previous = draw(st.sampled_from(("0" * 64, "ab" * 32)))
        line = draw(st.integers(0, 9)) and seal(
            Report(
                seq=seq, previous=previous, boot="b", made=draw(times), cadence=30.0, rules="2",
                agent_version="0.1.0", rounds=draw(st.sampled_from(kinds)),
            )
        )  # fmt: skip
        if not line:  # a line of some later format
            document = draw(st.dictionaries(st.text(max_size=5), st.floats() | st.text(max_size=9)))
            line = json.dumps(document).encode()
        previous = hash_of(line)
        kept.append(
            KeptReport(
                line, draw(clocks), draw(clocks), draw(clocks), draw(words),
                *(draw(st.none() | clocks) for _ in range(3)),
            )
        )  # fmt: skip
    return kept


@given(days())
def test_every_report_comes_back_to_the_byte(kept):
    assert unseal_day(seal_day(kept)) == kept


@given(days(), st.data())
def test_a_damaged_day_is_never_read_as_another(kept, data):
    blob = bytearray(seal_day(kept))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    try:
        found = unseal_day(bytes(blob))
    except ValueError:
        return
    assert found == kept


@given(st.binary(max_size=200))
def test_any_bytes_are_a_day_or_refused(data):
    with pytest.raises(ValueError, match=r"."):
        unseal_day(data)


def test_what_would_not_come_back_is_refused():
    kept = KeptReport(b'{"a":"\x01"}', 0, 0, 0, "b", None, None, None)
    with pytest.raises(Unsealable):
        seal_day([kept])
