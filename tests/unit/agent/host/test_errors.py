"""Error numbers of Linux and Windows, of names, echoes and certificates become reasons, number by number."""

import errno
import re
import socket
import ssl

import pytest

from laaswatch_agent.host import errors
from laaswatch_agent.host.errors import (
    echo_reason,
    name_reason,
    network_reason,
    number_of,
    tls_reason,
)
from laaswatch_agent.report.codec import _DETAIL
from laaswatch_agent.report.vocabulary import Reason

R = Reason
SAFE = re.compile(_DETAIL)


class WindowsError(OSError):
    """As Python on Windows raises it: `winerror` beside `errno`."""

    def __init__(self, winerror, number=errno.EIO):
        super().__init__(number, "")
        self.winerror = winerror


# Linux' numbers, as the kernel's tables have them: what connect, send and recv may say (ip(7), tcp(7)),
# what routes of the kinds prohibit, unreachable, throw and blackhole say, and what ICMP errors become.
LINUX = {
    1: R.BLOCKED_LOCALLY,  # EPERM: a local firewall
    4: R.UNKNOWN,  # EINTR
    5: R.UNKNOWN,  # EIO
    9: R.UNKNOWN,  # EBADF
    11: R.NO_RESOURCES,  # EAGAIN
    12: R.NO_RESOURCES,  # ENOMEM
    13: R.BLOCKED_LOCALLY,  # EACCES: a prohibiting route, a policy
    14: R.UNKNOWN,  # EFAULT
    19: R.NETWORK_UNREACHABLE,  # ENODEV
    22: R.UNKNOWN,  # EINVAL: a blackhole route says it, and mistakes of ours do
    23: R.NO_RESOURCES,  # ENFILE
    24: R.NO_RESOURCES,  # EMFILE
    28: R.UNKNOWN,  # ENOSPC
    32: R.RESET,  # EPIPE
    62: R.TIMEOUT,  # ETIME
    64: R.NETWORK_UNREACHABLE,  # ENONET
    71: R.UNKNOWN,  # EPROTO
    88: R.UNKNOWN,  # ENOTSOCK
    90: R.UNKNOWN,  # EMSGSIZE
    91: R.UNKNOWN,  # EPROTOTYPE
    92: R.HOST_UNREACHABLE,  # ENOPROTOOPT: ICMP protocol unreachable
    93: R.UNKNOWN,  # EPROTONOSUPPORT
    95: R.HOST_UNREACHABLE,  # EOPNOTSUPP: ICMP source route failed
    96: R.NETWORK_UNREACHABLE,  # EPFNOSUPPORT
    97: R.NETWORK_UNREACHABLE,  # EAFNOSUPPORT
    98: R.NO_RESOURCES,  # EADDRINUSE
    99: R.NETWORK_UNREACHABLE,  # EADDRNOTAVAIL
    100: R.NETWORK_UNREACHABLE,  # ENETDOWN
    101: R.NETWORK_UNREACHABLE,  # ENETUNREACH
    102: R.RESET,  # ENETRESET
    103: R.RESET,  # ECONNABORTED
    104: R.RESET,  # ECONNRESET
    105: R.NO_RESOURCES,  # ENOBUFS
    106: R.UNKNOWN,  # EISCONN
    107: R.RESET,  # ENOTCONN
    108: R.RESET,  # ESHUTDOWN
    110: R.TIMEOUT,  # ETIMEDOUT
    111: R.REFUSED,  # ECONNREFUSED
    112: R.HOST_UNREACHABLE,  # EHOSTDOWN
    113: R.HOST_UNREACHABLE,  # EHOSTUNREACH
    114: R.UNKNOWN,  # EALREADY
    115: R.UNKNOWN,  # EINPROGRESS
    121: R.UNKNOWN,  # EREMOTEIO: not Windows' 121
    132: R.NETWORK_UNREACHABLE,  # ERFKILL
    4711: R.UNKNOWN,
}

