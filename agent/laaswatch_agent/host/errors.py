"""From the systems' error numbers to reasons: a table each for sockets, names, echoes and certificates.

Texts of errors differ by system and language; numbers do not. Windows Sockets' numbers (10000 and more) mean
the same wherever they turn up; Windows' own smaller ones only count where Python marks them as Windows',
since 64 or 121 are something else elsewhere. The same number may mean one thing of a name and another of
an echo, hence the separate tables.

What stands in no table is `unknown`, or `tls_other`, and `number_of` says which number it was: nothing is
passed off as something that it resembles.
"""

import errno
import socket
import ssl

from laaswatch_agent.report.vocabulary import Reason

# fmt: off
_POSIX: dict[str, Reason] = {
    "ETIMEDOUT": Reason.TIMEOUT,
    "ETIME": Reason.TIMEOUT,
    "ECONNREFUSED": Reason.REFUSED,
    "ECONNRESET": Reason.RESET,
    "ECONNABORTED": Reason.RESET,
    "ENETRESET": Reason.RESET,
    "EPIPE": Reason.RESET,
    "ESHUTDOWN": Reason.RESET,
    "ENOTCONN": Reason.RESET,
    "ENETUNREACH": Reason.NETWORK_UNREACHABLE,
    "ENETDOWN": Reason.NETWORK_UNREACHABLE,
    "ENONET": Reason.NETWORK_UNREACHABLE,
    "ENODEV": Reason.NETWORK_UNREACHABLE,     # the interface went away
    "EADDRNOTAVAIL": Reason.NETWORK_UNREACHABLE,
    "EAFNOSUPPORT": Reason.NETWORK_UNREACHABLE,
    "EPFNOSUPPORT": Reason.NETWORK_UNREACHABLE,
    "ERFKILL": Reason.NETWORK_UNREACHABLE,    # the Wi-Fi's switch
    "EHOSTUNREACH": Reason.HOST_UNREACHABLE,
    "EHOSTDOWN": Reason.HOST_UNREACHABLE,
    "ENOPROTOOPT": Reason.HOST_UNREACHABLE,   # ICMP: protocol unreachable
    "EOPNOTSUPP": Reason.HOST_UNREACHABLE,    # ICMP: source route failed
    "EACCES": Reason.BLOCKED_LOCALLY,
    "EPERM": Reason.BLOCKED_LOCALLY,
    "EMFILE": Reason.NO_RESOURCES,
    "ENFILE": Reason.NO_RESOURCES,
    "ENOBUFS": Reason.NO_RESOURCES,
    "ENOMEM": Reason.NO_RESOURCES,
    "EADDRINUSE": Reason.NO_RESOURCES,        # no port is left
    "EAGAIN": Reason.NO_RESOURCES,            # connect: no port, no room for a route
}

WINDOWS_SOCKETS: dict[int, Reason] = {
    10013: Reason.BLOCKED_LOCALLY,      # WSAEACCES
    10024: Reason.NO_RESOURCES,         # WSAEMFILE
    10042: Reason.HOST_UNREACHABLE,     # WSAENOPROTOOPT
    10046: Reason.NETWORK_UNREACHABLE,  # WSAEPFNOSUPPORT
    10047: Reason.NETWORK_UNREACHABLE,  # WSAEAFNOSUPPORT
    10048: Reason.NO_RESOURCES,         # WSAEADDRINUSE
    10049: Reason.NETWORK_UNREACHABLE,  # WSAEADDRNOTAVAIL
    10050: Reason.NETWORK_UNREACHABLE,  # WSAENETDOWN
    10051: Reason.NETWORK_UNREACHABLE,  # WSAENETUNREACH
    10052: Reason.RESET,                # WSAENETRESET
    10053: Reason.RESET,                # WSAECONNABORTED
    10054: Reason.RESET,                # WSAECONNRESET
    10055: Reason.NO_RESOURCES,         # WSAENOBUFS
    10057: Reason.RESET,                # WSAENOTCONN
    10058: Reason.RESET,                # WSAESHUTDOWN
    10060: Reason.TIMEOUT,              # WSAETIMEDOUT
    10061: Reason.REFUSED,              # WSAECONNREFUSED
    10064: Reason.HOST_UNREACHABLE,     # WSAEHOSTDOWN
    10065: Reason.HOST_UNREACHABLE,     # WSAEHOSTUNREACH
    10067: Reason.NO_RESOURCES,         # WSAEPROCLIM
    10091: Reason.NETWORK_UNREACHABLE,  # WSASYSNOTREADY
    10101: Reason.RESET,                # WSAEDISCON
}

