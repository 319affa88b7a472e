"""TLS: a full handshake with the certificate checked, and a second look where it does not hold."""

import functools
import socket
import ssl
import zlib
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent.host.errors import number_of, tls_reason
from laaswatch_agent.probes.certificate import issuer_of
from laaswatch_agent.probes.result import Deadline, Stopwatch
from laaswatch_agent.probes.tcp import connect
from laaswatch_agent.report.vocabulary import Reason

_SIGNERS = 65_521
DATES = frozenset({Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID})


@dataclass(frozen=True, slots=True)
class Handshake:
    """An encrypted socket, or the reason why there is none (`said`: the number of one unknown to us)."""

    socket: ssl.SSLSocket | None
    reason: Reason
    ms: float
    said: str = ""


def shake_hands(
    plain: socket.socket, host: str, ca_file: Path | None, deadline: Deadline
) -> Handshake:
    """A handshake on an open connection, which this function takes over: it is closed on failure."""
    context = _trusting(ca_file)  # reading all authorities takes 20 ms, once: not the server's time
    watch = Stopwatch()
    try:
        plain.settimeout(max(deadline.remaining(), 0.01))
        secured = context.wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError) as error:
        plain.close()
        if not isinstance(error, OSError):
            return Handshake(None, Reason.TLS_OTHER, watch.ms())
        reason = tls_reason(error)
        return Handshake(None, reason, watch.ms(), number_of(error, reason))
    return Handshake(secured, Reason.NONE, watch.ms())


def look_without_trust(
    address: str, port: int, host: str, deadline: Deadline
) -> tuple[tuple[str, ...], ssl.SSLSocket | None]:
    """Who signed the certificate of a server that we do not trust, and a socket to ask it the time.

    Nothing private goes over that socket: it serves to tell a wrong clock from a wrong certificate. The
    caller closes it.
    """
    opened = connect((address,), port, deadline).socket
    if opened is None:
        return (), None
    try:
        opened.settimeout(max(deadline.remaining(), 0.01))
        secured = _anybody().wrap_socket(opened, server_hostname=host)
    except (OSError, ValueError):
        opened.close()
        return (), None
    return issuer_of(secured.getpeercert(binary_form=True) or b""), secured


def signer(issuers: tuple[str, ...]) -> float | None:
    """A number that stands for an issuer, so that two can be compared without naming them."""
    return float(zlib.crc32("\0".join(issuers).encode()) % _SIGNERS) if issuers else None


def among(issuers: tuple[str, ...], expected: tuple[str, ...]) -> float | None:
    """1 or 0: is one of the issuer's names one of those expected? None where nothing can be said."""
    if not issuers or not expected:
        return None
    wanted = [name.casefold() for name in expected]
    return float(any(want in name.casefold() for name in issuers for want in wanted))


@functools.lru_cache(maxsize=4)
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Newer Pythons are stricter with the form of certificates than the browsers that people use.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@functools.lru_cache(maxsize=1)
def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
