"""From the systems' error numbers to reasons: one table for Linux, Windows and name look-ups.

Texts of errors differ by system and language; numbers do not. Windows' own numbers lie above 1000 and
cannot be mistaken for POSIX ones, so one table serves both.
"""

import errno
import socket
import ssl

from laaswatch_agent.report.vocabulary import Reason

# fmt: off
SYSTEM: dict[int, Reason] = {
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    errno.ECONNABORTED: Reason.RESET,
    errno.EPIPE: Reason.RESET,
    errno.ENETUNREACH: Reason.NETWORK_UNREACHABLE,
    errno.ENETDOWN: Reason.NETWORK_UNREACHABLE,
    errno.EADDRNOTAVAIL: Reason.NETWORK_UNREACHABLE,
    errno.EAFNOSUPPORT: Reason.NETWORK_UNREACHABLE,
    errno.EHOSTUNREACH: Reason.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Reason.HOST_UNREACHABLE,
    errno.EACCES: Reason.BLOCKED_LOCALLY,
    errno.EPERM: Reason.BLOCKED_LOCALLY,
    # Windows Sockets
    10013: Reason.BLOCKED_LOCALLY,      # WSAEACCES
    10047: Reason.NETWORK_UNREACHABLE,  # WSAEAFNOSUPPORT
    10049: Reason.NETWORK_UNREACHABLE,  # WSAEADDRNOTAVAIL
    10050: Reason.NETWORK_UNREACHABLE,  # WSAENETDOWN
    10051: Reason.NETWORK_UNREACHABLE,  # WSAENETUNREACH
    10052: Reason.RESET,                # WSAENETRESET
    10053: Reason.RESET,                # WSAECONNABORTED
    10054: Reason.RESET,                # WSAECONNRESET
    10058: Reason.RESET,                # WSAESHUTDOWN
    10060: Reason.TIMEOUT,              # WSAETIMEDOUT
    10061: Reason.REFUSED,              # WSAECONNREFUSED
    10064: Reason.HOST_UNREACHABLE,     # WSAEHOSTDOWN
    10065: Reason.HOST_UNREACHABLE,     # WSAEHOSTUNREACH
    # Windows itself, for the same things
    64: Reason.RESET,                   # ERROR_NETNAME_DELETED
    121: Reason.TIMEOUT,                # ERROR_SEM_TIMEOUT
    1225: Reason.REFUSED,               # ERROR_CONNECTION_REFUSED
    1231: Reason.NETWORK_UNREACHABLE,   # ERROR_NETWORK_UNREACHABLE
    1232: Reason.HOST_UNREACHABLE,      # ERROR_HOST_UNREACHABLE
    # IcmpSendEcho
    11002: Reason.NETWORK_UNREACHABLE,  # IP_DEST_NET_UNREACHABLE
    11003: Reason.HOST_UNREACHABLE,     # IP_DEST_HOST_UNREACHABLE
    11010: Reason.TIMEOUT,              # IP_REQ_TIMED_OUT
    11013: Reason.HOST_UNREACHABLE,     # IP_TTL_EXPIRED_TRANSIT
    11050: Reason.HOST_UNREACHABLE,     # IP_GENERAL_FAILURE: no route and no address
}

NAMES: dict[int, Reason] = {
    socket.EAI_NONAME: Reason.NXDOMAIN,
    socket.EAI_AGAIN: Reason.RESOLVER_TIMEOUT,
    socket.EAI_FAIL: Reason.SERVFAIL,
    # Windows Sockets
    11001: Reason.NXDOMAIN,             # WSAHOST_NOT_FOUND
    11002: Reason.RESOLVER_TIMEOUT,     # WSATRY_AGAIN
    11003: Reason.SERVFAIL,             # WSANO_RECOVERY
    11004: Reason.NO_DATA,              # WSANO_DATA
}
for _name in ("EAI_NODATA", "EAI_ADDRFAMILY"):  # not every system has them
    if hasattr(socket, _name):
        NAMES.setdefault(getattr(socket, _name), Reason.NO_DATA)

CERTIFICATES: dict[int, Reason] = {
    2: Reason.CERTIFICATE_UNKNOWN_ISSUER,   # unable to get issuer certificate
    9: Reason.CERTIFICATE_NOT_YET_VALID,
    10: Reason.CERTIFICATE_EXPIRED,
    18: Reason.CERTIFICATE_SELF_SIGNED,     # the certificate itself
    19: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # a self-signed one in the chain: an authority of somebody's own
    20: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # unable to get local issuer certificate
    21: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # unable to verify the first certificate
    27: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # not trusted for this purpose
    28: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # rejected
    62: Reason.CERTIFICATE_WRONG_NAME,      # host name mismatch
    64: Reason.CERTIFICATE_WRONG_NAME,      # IP address mismatch
}
# fmt: on

_OLD_PROTOCOL = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "NO_PROTOCOLS_AVAILABLE",
        "WRONG_SSL_VERSION",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "INAPPROPRIATE_FALLBACK",
        "DH_KEY_TOO_SMALL",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "NO_SHARED_CIPHER",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
    }
)
_CUT = frozenset({"UNEXPECTED_EOF_WHILE_READING", "EOF_OCCURRED_IN_VIOLATION_OF_PROTOCOL"})


def network_reason(error: OSError) -> Reason:
    """Why a conversation failed."""
    if isinstance(error, TimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, ssl.SSLError):  # its numbers are OpenSSL's own, not the system's
        return Reason.RESET
    for number in (getattr(error, "winerror", None), error.errno):
        if number in SYSTEM:
            return SYSTEM[number]
    return Reason.UNKNOWN


def name_reason(error: OSError) -> Reason:
    """Why the system's resolver gave no address."""
    if isinstance(error, socket.gaierror):
        return NAMES.get(error.errno or 0, Reason.SERVFAIL)
    return network_reason(error)


def tls_reason(error: OSError) -> Reason:
    """Why a TLS handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(error.verify_code, Reason.TLS_OTHER)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Reason.TLS_CUT
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "reason", None)  # errors that Python itself makes have none
        if why in _OLD_PROTOCOL:
            return Reason.TLS_VERSION
        return Reason.TLS_CUT if why in _CUT else Reason.TLS_OTHER
    reason = network_reason(error)
    return Reason.TLS_CUT if reason is Reason.RESET else reason