WINDOWS: dict[int, Reason] = {
    5: Reason.BLOCKED_LOCALLY,          # ERROR_ACCESS_DENIED
    8: Reason.NO_RESOURCES,             # ERROR_NOT_ENOUGH_MEMORY
    14: Reason.NO_RESOURCES,            # ERROR_OUTOFMEMORY
    53: Reason.HOST_UNREACHABLE,        # ERROR_BAD_NETPATH
    59: Reason.RESET,                   # ERROR_UNEXP_NET_ERR
    64: Reason.RESET,                   # ERROR_NETNAME_DELETED
    121: Reason.TIMEOUT,                # ERROR_SEM_TIMEOUT
    1222: Reason.NETWORK_UNREACHABLE,   # ERROR_NO_NETWORK
    1225: Reason.REFUSED,               # ERROR_CONNECTION_REFUSED
    1229: Reason.RESET,                 # ERROR_CONNECTION_INVALID
    1231: Reason.NETWORK_UNREACHABLE,   # ERROR_NETWORK_UNREACHABLE
    1232: Reason.HOST_UNREACHABLE,      # ERROR_HOST_UNREACHABLE
    1233: Reason.HOST_UNREACHABLE,      # ERROR_PROTOCOL_UNREACHABLE
    1234: Reason.REFUSED,               # ERROR_PORT_UNREACHABLE
    1235: Reason.RESET,                 # ERROR_REQUEST_ABORTED
    1236: Reason.RESET,                 # ERROR_CONNECTION_ABORTED
    1256: Reason.HOST_UNREACHABLE,      # ERROR_HOST_DOWN
    1450: Reason.NO_RESOURCES,          # ERROR_NO_SYSTEM_RESOURCES
    1455: Reason.NO_RESOURCES,          # ERROR_COMMITMENT_LIMIT
    1460: Reason.TIMEOUT,               # ERROR_TIMEOUT
}

NAMES: dict[int, Reason] = {
    # glibc and musl
    -2: Reason.NXDOMAIN,                # EAI_NONAME
    -3: Reason.RESOLVER_TIMEOUT,        # EAI_AGAIN
    -4: Reason.SERVFAIL,                # EAI_FAIL
    -5: Reason.NO_DATA,                 # EAI_NODATA
    -6: Reason.NO_DATA,                 # EAI_FAMILY
    -9: Reason.NO_DATA,                 # EAI_ADDRFAMILY
    -10: Reason.NO_RESOURCES,           # EAI_MEMORY
    # Windows Sockets
    8: Reason.NO_RESOURCES,             # WSA_NOT_ENOUGH_MEMORY
    10047: Reason.NO_DATA,              # WSAEAFNOSUPPORT
    10050: Reason.RESOLVER_UNREACHABLE,  # WSAENETDOWN
    10051: Reason.RESOLVER_UNREACHABLE,  # WSAENETUNREACH
    10060: Reason.RESOLVER_TIMEOUT,     # WSAETIMEDOUT
    10065: Reason.RESOLVER_UNREACHABLE,  # WSAEHOSTUNREACH
    11001: Reason.NXDOMAIN,             # WSAHOST_NOT_FOUND
    11002: Reason.RESOLVER_TIMEOUT,     # WSATRY_AGAIN
    11003: Reason.SERVFAIL,             # WSANO_RECOVERY
    11004: Reason.NO_DATA,              # WSANO_DATA
    # Windows' own client for names
    1460: Reason.RESOLVER_TIMEOUT,      # ERROR_TIMEOUT
    9002: Reason.SERVFAIL,              # DNS_ERROR_RCODE_SERVER_FAILURE
    9003: Reason.NXDOMAIN,              # DNS_ERROR_RCODE_NAME_ERROR
    9005: Reason.RESOLVER_REFUSED,      # DNS_ERROR_RCODE_REFUSED
    9501: Reason.NO_DATA,               # DNS_INFO_NO_RECORDS
    9701: Reason.NO_DATA,               # DNS_ERROR_RECORD_DOES_NOT_EXIST
}

ECHOES: dict[int, Reason] = {
    0: Reason.NONE,                     # IP_SUCCESS
    11001: Reason.UNKNOWN,              # IP_BUF_TOO_SMALL: a mistake of ours
    11002: Reason.NETWORK_UNREACHABLE,  # IP_DEST_NET_UNREACHABLE
    11003: Reason.HOST_UNREACHABLE,     # IP_DEST_HOST_UNREACHABLE
    11004: Reason.HOST_UNREACHABLE,     # IP_DEST_PROT_UNREACHABLE
    11005: Reason.REFUSED,              # IP_DEST_PORT_UNREACHABLE
    11006: Reason.NO_RESOURCES,         # IP_NO_RESOURCES
    11007: Reason.UNKNOWN,              # IP_BAD_OPTION
    11008: Reason.NETWORK_UNREACHABLE,  # IP_HW_ERROR: the card
    11009: Reason.UNKNOWN,              # IP_PACKET_TOO_BIG
    11010: Reason.TIMEOUT,              # IP_REQ_TIMED_OUT
    11011: Reason.UNKNOWN,              # IP_BAD_REQ
    11012: Reason.NETWORK_UNREACHABLE,  # IP_BAD_ROUTE
    11013: Reason.HOST_UNREACHABLE,     # IP_TTL_EXPIRED_TRANSIT
    11014: Reason.HOST_UNREACHABLE,     # IP_TTL_EXPIRED_REASSEM
    11015: Reason.UNKNOWN,              # IP_PARAM_PROBLEM
    11016: Reason.TIMEOUT,              # IP_SOURCE_QUENCH
    11017: Reason.UNKNOWN,              # IP_OPTION_TOO_BIG
    11018: Reason.HOST_UNREACHABLE,     # IP_BAD_DESTINATION
    11032: Reason.BLOCKED_LOCALLY,      # IP_NEGOTIATING_IPSEC: this PC's policy comes first
    11050: Reason.NETWORK_UNREACHABLE,  # IP_GENERAL_FAILURE: no route, no address, or no card
}

