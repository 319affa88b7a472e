"""Whatever the bytes, the codec answers with a report or with MalformedReport, and nothing is lost on the way."""

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.report.codec import MalformedReport, seal, unpack_delivery, unseal
from laaswatch_agent.report.model import NO_HASH, LayerResult, ProbeRound, Report
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result

words = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True)
times = st.integers(-(2**48), 2**48)
layers = st.builds(
    LayerResult,
    layer=st.sampled_from(Layer),
    target=st.just("") | words,
    result=st.sampled_from(Result),
    reason=st.sampled_from(Reason),
    ms=st.none() | st.floats(0, 600_000),
    detail=st.from_regex(r"[A-Za-z0-9 _.:,/=-]{0,80}", fullmatch=True),
)
rounds = st.builds(
    ProbeRound,
    at=times,
    mono=times,
    fault=st.sampled_from(Fault),
    rule=words,
    layers=st.lists(layers, max_size=4).map(tuple),
    also=st.lists(st.sampled_from(Also), unique=True, max_size=3).map(tuple),
)
reports = st.builds(
    Report,
    seq=st.integers(1, 2**53),
    previous=st.just(NO_HASH),
    boot=words,
    made=times,
    cadence=st.floats(0.1, 86400),
    rules=words,
    agent_version=words,
    rounds=st.lists(rounds, max_size=3).map(tuple),
)


@given(reports)
def test_sealing_is_reversible_and_canonical(report):
    sealed = seal(report)
    assert unseal(sealed) == report
    assert seal(unseal(sealed)) == sealed


@given(st.binary(max_size=400))
def test_any_bytes_are_a_report_or_refused(data):
    for reader in (unseal, unpack_delivery):
        try:
            reader(data)
        except MalformedReport as error:
            assert str(error)


@given(reports, st.data())
def test_one_changed_byte_never_escapes_the_codec(report, data):
    sealed = bytearray(seal(report))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] = data.draw(st.integers(0, 255))
    try:
        unseal(bytes(sealed))
    except MalformedReport as error:
        assert str(error)
