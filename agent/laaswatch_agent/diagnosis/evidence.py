"""What one round shows, asked as questions: the predicates that the rules name.

Each takes the evidence and answers yes or no. A layer that was not tried answers no to both "is it ok"
and "did it fail", so nothing can be concluded from silence.
"""

from collections.abc import Collection
from dataclasses import dataclass

from laaswatch_agent.diagnosis.detail import number, word
from laaswatch_agent.diagnosis.history import History, total_ms
from laaswatch_agent.diagnosis.loss import losses
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason, Result

CLOCK_SECONDS = 300.0
SLOW_FACTOR = 3.0
SLOW_EXTRA_MS = 200.0
SLOW_CONNECT_MS = 3000.0
SLOW_ALWAYS_MS = 5000.0
"""A page that took so long is slow even while nothing is known of this line."""
LOSSY_SHARE = 0.2
LEAST_LOST = 2
"""One lost packet is chance, whatever its share."""

_DATES = frozenset({Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID})
_FOREIGN = frozenset({Reason.CERTIFICATE_UNKNOWN_ISSUER, Reason.CERTIFICATE_SELF_SIGNED})
_PORTAL = frozenset({Reason.PORTAL_PAGE, Reason.REDIRECT_ELSEWHERE})
IN_VAIN = frozenset({Reason.TIMEOUT, Reason.RESOLVER_TIMEOUT, Reason.BODY_TIMEOUT})
_SPOKEN = frozenset(
    {
        *_DATES,
        *_FOREIGN,
        *_PORTAL,
        Reason.CERTIFICATE_WRONG_NAME,
        Reason.TLS_VERSION,
        Reason.TLS_OTHER,
        Reason.NOT_TLS,
        Reason.NOT_HTTP,
        Reason.STATUS_SERVER_ERROR,
        Reason.STATUS_CLIENT_ERROR,
        Reason.WRONG_CONTENT,
        Reason.PROXY_REQUIRED,
    }
)
"""Failures that somebody has to be there for: packets went out and words came back."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The layers of one round and the agent's own past."""

    layers: tuple[LayerResult, ...]
    history: History

    def site(self, layer: Layer) -> LayerResult | None:
        """A layer of the deciding site."""
        return self.row(layer, self.history.decides)

    def row(self, layer: Layer, target: str = "") -> LayerResult | None:
        """A layer of a target, or None."""
        return next((x for x in self.layers if x.layer is layer and x.target == target), None)

    def references(self) -> list[LayerResult]:
        """The references that were tried."""
        return [
            x for x in self.layers if x.layer is Layer.REFERENCE and x.result is not Result.SKIPPED
        ]


def ok(row: LayerResult | None) -> bool:
    """Was it tried, and did it work?"""
    return row is not None and row.result is Result.OK


def failed(row: LayerResult | None, reasons: Collection[Reason] | None = None) -> bool:
    """Was it tried, and did it fail (for one of these reasons)?"""
    return (
        row is not None and row.result is Result.FAIL and (reasons is None or row.reason in reasons)
    )


# The site


def site_works(e: Evidence) -> bool:
    """Did the right page come, by its name?"""
    return ok(e.site(Layer.HTTP)) and not dns_fails(e)


def page_not_asked(e: Evidence) -> bool:
    """Was the page left alone on purpose, and did nothing fail of what was tried on the way to it?"""
    page = e.site(Layer.HTTP)
    return (
        page is not None
        and page.reason is Reason.OUT_OF_BUDGET
        and not any(failed(e.site(layer)) for layer in (Layer.DNS, Layer.TCP, Layer.TLS))
    )


def site_is_slow(e: Evidence) -> bool:
    """Did the page take much longer than this PC is used to, or its connect 3 s and more?"""
    total = total_ms(e.layers, e.history.decides)
    if not site_works(e) or total is None:
        return False
    connect = e.site(Layer.TCP)
    if connect is not None and connect.ms is not None and connect.ms >= SLOW_CONNECT_MS:
        return True
    usual = e.history.median_total()
    if usual is None:
        return total > SLOW_ALWAYS_MS
    return total > max(SLOW_FACTOR * usual, usual + SLOW_EXTRA_MS)


def packets_get_lost(e: Evidence) -> bool:
    """Did the page come, but with at least 20 % of the packets of the last five rounds lost?"""
    return site_works(e) and _lossy(e)


def page_gets_lost(e: Evidence) -> bool:
    """Did the page not come in time on a line that answers, but loses a fifth of its packets?

    Only where the first thing that failed was waiting in vain: a refusal or an error was no lost packet.
    """
    rows = [e.site(layer) for layer in (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP)]
    first = next((x for x in rows if failed(x)), None)
    return failed(first, IN_VAIN) and line_works(e) and _lossy(e) and not path_mtu(e)


def path_mtu(e: Evidence) -> bool:
    """Did what stalled in large packets get through in small ones?"""
    return any(
        row is not None and failed(row) and word(row.detail, "mtu")
        for row in (e.site(Layer.TLS), e.site(Layer.HTTP))
    )


def _lossy(e: Evidence) -> bool:
    lost, sent = recent_losses(e)
    return lost >= LEAST_LOST and lost >= LOSSY_SHARE * sent


def recent_losses(e: Evidence) -> tuple[int, int]:
    """(lost, sent) packets of this round and the four before."""
    now = losses(e.layers, e.history.decides, e.history.median_connect())
    rounds = [*e.history.recent[-4:], now]
    lost, sent = (sum(column) for column in zip(*rounds, strict=True))
    return lost, sent


def site_port_answers(e: Evidence) -> bool:
    """Does the site's port answer?"""
    return ok(e.site(Layer.TCP))