CERTIFICATES: dict[int, Reason] = {
    2: Reason.CERTIFICATE_UNKNOWN_ISSUER,   # unable to get issuer certificate
    9: Reason.CERTIFICATE_NOT_YET_VALID,
    10: Reason.CERTIFICATE_EXPIRED,
    18: Reason.CERTIFICATE_SELF_SIGNED,     # the certificate itself
    19: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # a self-signed one in the chain: an authority of somebody's own
    20: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # unable to get local issuer certificate
    21: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # unable to verify the first certificate
    24: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # an authority that is none (newer: invalid CA certificate)
    27: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # not trusted for this purpose
    28: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # rejected
    62: Reason.CERTIFICATE_WRONG_NAME,      # host name mismatch
    64: Reason.CERTIFICATE_WRONG_NAME,      # IP address mismatch
    79: Reason.CERTIFICATE_UNKNOWN_ISSUER,  # invalid CA certificate
}
# fmt: on

SYSTEM: dict[int, Reason] = {
    getattr(errno, name): reason for name, reason in _POSIX.items() if hasattr(errno, name)
} | WINDOWS_SOCKETS

OLD_PROTOCOL = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "NO_PROTOCOLS_AVAILABLE",
        "WRONG_SSL_VERSION",
        "UNKNOWN_SSL_VERSION",
        "UNSUPPORTED_SSL_VERSION",
        "BAD_PROTOCOL_VERSION_NUMBER",
        "VERSION_TOO_LOW",
        "VERSION_TOO_HIGH",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        "TLSV1_ALERT_EXPORT_RESTRICTION",
        "INAPPROPRIATE_FALLBACK",
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "CA_KEY_TOO_SMALL",
        "CA_MD_TOO_WEAK",
        "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "NO_SHARED_CIPHER",
        "NO_CIPHERS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
    }
)
NO_PROTOCOL = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
        "BAD_RECORD_TYPE",
        "UNEXPECTED_RECORD",
        "HTTP_REQUEST",
        "HTTPS_PROXY_REQUEST",
        "UNKNOWN_PROTOCOL",
    }
)
"""What OpenSSL says of an answer that is no TLS at all, such as a page in plain HTTP."""
CUT = frozenset(
    {
        "UNEXPECTED_EOF_WHILE_READING",
        "EOF_OCCURRED_IN_VIOLATION_OF_PROTOCOL",
        "TLSV1_ALERT_USER_CANCELLED",
    }
)


def network_reason(error: OSError) -> Reason:
    """Why a conversation failed."""
    if isinstance(error, TimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, ssl.SSLError):  # its numbers are OpenSSL's own, not the system's
        return Reason.RESET
    windows = getattr(error, "winerror", None)
    if windows is not None and (windows in WINDOWS or windows in WINDOWS_SOCKETS):
        return WINDOWS.get(windows) or WINDOWS_SOCKETS[windows]
    return SYSTEM.get(error.errno or 0, Reason.UNKNOWN)


def name_reason(error: OSError) -> Reason:
    """Why the system's resolver gave no address."""
    if isinstance(error, socket.gaierror):
        return NAMES.get(error.errno or 0, Reason.UNKNOWN)
    return network_reason(error)


def echo_reason(status: int) -> Reason:
    """Why an echo did not come back, from the status of IcmpSendEcho; NONE if it did."""
    return ECHOES.get(status, Reason.UNKNOWN)


def tls_reason(error: OSError) -> Reason:
    """Why a TLS handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(error.verify_code, Reason.TLS_OTHER)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Reason.TLS_CUT
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "reason", None)  # errors that Python itself makes have none
        if why in OLD_PROTOCOL:
            return Reason.TLS_VERSION
        if why in NO_PROTOCOL:
            return Reason.NOT_TLS
        return Reason.TLS_CUT if why in CUT else Reason.TLS_OTHER
    reason = network_reason(error)
    return Reason.TLS_CUT if reason is Reason.RESET else reason


def number_of(error: OSError, reason: Reason) -> str:
    """What the system called an error that stands in no table, as a fact for `detail`; else ""."""
    if reason not in (Reason.UNKNOWN, Reason.TLS_OTHER):
        return ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"verify={error.verify_code}"
    if isinstance(error, ssl.SSLError):
        return f"ssl={getattr(error, 'reason', None) or error.errno}"[:60]
    windows = getattr(error, "winerror", None)
    if windows is not None:
        return f"windows={windows}"
    kind = "eai" if isinstance(error, socket.gaierror) else "errno"
    return f"{kind}={error.errno}" if error.errno is not None else type(error).__name__
