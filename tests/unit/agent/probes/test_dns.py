"""Names: what resolvers say, and what they do not."""

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.probes import dns, dns_message
from laaswatch_agent.probes.dns import ask, ask_system, look_up, system_resolvers
from laaswatch_agent.probes.result import Deadline
from laaswatch_agent.report.vocabulary import Layer, Reason, Result
from support.loopback import HOST, free_port, resolver

SITE = "www.site.test"


@pytest.fixture
def quick(monkeypatch):
    """Resend after milliseconds."""
    monkeypatch.setattr(dns, "RESENDS", (0.03, 0.03))


def test_addresses_of_both_families_ipv4_first():
    with resolver({SITE: ["2001:db8::7", "192.0.2.7", "192.0.2.8"]}) as server:
        found = ask(server.address, SITE, Deadline(2))
    assert found.addresses == ("192.0.2.7", "192.0.2.8", "2001:db8::7")
    assert found.reason is Reason.NONE
    row = found.row("login")
    assert (row.layer, row.result, row.target) == (Layer.DNS, Result.OK, "login")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (3, Reason.NXDOMAIN),
        (2, Reason.SERVFAIL),
        (5, Reason.RESOLVER_REFUSED),
        (4, Reason.SERVFAIL),
    ],
)
def test_what_a_resolver_says_of_a_name_it_does_not_give(code, reason):
    with resolver(code=code) as server:
        found = ask(server.address, SITE, Deadline(2))
    assert (found.addresses, found.reason) == ((), reason)


def test_a_name_without_addresses():
    with resolver({SITE: []}) as server:
        assert ask(server.address, SITE, Deadline(2)).reason is Reason.NO_DATA


def test_a_silent_resolver_is_asked_again_and_given_up(quick):
    with resolver(silent=True) as server:
        found = ask(server.address, SITE, Deadline(2))
    assert found.reason is Reason.RESOLVER_TIMEOUT
    assert len(server.asked) == 4  # twice, for both kinds of address
    assert found.ms < 1000


def test_a_resolver_that_is_not_there():
    assert ask((HOST, free_port()), SITE, Deadline(2)).reason is Reason.RESOLVER_UNREACHABLE


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".test", ".".join(["abcdefgh"] * 40)])
def test_what_is_no_name(name):
    assert ask((HOST, free_port()), name, Deadline(1)).reason is Reason.NXDOMAIN


def test_the_system_knows_this_pc():
    found = ask_system("localhost", Deadline(5))
    assert "127.0.0.1" in found.addresses
    assert look_up("localhost", None, Deadline(5)).addresses == found.addresses


def test_a_system_that_never_answers_costs_no_more_than_the_deadline(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5))
    found = ask_system(SITE, Deadline(0.05))
    released.set()
    assert found.reason is Reason.RESOLVER_TIMEOUT
    assert found.ms < 1000


def test_a_system_that_waits_for_a_lost_packet_is_helped_out(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5))
    monkeypatch.setattr(dns, "SYSTEM_PATIENCE", 0.05)
    with resolver({SITE: ["192.0.2.7"]}) as server:
        monkeypatch.setattr(dns, "system_resolvers", lambda: [server.address])
        found = ask_system(SITE, Deadline(5))
    released.set()
    assert found.addresses == ("192.0.2.7",)
    assert found.ms >= 50


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        (socket.EAI_NONAME, 3, Reason.NXDOMAIN),
        (socket.EAI_AGAIN, 2, Reason.SERVFAIL),
        (socket.EAI_AGAIN, 5, Reason.RESOLVER_REFUSED),
    ],
)
def test_a_vague_system_error_is_asked_about_again(monkeypatch, code, said, reason):
    def failing(*_, **__):
        raise socket.gaierror(code, "")

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    with resolver(code=said) as server:
        monkeypatch.setattr(dns, "system_resolvers", lambda: [server.address])
        assert ask_system(SITE, Deadline(2)).reason is reason


def test_resolv_conf(tmp_path):
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nnameserver 192.0.2.53\nsearch a.test\n nameserver ::1\nnameserver bad\n")
    assert system_resolvers(file) == [("192.0.2.53", 53), ("::1", 53)]
    assert system_resolvers(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("address", "inward"),
    [("10.1.2.3", True), ("127.0.0.1", True), ("0.0.0.0", True), ("8.8.8.8", False)],
)
def test_addresses_that_no_public_name_should_have(address, inward):
    assert dns.is_inward(address) is inward


ASKED = dns_message.question(7, SITE, dns_message.A)


def _reply(number=7, flags=0x8180, question=ASKED[12:], records=b"", count=0):
    return struct.pack(">6H", number, flags, 1, count, 0, 0) + question + records


def test_an_alias_before_the_address():
    alias = b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 1, 2) + b"\xc0\x0c"
    address = b"\x01x\xc0\x10" + struct.pack(">HHIH", 1, 1, 1, 4) + bytes([192, 0, 2, 7])
    found = dns_message.answer(_reply(records=alias + address, count=2), ASKED)
    assert found is not None
    assert found.addresses == ("192.0.2.7",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        _reply(number=8),
        _reply(flags=0x0180),
        _reply(question=dns_message.question(7, "other.test", 1)[12:]),
        _reply(count=1),
        _reply(count=1, records=b"\x80"),
        _reply(count=1, records=b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 3) + b"abc"),
    ],
)
def test_datagrams_that_are_no_answer(data):
    assert dns_message.answer(data, ASKED) is None


@given(st.binary(max_size=80))
def test_no_datagram_makes_it_stumble(data):
    dns_message.answer(data, ASKED)
    dns_message.answer(ASKED[:2] + b"\x81\x80" + data, ASKED)


def test_a_name_that_fails_for_no_known_reason_keeps_the_number(monkeypatch):
    def fails(*_, **__):
        raise socket.gaierror(-8, "any text")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    row = ask_system(SITE, Deadline(1)).row("login")
    assert (row.reason, row.detail) == (Reason.UNKNOWN, "eai=-8")
