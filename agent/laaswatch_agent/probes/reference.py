"""Others outside: a connection, a trusted certificate, or exactly the answer that a portal would spoil."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from laaswatch_agent.config import Reference
from laaswatch_agent.diagnosis.detail import facts
from laaswatch_agent.probes import http, tls
from laaswatch_agent.probes.result import Deadline, Stopwatch, fail, ok
from laaswatch_agent.probes.tcp import LATE_CONNECT, connect
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason, Result


def look(
    reference: Reference,
    addresses: tuple[str, ...],
    ca_file: Path | None,
    wall_ms: Callable[[], int],
    deadline: Deadline,
) -> tuple[LayerResult, str]:
    """The reference layer of one reference, and the address that answered ("" if none did)."""
    watch = Stopwatch()
    opened = connect(addresses, reference.endpoint.port, deadline)
    if opened.socket is None:
        row = fail(Layer.REFERENCE, reference.name, opened.reason, opened.ms, opened.said)
        return row, ""
    with opened.socket as plain:
        scheme = reference.endpoint.scheme
        if scheme == "http":
            row = _page(reference, http.get(plain, reference.endpoint, wall_ms, deadline), watch)
        elif scheme == "tls":
            shaken = tls.shake_hands(plain, reference.endpoint.host, ca_file, deadline)
            if shaken.socket is not None:
                shaken.socket.close()
            row = _certificate(reference, shaken, watch)
            if shaken.reason is Reason.CERTIFICATE_UNKNOWN_ISSUER:
                row = replace(row, detail=_signer(reference, opened.address, deadline))
        else:
            row = ok(Layer.REFERENCE, reference.name, watch.ms())
    if row.result is Result.OK and opened.ms >= LATE_CONNECT:
        row = replace(row, detail=f"{row.detail} {facts(connect=round(opened.ms))}".strip())
    return row, opened.address


def _signer(reference: Reference, address: str, deadline: Deadline) -> str:
    """Who signed, as a number: the same for two references means that neither of them answered."""
    port, host = reference.endpoint.port, reference.endpoint.host
    issuers, stream = tls.look_without_trust(address, port, host, deadline)
    if stream is not None:
        stream.close()
    return facts(signer=tls.signer(issuers))


def _page(reference: Reference, exchange: http.Exchange, watch: Stopwatch) -> LayerResult:
    head, clock = exchange.head, exchange.clock
    if head is None:
        return fail(Layer.REFERENCE, reference.name, exchange.reason, watch.ms(), exchange.said)
    words = str(head.status)
    if head.status == reference.status:
        return ok(Layer.REFERENCE, reference.name, watch.ms(), words, clock=clock)
    if head.status == 407:
        reason = Reason.PROXY_REQUIRED
    elif head.status >= 500 and head.status != 511:
        reason = Reason.STATUS_SERVER_ERROR
    else:  # a page or a redirect where there should be none: somebody stands in between
        reason = Reason.PORTAL_PAGE
    return fail(Layer.REFERENCE, reference.name, reason, watch.ms(), words, clock=clock)


def _certificate(reference: Reference, shaken: tls.Handshake, watch: Stopwatch) -> LayerResult:
    reason = shaken.reason
    if reason is Reason.NONE:
        return ok(Layer.REFERENCE, reference.name, watch.ms())
    if reason in tls.DATES:
        # OpenSSL looks at dates last: chain and name are right, so it is they who answered.
        return ok(Layer.REFERENCE, reference.name, watch.ms(), "dates")
    return fail(Layer.REFERENCE, reference.name, reason, watch.ms(), shaken.said)