# Windows Sockets (winsock2.h), every number of it that a conversation may meet.
WINSOCK = {
    10004: R.UNKNOWN,
    10009: R.UNKNOWN,
    10013: R.BLOCKED_LOCALLY,
    10014: R.UNKNOWN,
    10022: R.UNKNOWN,
    10024: R.NO_RESOURCES,
    10035: R.UNKNOWN,
    10036: R.UNKNOWN,
    10037: R.UNKNOWN,
    10038: R.UNKNOWN,
    10039: R.UNKNOWN,
    10040: R.UNKNOWN,
    10041: R.UNKNOWN,
    10042: R.HOST_UNREACHABLE,
    10043: R.UNKNOWN,
    10044: R.UNKNOWN,
    10045: R.UNKNOWN,
    10046: R.NETWORK_UNREACHABLE,
    10047: R.NETWORK_UNREACHABLE,
    10048: R.NO_RESOURCES,
    10049: R.NETWORK_UNREACHABLE,
    10050: R.NETWORK_UNREACHABLE,
    10051: R.NETWORK_UNREACHABLE,
    10052: R.RESET,
    10053: R.RESET,
    10054: R.RESET,
    10055: R.NO_RESOURCES,
    10056: R.UNKNOWN,
    10057: R.RESET,
    10058: R.RESET,
    10060: R.TIMEOUT,
    10061: R.REFUSED,
    10064: R.HOST_UNREACHABLE,
    10065: R.HOST_UNREACHABLE,
    10067: R.NO_RESOURCES,
    10091: R.NETWORK_UNREACHABLE,
    10092: R.UNKNOWN,
    10093: R.UNKNOWN,
    10101: R.RESET,
    10107: R.UNKNOWN,
}

WINDOWS = {
    5: R.BLOCKED_LOCALLY,
    6: R.UNKNOWN,
    8: R.NO_RESOURCES,
    14: R.NO_RESOURCES,
    53: R.HOST_UNREACHABLE,
    59: R.RESET,
    64: R.RESET,
    121: R.TIMEOUT,
    995: R.UNKNOWN,
    1222: R.NETWORK_UNREACHABLE,
    1225: R.REFUSED,
    1229: R.RESET,
    1231: R.NETWORK_UNREACHABLE,
    1232: R.HOST_UNREACHABLE,
    1233: R.HOST_UNREACHABLE,
    1234: R.REFUSED,
    1235: R.RESET,
    1236: R.RESET,
    1256: R.HOST_UNREACHABLE,
    1450: R.NO_RESOURCES,
    1455: R.NO_RESOURCES,
    1460: R.TIMEOUT,
}

NAMES = {
    -1: R.UNKNOWN,  # EAI_BADFLAGS
    -2: R.NXDOMAIN,
    -3: R.RESOLVER_TIMEOUT,
    -4: R.SERVFAIL,
    -5: R.NO_DATA,
    -6: R.NO_DATA,
    -7: R.UNKNOWN,  # EAI_SOCKTYPE
    -8: R.UNKNOWN,  # EAI_SERVICE
    -9: R.NO_DATA,
    -10: R.NO_RESOURCES,
    -11: R.UNKNOWN,  # EAI_SYSTEM, which Python turns into the system's own error
    -12: R.UNKNOWN,  # EAI_OVERFLOW
    8: R.NO_RESOURCES,
    1460: R.RESOLVER_TIMEOUT,
    9002: R.SERVFAIL,
    9003: R.NXDOMAIN,
    9005: R.RESOLVER_REFUSED,
    9501: R.NO_DATA,
    9701: R.NO_DATA,
    10022: R.UNKNOWN,
    10044: R.UNKNOWN,
    10047: R.NO_DATA,
    10050: R.RESOLVER_UNREACHABLE,
    10051: R.RESOLVER_UNREACHABLE,
    10060: R.RESOLVER_TIMEOUT,
    10065: R.RESOLVER_UNREACHABLE,
    10093: R.UNKNOWN,
    10109: R.UNKNOWN,
    11001: R.NXDOMAIN,
    11002: R.RESOLVER_TIMEOUT,
    11003: R.SERVFAIL,
    11004: R.NO_DATA,
    4711: R.UNKNOWN,
}

