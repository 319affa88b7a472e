"""The report format: what goes in comes out, and what is not a report is refused with a reason."""

import json

import pytest

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import (
    MAX_DELIVERY,
    MAX_SEALED,
    MalformedReport,
    pack_delivery,
    seal,
    unpack_delivery,
    unseal,
)
from laaswatch_agent.report.model import (
    NO_HASH,
    Delivery,
    Envelope,
    Gap,
    LayerResult,
    PresenceMark,
    ProbeRound,
    Report,
)
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result

ROUND = ProbeRound(
    at=1_790_000_000_000,
    mono=5_000,
    fault=Fault.DNS,
    rule="dns-fails",
    layers=(
        LayerResult(Layer.LINK, "", Result.OK, Reason.NONE, 0.1),
        LayerResult(Layer.DNS, "login", Result.FAIL, Reason.NXDOMAIN, 12.5),
        LayerResult(Layer.HTTP, "login", Result.SKIPPED, Reason.NO_KNOWN_ADDRESS, None),
    ),
    also=(Also.DNS_SLOW,),
)
REPORT = Report(
    seq=1,
    previous=NO_HASH,
    boot="b-1",
    made=1_790_000_001_000,
    cadence=30.0,
    rules="2026-11-23.1",
    agent_version="0.1.0",
    rounds=(ROUND,),
    presence=(PresenceMark(PresenceKind.ASLEEP, 1, "b-1", 2),),
    gaps=(Gap(3, 1, 2, "spool_full"),),
)
ENVELOPE = Envelope("agent-1", "0123456789abcdef", "b-1", 1_790_000_002_000, 7_000, 1)


def test_a_report_survives_sealing():
    assert unseal(seal(REPORT)) == REPORT


def test_a_sealed_report_is_one_line_of_ascii():
    sealed = seal(REPORT)
    assert b"\n" not in sealed
    assert sealed.isascii()


def test_a_delivery_keeps_sealed_lines_verbatim():
    sealed = seal(REPORT)
    delivery = unpack_delivery(pack_delivery(Delivery(ENVELOPE, (sealed,))))
    assert delivery.envelope == ENVELOPE
    assert hash_of(delivery.sealed[0]) == hash_of(sealed)


def changed(**fields):
    document = json.loads(seal(REPORT))
    document.update(fields)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("sealed", "why"),
    [
        (b"", "not one line"),
        (b"null", "an object is expected"),
        (b"[]", "an object is expected"),
        (b"[" * 100_000, "nested too deeply|not one line"),
        ("{}".encode("utf-16"), "not one line"),
        (b"\xef\xbb\xbf" + seal(REPORT), "not one line"),
        (seal(REPORT)[:-1], "not one line"),
        (seal(REPORT) + b"{}", "not one line"),
        (seal(REPORT).replace(b'"seq":1', b'"seq":1,"seq":1'), "appears twice"),
        (seal(REPORT).replace(b"30.0", b"NaN"), "not a number"),
        (seal(REPORT).replace(b"30.0", b"1e999"), "cadence"),
        (changed(extra=1), "unknown fields"),
        (changed(v=2), "format version"),
        (changed(v=True), "format version"),
        (changed(seq=True), "seq"),
        (changed(seq=0), "seq"),
        (changed(seq=2**64), "seq"),
        (changed(seq=1.0), "seq"),
        (changed(previous="x"), "previous"),
        (changed(boot="b\u0000"), "boot"),
        (changed(boot="\ud800"), "boot"),
        (changed(made=2**63), "made"),
        (changed(rounds=[[]] * 501), "at most 500"),
        (changed(rounds=[[1, 2]]), "rounds"),
        (changed(rounds=[[1, 2, "no_such_fault", "r", [], []]]), "not a Fault"),
        (
            changed(rounds=[[1, 2, "dns", "r", [["dns", "x", "fail", "none", -1, ""]], []]]),
            "number",
        ),
        (
            changed(rounds=[[1, 2, "dns", "r", [["dns", "x", "fail", "none", 1, "a\nb"]], []]]),
            "form",
        ),
        (changed(agent_version="x" * 65), "agent_version"),
        (b" " * (MAX_SEALED + 1), "at most"),
    ],
)
def test_what_is_no_report_is_refused_with_a_reason(sealed, why):
    with pytest.raises(MalformedReport, match=why):
        unseal(sealed)


def test_words_of_a_newer_agent_are_read_as_unknown():
    row = ["tcp", "login", "fail", "eaten_by_goats", 1, ""]
    one = unseal(changed(rounds=[[1, 2, "dns", "r", [row], ["moon_too_near", "dns_slow"]]])).rounds[
        0
    ]
    assert one.layers[0].reason is Reason.UNKNOWN
    assert one.also == (Also.DNS_SLOW,)
    for spoiled in ({"x": 1}, 7, "a b", None):
        with pytest.raises(MalformedReport):
            unseal(changed(rounds=[[1, 2, "dns", "r", [[*row[:3], spoiled, 1, ""]], []]]))
        with pytest.raises(MalformedReport):
            unseal(changed(rounds=[[1, 2, "dns", "r", [], [spoiled]]]))


def test_every_cut_of_a_report_is_refused():
    sealed = seal(REPORT)
    for end in range(len(sealed)):
        with pytest.raises(MalformedReport):
            unseal(sealed[:end])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not one line"),
        (pack_delivery(Delivery(ENVELOPE, ())), "announces 1 reports, 0 lines"),
        (pack_delivery(Delivery(ENVELOPE, (b"{}", b"{}"))), "announces 1 reports, 2 lines"),
        (b"x" * (MAX_DELIVERY + 1), "at most"),
        (
            pack_delivery(
                Delivery(Envelope("a b", "0123456789abcdef", "b", 1, 1, 0), ()),
            ),
            "agent",
        ),
        (pack_delivery(Delivery(Envelope("a", "xyz", "b", 1, 1, 0), ())), "incarnation"),
    ],
)
def test_what_is_no_delivery_is_refused_with_a_reason(body, why):
    with pytest.raises(MalformedReport, match=why):
        unpack_delivery(body)
