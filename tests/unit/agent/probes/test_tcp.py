"""A port that answers, refuses, says nothing; and certificates as they go wrong."""

import socket
import ssl
import threading

import pytest

from laaswatch_agent.probes import tcp, tls
from laaswatch_agent.probes.certificate import issuer_of
from laaswatch_agent.probes.result import Deadline, Task, within
from laaswatch_agent.report.vocabulary import Reason
from support.loopback import HOST, Authority, free_port, server, silent_port

SITE = "www.site.test"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "Antivirus Ltd")


def shake(port, ca_file, host=SITE, seconds=3.0):
    opened = tcp.connect((HOST,), port, Deadline(seconds)).socket
    assert opened is not None
    shaken = tls.shake_hands(opened, host, ca_file, Deadline(seconds))
    if shaken.socket is not None:
        shaken.socket.close()
    return shaken.reason


def quiet(_conversation):
    """A server that says nothing and closes."""


def test_an_open_port():
    with server(quiet) as port:
        opened = tcp.connect((HOST,), port, Deadline(3))
        assert opened.socket is not None
        opened.socket.close()
    assert (opened.address, opened.reason) == (HOST, Reason.NONE)
    assert 0 < opened.ms < 3000


def test_a_closed_port():
    closed = tcp.connect((HOST,), free_port(), Deadline(3))
    assert (closed.socket, closed.reason) == (None, Reason.REFUSED)


def test_a_port_that_drops_every_packet():
    with silent_port() as port:
        silent = tcp.connect((HOST,), port, Deadline(0.2))
    assert (silent.socket, silent.reason) == (None, Reason.TIMEOUT)
    assert 190 <= silent.ms < 2000


def test_the_next_address_is_tried():
    with server(quiet) as port:
        opened = tcp.connect(("127.0.0.9", HOST), port, Deadline(3))
        assert opened.socket is not None
        opened.socket.close()
    assert opened.address == HOST


def test_an_error_that_no_table_has_keeps_its_number(monkeypatch):
    def fails(*_):
        raise OSError(4711, "any text")

    monkeypatch.setattr(socket, "create_connection", fails)
    odd = tcp.connect((HOST,), 1, Deadline(1))
    assert (odd.reason, odd.said) == (Reason.UNKNOWN, "errno=4711")


def test_no_address_at_all():
    assert tcp.connect((), 1, Deadline(1)).reason is Reason.NO_KNOWN_ADDRESS


def test_a_host_or_pc_without_ipv6_says_nothing_of_it(monkeypatch):
    assert tcp.ipv6_answers((HOST,), 1, Deadline(1)) is None
    monkeypatch.setattr(tcp, "has_ipv6_route", lambda _: False)
    assert tcp.ipv6_answers((HOST, "2001:db8::1"), 1, Deadline(1)) is None


def test_ipv6_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(tcp, "has_ipv6_route", lambda _: True)
    assert tcp.ipv6_answers((HOST, "::1"), free_port(), Deadline(1)) == 0.0


def test_a_certificate_that_holds(authority):
    with server(quiet, authority.issue(SITE)) as port:
        assert shake(port, authority.file) is Reason.NONE


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda a, _: a.issue(SITE, start=-9, end=-1), Reason.CERTIFICATE_EXPIRED),
        (lambda a, _: a.issue(SITE, start=1, end=9), Reason.CERTIFICATE_NOT_YET_VALID),
        (lambda a, _: a.issue("other.test"), Reason.CERTIFICATE_WRONG_NAME),
        (lambda a, _: a.issue(SITE, own=True), Reason.CERTIFICATE_SELF_SIGNED),
        (lambda _, s: s.issue(SITE), Reason.CERTIFICATE_UNKNOWN_ISSUER),
    ],
    ids=["expired", "early", "name", "self-signed", "issuer"],
)
def test_a_certificate_that_does_not_hold(authority, stranger, make, reason):
    with server(quiet, make(authority, stranger)) as port:
        assert shake(port, authority.file) is reason


def test_a_handshake_that_is_cut(authority):
    with server(quiet) as port:
        assert shake(port, authority.file) is Reason.TLS_CUT


def test_a_handshake_that_never_comes(authority):
    done = threading.Event()
    with server(lambda _: done.wait(5)) as port:
        assert shake(port, authority.file, seconds=0.2) is Reason.TIMEOUT
        done.set()


def test_a_server_too_old(authority):
    def refuses(conversation):
        conversation.recv(4096)
        conversation.sendall(bytes.fromhex("15 0301 0002 02 46"))  # alert: protocol version

    with server(refuses) as port:
        assert shake(port, authority.file) is Reason.TLS_VERSION


def test_what_is_not_tls(authority):
    with server(lambda s: s.sendall(b"220 mail.example ready\r\n" * 9)) as port:
        assert shake(port, authority.file) is Reason.NOT_TLS


def test_who_signed_is_read_without_trust(stranger):
    with server(lambda s: s.recv(9), stranger.issue(SITE)) as port:
        issuers, stream = tls.look_without_trust(HOST, port, SITE, Deadline(3))
        assert stream is not None
        stream.close()
    assert issuers == ("Antivirus Ltd", "Antivirus Ltd R1")
    assert tls.among(issuers, ("the site's authority",)) == 0
    assert tls.among(issuers, ("ANTIVIRUS",)) == 1
    assert tls.among(issuers, ()) is None
    assert tls.look_without_trust(HOST, free_port(), SITE, Deadline(1)) == ((), None)


def test_every_cut_of_a_certificate_is_survived(authority):
    der = ssl.PEM_cert_to_DER_cert(authority.file.read_text())
    assert issuer_of(der) == ("The Site's Authority", "The Site's Authority R1")
    for end in range(len(der)):
        assert issuer_of(der[:end]) == ()


def test_work_with_a_limit():
    assert within(Deadline(5), lambda: 7) == 7
    stop = threading.Event()
    with pytest.raises(TimeoutError):
        within(Deadline(0.02), lambda: stop.wait(5))
    stop.set()
    with pytest.raises(ZeroDivisionError):
        within(Deadline(5), lambda: 1 // 0)
    task = Task(lambda: None)
    task.join(5)
    assert task.failure is None


def test_loopback_has_a_route_by_ipv6_or_says_no():
    assert tcp.has_ipv6_route("::1") in {True, False}
    assert socket.has_ipv6 in {True, False}
