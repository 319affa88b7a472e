"""Error numbers of Linux and Windows, and of name look-ups and certificates, become reasons."""

import errno
import socket
import ssl

import pytest

from laaswatch_agent.host.errors import name_reason, network_reason, tls_reason
from laaswatch_agent.report.vocabulary import Reason


class WindowsError(OSError):
    """As Python on Windows raises it: `winerror` beside `errno`."""

    def __init__(self, winerror):
        super().__init__(errno.EIO, "")
        self.winerror = winerror


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ETIMEDOUT, Reason.TIMEOUT),
        (errno.ECONNREFUSED, Reason.REFUSED),
        (errno.ECONNRESET, Reason.RESET),
        (errno.EPIPE, Reason.RESET),
        (errno.ENETUNREACH, Reason.NETWORK_UNREACHABLE),
        (errno.EADDRNOTAVAIL, Reason.NETWORK_UNREACHABLE),
        (errno.EHOSTUNREACH, Reason.HOST_UNREACHABLE),
        (errno.EPERM, Reason.BLOCKED_LOCALLY),
        (errno.EACCES, Reason.BLOCKED_LOCALLY),
        (errno.ENOSPC, Reason.UNKNOWN),
    ],
)
def test_posix_numbers(number, reason):
    assert network_reason(OSError(number, "any text")) is reason


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (10060, Reason.TIMEOUT),
        (121, Reason.TIMEOUT),
        (10061, Reason.REFUSED),
        (1225, Reason.REFUSED),
        (10054, Reason.RESET),
        (10053, Reason.RESET),
        (64, Reason.RESET),
        (10051, Reason.NETWORK_UNREACHABLE),
        (1231, Reason.NETWORK_UNREACHABLE),
        (10065, Reason.HOST_UNREACHABLE),
        (10013, Reason.BLOCKED_LOCALLY),
        (10022, Reason.UNKNOWN),
    ],
)
def test_windows_numbers(number, reason):
    assert network_reason(WindowsError(number)) is reason
    assert network_reason(OSError(number, "any text")) is reason


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (socket.EAI_NONAME, Reason.NXDOMAIN),
        (socket.EAI_AGAIN, Reason.RESOLVER_TIMEOUT),
        (socket.EAI_FAIL, Reason.SERVFAIL),
        (11001, Reason.NXDOMAIN),
        (11002, Reason.RESOLVER_TIMEOUT),
        (11003, Reason.SERVFAIL),
        (11004, Reason.NO_DATA),
        (4711, Reason.SERVFAIL),
    ],
)
def test_name_numbers(number, reason):
    assert name_reason(socket.gaierror(number, "any text")) is reason


def test_a_look_up_that_fails_on_the_network_says_so():
    assert name_reason(OSError(errno.ENETUNREACH, "")) is Reason.NETWORK_UNREACHABLE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (9, Reason.CERTIFICATE_NOT_YET_VALID),
        (10, Reason.CERTIFICATE_EXPIRED),
        (18, Reason.CERTIFICATE_SELF_SIGNED),
        (19, Reason.CERTIFICATE_UNKNOWN_ISSUER),
        (20, Reason.CERTIFICATE_UNKNOWN_ISSUER),
        (62, Reason.CERTIFICATE_WRONG_NAME),
        (64, Reason.CERTIFICATE_WRONG_NAME),
        (7, Reason.TLS_OTHER),
    ],
)
def test_certificate_codes(code, reason):
    error = ssl.SSLCertVerificationError(1, "any text")
    error.verify_code = code
    assert tls_reason(error) is reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ssl.SSLEOFError(8, "EOF"), Reason.TLS_CUT),
        (ConnectionResetError(errno.ECONNRESET, ""), Reason.TLS_CUT),
        (TimeoutError(), Reason.TIMEOUT),
        (ssl.SSLError(1, "whatever"), Reason.TLS_OTHER),
    ],
)
def test_handshakes_that_break(error, reason):
    assert tls_reason(error) is reason


def test_openssl_numbers_are_not_taken_for_the_systems():
    assert ssl.SSLError(1, "x").errno == errno.EPERM
    assert network_reason(ssl.SSLError(1, "x")) is Reason.RESET
