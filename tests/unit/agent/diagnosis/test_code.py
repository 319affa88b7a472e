"""The code that is read over the phone opens the same ladder at the other end, or says that it was misheard."""

import pytest

from laaswatch_agent.diagnosis.code import PREFIXES, CodeError, Decoded, decode, encode
from laaswatch_agent.report.vocabulary import LAYERS, Fault, Layer, Reason, Result

RESULTS = {
    Layer.LINK: Result.OK,
    Layer.GATEWAY: Result.OK,
    Layer.DNS: Result.FAIL,
    Layer.REFERENCE: Result.OK,
    Layer.TCP: Result.SKIPPED,
    Layer.TLS: Result.SKIPPED,
    Layer.HTTP: Result.SKIPPED,
}


def test_a_known_code_never_changes_its_meaning():
    """Codes stand in letters; this one was given out by the first version."""
    code = encode(Fault.DNS, RESULTS, Reason.RESOLVER_TIMEOUT)
    assert code == "DN-06PHP"
    assert decode(code) == Decoded(Fault.DNS, RESULTS, Reason.RESOLVER_TIMEOUT)


def test_every_fault_has_a_prefix_of_its_own_that_can_be_read_aloud():
    assert set(PREFIXES) == set(Fault)
    assert len(set(PREFIXES.values())) == len(Fault)
    assert not set("ILOU") & set("".join(PREFIXES.values()))


def test_every_reason_fits():
    for reason in Reason:
        assert decode(encode(Fault.SITE_HTTP, RESULTS, reason)).reason is reason


def test_a_layer_that_is_missing_was_not_tried():
    assert decode(encode(Fault.UNKNOWN, {})).results == dict.fromkeys(LAYERS, Result.SKIPPED)


@pytest.mark.parametrize(
    "typed", ["dn-06php", "DN06PHP", " dn 06 php ", "DNO6PHP", "DN–๐๖PHP", "D.N.-.0.6.P.H.P"]
)
def test_codes_may_be_typed_as_they_were_heard(typed):
    assert decode(typed).fault is Fault.DNS


@pytest.mark.parametrize(
    "typed", ["", "DN", "DN-0N6C", "DN-0N6CCC", "ดีเอ็น-0N6", "DN-0N6C!", "\x00" * 7]
)
def test_what_is_no_code_is_refused_in_words(typed):
    with pytest.raises(CodeError, match="seven letters"):
        decode(typed)