def site_unreachable(e: Evidence) -> bool:
    """Does the site's port not answer, or is there not even an address to try?"""
    connect = e.site(Layer.TCP)
    return failed(connect) or (dns_fails(e) and not ok(connect))


def tcp_fails(e: Evidence, *reasons: Reason) -> bool:
    """Does the site's port not answer, for one of these reasons (none named: any)?"""
    return failed(e.site(Layer.TCP), reasons or None)


def http_fails(e: Evidence, *reasons: Reason) -> bool:
    """Does the page not come, for one of these reasons (none named: any)?"""
    return failed(e.site(Layer.HTTP), reasons or None)


# The PC and its router


def link_fails(e: Evidence, *reasons: Reason) -> bool:
    """Has the PC no interface with an address, for one of these reasons (none named: any)?"""
    return failed(e.row(Layer.LINK), reasons or None)


def kept_inside(e: Evidence, *reasons: Reason) -> bool:
    """Does this PC itself, for one of these reasons, let nothing out to the site, or to anybody?"""
    if failed(e.site(Layer.TCP), reasons):
        return True
    tried = e.references()
    return site_unreachable(e) and bool(tried) and all(failed(x, reasons) for x in tried)


def gateway_dead(e: Evidence) -> bool:
    """Does a router that usually answers not answer?"""
    row = e.row(Layer.GATEWAY)
    return row is not None and failed(row) and e.history.informative(row)


def gateway_missing(e: Evidence) -> bool:
    """Does the PC know of no router at all?"""
    row = e.row(Layer.GATEWAY)
    return row is not None and row.reason is Reason.NO_GATEWAY


# The world outside


def reference_works(e: Evidence) -> bool:
    """Is anything else outside reachable?"""
    return any(ok(x) for x in e.references())


def references_fail(e: Evidence) -> bool:
    """Do all references fail, and is there one among them that usually answers?"""
    tried = e.references()
    return all(failed(x) for x in tried) and any(e.history.informative(x) for x in tried)


def references_tell_nothing(e: Evidence) -> bool:
    """Is no reference ok, and their failure no proof that the line is dead?

    None was tried, those that usually answer are missing, or somebody else answered in their place.
    """
    return not reference_works(e) and (not references_fail(e) or somebody_answers(e))


def portal_at_references(e: Evidence) -> bool:
    """Does a reference show somebody else's page?"""
    return any(failed(x, _PORTAL) for x in e.references())


def somebody_answers(e: Evidence) -> bool:
    """Does somebody speak where a reference should, though not as the reference would?"""
    return any(failed(x, _SPOKEN) for x in e.references())


def references_impersonated(e: Evidence) -> bool:
    """Does somebody else answer in the name of the references, while none of them answers itself?

    A certificate for another name, or one that its owner signed himself, is proof: no reference has such a
    one. An unknown issuer is proof only where it is the same for two references; a PC may lack one root.
    """
    if reference_works(e) or portal_at_references(e):
        return False
    tried = e.references()
    sure = {Reason.CERTIFICATE_WRONG_NAME, Reason.CERTIFICATE_SELF_SIGNED}
    if any(failed(x, sure) for x in tried):
        return True
    signers = [number(x.detail, "signer") for x in tried if failed(x, _FOREIGN)]
    known = [x for x in signers if x is not None]
    return len(known) > len(set(known))


def proxy_in_the_way(e: Evidence) -> bool:
    """Did a proxy ask for a password instead of the site, or of a reference while nothing else answers?"""
    if http_fails(e, Reason.PROXY_REQUIRED):
        return True
    asked = any(failed(x, {Reason.PROXY_REQUIRED}) for x in e.references())
    return asked and not reference_works(e) and (site_unreachable(e) or failed(e.site(Layer.TLS)))


def cut_off(e: Evidence) -> bool:
    """Does nothing outside answer, neither the site nor a reference, and nobody else in its place?"""
    return site_unreachable(e) and references_fail(e) and not somebody_answers(e)


# Names


def dns_fails(e: Evidence, *reasons: Reason) -> bool:
    """Does the resolver not give the site's address, for one of these reasons (none named: any)?"""
    return failed(e.site(Layer.DNS), reasons or None)


def line_works(e: Evidence) -> bool:
    """Does anything outside answer by its address?"""
    return reference_works(e) or site_port_answers(e)


# Certificates and clock


def tls_fails(e: Evidence) -> bool:
    """Does the port answer and its certificate not hold, without a portal showing at the references?"""
    return (
        not failed(e.site(Layer.TCP)) and failed(e.site(Layer.TLS)) and not portal_at_references(e)
    )


def clock_off(e: Evidence) -> bool:
    """Is the PC's clock more than five minutes from that of any server that said the time?"""
    said = [number(x.detail, "clock") for x in e.layers]
    return any(abs(seconds) > CLOCK_SECONDS for seconds in said if seconds is not None)


def dates_wrong_everywhere(e: Evidence) -> bool:
    """Are the dates of the site's certificate wrong by this PC's clock, and a reference's too?"""
    return any(word(x.detail, "dates") for x in e.references())


def tls_dates(e: Evidence) -> bool:
    """Is it the dates that the site's certificate fails on?"""
    return failed(e.site(Layer.TLS), _DATES)


def foreign_issuer(e: Evidence) -> bool:
    """Did somebody sign this certificate who is not the known issuer?"""
    row = e.site(Layer.TLS)
    if row is None or not failed(row, _FOREIGN):
        return False
    known = number(row.detail, "issuer")
    if known is None:  # no issuer is configured: one that nobody trusts is foreign
        return row.reason is Reason.CERTIFICATE_UNKNOWN_ISSUER
    return known == 0