ECHOES = {
    0: R.NONE,
    11001: R.UNKNOWN,
    11002: R.NETWORK_UNREACHABLE,
    11003: R.HOST_UNREACHABLE,
    11004: R.HOST_UNREACHABLE,
    11005: R.REFUSED,
    11006: R.NO_RESOURCES,
    11007: R.UNKNOWN,
    11008: R.NETWORK_UNREACHABLE,
    11009: R.UNKNOWN,
    11010: R.TIMEOUT,
    11011: R.UNKNOWN,
    11012: R.NETWORK_UNREACHABLE,
    11013: R.HOST_UNREACHABLE,
    11014: R.HOST_UNREACHABLE,
    11015: R.UNKNOWN,
    11016: R.TIMEOUT,
    11017: R.UNKNOWN,
    11018: R.HOST_UNREACHABLE,
    11032: R.BLOCKED_LOCALLY,
    11050: R.NETWORK_UNREACHABLE,
    11051: R.UNKNOWN,
}

# OpenSSL's X509_V_ERR_*, all that a client without revocation lists may meet.
CERTIFICATES = dict.fromkeys(range(1, 95), R.TLS_OTHER) | {
    2: R.CERTIFICATE_UNKNOWN_ISSUER,
    9: R.CERTIFICATE_NOT_YET_VALID,
    10: R.CERTIFICATE_EXPIRED,
    18: R.CERTIFICATE_SELF_SIGNED,
    19: R.CERTIFICATE_UNKNOWN_ISSUER,
    20: R.CERTIFICATE_UNKNOWN_ISSUER,
    21: R.CERTIFICATE_UNKNOWN_ISSUER,
    24: R.CERTIFICATE_UNKNOWN_ISSUER,
    27: R.CERTIFICATE_UNKNOWN_ISSUER,
    28: R.CERTIFICATE_UNKNOWN_ISSUER,
    62: R.CERTIFICATE_WRONG_NAME,
    64: R.CERTIFICATE_WRONG_NAME,
    79: R.CERTIFICATE_UNKNOWN_ISSUER,
}

OPENSSL = {
    "UNSUPPORTED_PROTOCOL": R.TLS_VERSION,
    "NO_PROTOCOLS_AVAILABLE": R.TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": R.TLS_VERSION,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": R.TLS_VERSION,
    "TLSV1_ALERT_INAPPROPRIATE_FALLBACK": R.TLS_VERSION,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": R.TLS_VERSION,
    "DH_KEY_TOO_SMALL": R.TLS_VERSION,
    "EE_KEY_TOO_SMALL": R.TLS_VERSION,
    "NO_SHARED_CIPHER": R.TLS_VERSION,
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": R.TLS_VERSION,
    "VERSION_TOO_LOW": R.TLS_VERSION,
    "WRONG_VERSION_NUMBER": R.NOT_TLS,
    "RECORD_LAYER_FAILURE": R.NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": R.NOT_TLS,
    "HTTP_REQUEST": R.NOT_TLS,
    "UNEXPECTED_EOF_WHILE_READING": R.TLS_CUT,
    "EOF_OCCURRED_IN_VIOLATION_OF_PROTOCOL": R.TLS_CUT,
    "TLSV1_ALERT_USER_CANCELLED": R.TLS_CUT,
    "TLSV1_ALERT_INTERNAL_ERROR": R.TLS_OTHER,
    "TLSV1_ALERT_ACCESS_DENIED": R.TLS_OTHER,
    "TLSV1_ALERT_UNKNOWN_CA": R.TLS_OTHER,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": R.TLS_OTHER,
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": R.TLS_OTHER,
    "something new": R.TLS_OTHER,
    None: R.TLS_OTHER,
}


@pytest.mark.skipif(errno.ECONNREFUSED != 111, reason="the numbers of Linux")
@pytest.mark.parametrize(("number", "reason"), LINUX.items())
def test_linux(number, reason):
    assert network_reason(OSError(number, "any text")) is reason


@pytest.mark.parametrize(("number", "reason"), WINSOCK.items())
def test_windows_sockets(number, reason):
    assert network_reason(WindowsError(number, number)) is reason
    assert network_reason(WindowsError(number)) is reason
    assert network_reason(OSError(number, "any text")) is reason


@pytest.mark.parametrize(("number", "reason"), WINDOWS.items())
def test_windows_itself(number, reason):
    assert network_reason(WindowsError(number)) is reason


@pytest.mark.parametrize(("number", "reason"), NAMES.items())
def test_names(number, reason):
    assert name_reason(socket.gaierror(number, "any text")) is reason


@pytest.mark.parametrize(("status", "reason"), ECHOES.items())
def test_echoes(status, reason):
    assert echo_reason(status) is reason


@pytest.mark.parametrize(("code", "reason"), CERTIFICATES.items())
def test_certificates(code, reason):
    error = ssl.SSLCertVerificationError(1, "any text")
    error.verify_code = code
    assert tls_reason(error) is reason


@pytest.mark.parametrize(("why", "reason"), OPENSSL.items(), ids=str)
def test_handshakes(why, reason):
    error = ssl.SSLError(1, "any text")
    error.reason = why
    assert tls_reason(error) is reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ssl.SSLEOFError(8, "EOF"), R.TLS_CUT),
        (ssl.SSLZeroReturnError(6, "closed"), R.TLS_CUT),
        (ConnectionResetError(errno.ECONNRESET, ""), R.TLS_CUT),
        (TimeoutError(), R.TIMEOUT),
        (ssl.SSLError(1, "whatever"), R.TLS_OTHER),
        (OSError(errno.EHOSTUNREACH, ""), R.HOST_UNREACHABLE),
    ],
)
def test_handshakes_that_break(error, reason):
    assert tls_reason(error) is reason


def test_the_tables_here_leave_no_entry_of_the_program_out():
    assert set(errors.WINDOWS_SOCKETS) <= set(WINSOCK)
    assert set(errors.WINDOWS) <= set(WINDOWS)
    assert set(errors.NAMES) <= set(NAMES)
    assert set(errors.ECHOES) <= set(ECHOES)
    assert set(errors.CERTIFICATES) <= set(CERTIFICATES)
    if errno.ECONNREFUSED == 111:
        assert set(errors.SYSTEM) <= set(LINUX) | set(WINSOCK)


def test_the_numbers_of_names_are_this_systems():
    assert NAMES[socket.EAI_NONAME] is R.NXDOMAIN
    assert NAMES[socket.EAI_AGAIN] is R.RESOLVER_TIMEOUT
    assert NAMES[socket.EAI_FAIL] is R.SERVFAIL


def test_a_look_up_that_fails_on_the_network_says_so():
    assert name_reason(OSError(errno.ENETUNREACH, "")) is R.NETWORK_UNREACHABLE


def test_openssl_numbers_are_not_taken_for_the_systems():
    assert ssl.SSLError(1, "x").errno == errno.EPERM
    assert network_reason(ssl.SSLError(1, "x")) is R.RESET


def _with(error, **fields):
    for name, value in fields.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "reason", "text"),
    [
        (OSError(errno.EPROTO, ""), R.UNKNOWN, f"errno={errno.EPROTO}"),
        (WindowsError(10022), R.UNKNOWN, "windows=10022"),
        (socket.gaierror(-8, ""), R.UNKNOWN, "eai=-8"),
        (OSError("no number"), R.UNKNOWN, "OSError"),
        (_with(ssl.SSLCertVerificationError(1, ""), verify_code=7), R.TLS_OTHER, "verify=7"),
        (_with(ssl.SSLError(1, ""), reason="BAD_LENGTH"), R.TLS_OTHER, "ssl=BAD_LENGTH"),
        (ssl.SSLError(1, ""), R.TLS_OTHER, "ssl=1"),
        (OSError(errno.ECONNREFUSED, ""), R.REFUSED, ""),
    ],
)
def test_what_is_unknown_carries_its_number(error, reason, text):
    assert number_of(error, reason) == text
    assert SAFE.fullmatch(text)
