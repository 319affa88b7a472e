"""The rules that give a round its verdict: data, in order, the first match wins.

Ids are public: they travel with each round, stand on pages and in articles, and are never renamed nor used
again for something else. Whoever changes what a rule means raises RULES_VERSION. `needs` names the
predicates of `evidence` that must all hold; `order` is the line of the table in the methods.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from laaswatch_agent.diagnosis import evidence as seen
from laaswatch_agent.diagnosis import side_evidence as beside
from laaswatch_agent.diagnosis.evidence import Evidence
from laaswatch_agent.report.vocabulary import Also, Fault, Reason

RULES_VERSION = "2"

Predicate = Callable[[Evidence], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """When all of `needs` hold, the round has this fault.

    `evidence` says what the verdict rests on: "measured" (a layer showed it) or "elimination" (everything
    nearer was fine).
    """

    order: int
    id: str
    fault: Fault
    needs: tuple[Predicate, ...]
    evidence: str
    comment: str


@dataclass(frozen=True, slots=True)
class SideRule:
    """What is also said when `needs` holds; it never decides a round."""

    also: Also
    needs: Predicate
    comment: str


def _http(*reasons: Reason) -> Predicate:
    return partial(_with_reasons, seen.http_fails, reasons)


def _dns(*reasons: Reason) -> Predicate:
    return partial(_with_reasons, seen.dns_fails, reasons)


def _tcp(*reasons: Reason) -> Predicate:
    return partial(_with_reasons, seen.tcp_fails, reasons)


def _link(*reasons: Reason) -> Predicate:
    return partial(_with_reasons, seen.link_fails, reasons)


def _kept_inside(*reasons: Reason) -> Predicate:
    return partial(_with_reasons, seen.kept_inside, reasons)


def _with_reasons(ask: Callable[..., bool], reasons: tuple[Reason, ...], e: Evidence) -> bool:
    return ask(e, *reasons)


def _always(_: Evidence) -> bool:
    return True


_M, _E = "measured", "elimination"
LINE_ONLY = "none.line"
"""The rule of rounds that found nothing wrong and were not to touch the page."""

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule(1, "lossy", Fault.LOSSY, (seen.packets_get_lost,), _M,
         "the page came, but at least a fifth of the packets of the last five rounds got lost"),
    Rule(1, "slow", Fault.SLOW, (seen.site_is_slow,), _M,
         "the page came, but took more than max(3 m, m + 200 ms), m = this PC's own median"),
    Rule(1, "none", Fault.NONE, (seen.site_works,), _M,
         "the right page came in its usual time"),
    Rule(1, LINE_ONLY, Fault.NONE, (seen.page_not_asked, seen.line_works), _E,
         "the line works; to spare the site its page was not asked for"),

    Rule(2, "pc_link.cable", Fault.PC_LINK, (_link(Reason.CABLE_OUT),), _M,
         "the network cable is out, or its other end is dead"),
    Rule(2, "pc_link.wifi", Fault.PC_LINK, (_link(Reason.WIFI_OFF),), _M,
         "the Wi-Fi is off or has joined nothing"),
    Rule(2, "pc_link.address", Fault.PC_LINK,
         (_link(Reason.NO_ADDRESS, Reason.SELF_ASSIGNED_ADDRESS),), _M,
         "connected, but nobody gave the PC an address"),
    Rule(2, "pc_link", Fault.PC_LINK, (seen.link_fails,), _M,
         "no interface is up"),

    Rule(2, "pc_blocked", Fault.PC_BLOCKED, (_kept_inside(Reason.BLOCKED_LOCALLY),), _M,
         "this PC's own firewall or policy forbids the connection"),
    Rule(2, "pc_blocked.resources", Fault.PC_BLOCKED, (_kept_inside(Reason.NO_RESOURCES),), _M,
         "this PC has no memory or ports left for a connection"),

    Rule(3, "gateway", Fault.GATEWAY, (seen.gateway_dead, seen.cut_off), _M,
         "the router, which usually answers, does not, and nothing beyond it does"),
    Rule(3, "gateway.missing", Fault.GATEWAY, (seen.gateway_missing, seen.cut_off), _M,
         "the PC was told of no router, and nothing outside answers"),
    Rule(4, "uplink", Fault.UPLINK, (seen.cut_off,), _M,
         "the router answers or never says anything; nothing outside answers"),

    Rule(4, "uplink.lossy", Fault.UPLINK, (seen.page_gets_lost,), _M,
         "others answer, but a fifth of the packets get lost, and with them the page"),
    Rule(4, "pc_blocked.proxy", Fault.PC_BLOCKED, (seen.proxy_in_the_way,), _M,
         "a proxy in between asks this PC for a password"),

    Rule(5, "dns.wrong_answer", Fault.DNS, (_dns(Reason.WRONG_ANSWER), seen.line_works), _M,
         "the resolver leads elsewhere: hosts file, hijack or filter"),
    Rule(5, "dns.not_found", Fault.DNS, (_dns(Reason.NXDOMAIN, Reason.NO_DATA), seen.line_works), _M,
         "the resolver says that there is no such name"),
    Rule(5, "dns.resolver", Fault.DNS, (seen.dns_fails, seen.line_works), _M,
         "the resolver is dead, refuses or fails while the line works"),

    Rule(6, "pc_clock", Fault.PC_CLOCK, (seen.tls_fails, seen.tls_dates, seen.clock_off), _M,
         "the certificate's dates fail because the PC's clock is off by more than five minutes"),
    Rule(6, "pc_clock.dates", Fault.PC_CLOCK,
         (seen.tls_fails, seen.tls_dates, seen.dates_wrong_everywhere), _E,
         "the dates of other sites' certificates fail too: it is the PC's clock"),
    Rule(6, "interception", Fault.INTERCEPTION, (seen.tls_fails, seen.foreign_issuer), _M,
         "somebody else signed the certificate: antivirus, filter or proxy"),
    Rule(6, "interception.references", Fault.INTERCEPTION,
         (seen.site_unreachable, seen.references_impersonated), _M,
         "the site does not answer, and somebody else answers in the name of the references"),
    Rule(6, "site_tls", Fault.SITE_TLS, (seen.tls_fails,), _M,
         "expired, wrong name, or the handshake broke off"),

    Rule(7, "captive_portal", Fault.CAPTIVE_PORTAL,
         (seen.portal_at_references,), _M,
         "another page comes at the site and at the references alike"),
    Rule(7, "captive_portal.page", Fault.CAPTIVE_PORTAL, (_http(Reason.PORTAL_PAGE),), _M,
         "the page itself is a portal's: a known marker, or status 511"),

    Rule(8, "site_tcp.refused", Fault.SITE_TCP,
         (_tcp(Reason.REFUSED, Reason.RESET), seen.reference_works), _M,
         "the line works; the site's port refuses"),
    Rule(8, "site_tcp", Fault.SITE_TCP, (seen.tcp_fails, seen.reference_works), _M,
         "the line works; the site's port does not answer"),

    Rule(9, "site_http.maintenance", Fault.SITE_HTTP, (_http(Reason.MAINTENANCE_PAGE),), _M,
         "the owner's page says that the site is closed"),
    Rule(9, "site_http.error", Fault.SITE_HTTP,
         (_http(Reason.STATUS_SERVER_ERROR, Reason.STATUS_CLIENT_ERROR),), _M,
         "the server answers with an error"),
    Rule(9, "site_http.content", Fault.SITE_HTTP,
         (_http(Reason.WRONG_CONTENT, Reason.REDIRECT_ELSEWHERE, Reason.NOT_HTTP),), _M,
         "the server answers, but not with the page that belongs there"),
    Rule(9, "site_http.stalled", Fault.SITE_HTTP, (seen.http_fails,), _M,
         "the page did not come to its end"),

    Rule(10, "beyond_gateway", Fault.BEYOND_GATEWAY, (seen.site_unreachable, seen.references_tell_nothing), _E,
         "the site does not answer, and nothing tells whether the line works"),

    Rule(0, "unknown", Fault.UNKNOWN, (_always,), _E,
         "no round was made, or nothing that was tried says anything about the site"),
)
# fmt: on

SIDE_RULES: tuple[SideRule, ...] = (
    SideRule(Also.IPV6_BROKEN, beside.ipv6_broken, "IPv6 does not answer while IPv4 does"),
    SideRule(Also.PROXY_REQUIRED, beside.proxy_required, "a proxy wants a password"),
    SideRule(Also.PC_OVERLOADED, beside.pc_overloaded, "processor or memory is full"),
    SideRule(Also.CLOCK_OFF, seen.clock_off, "the clock is off by more than five minutes"),
    SideRule(Also.DNS_SLOW, beside.name_slow, "the name took more than 2 s"),
    SideRule(Also.RESOLVERS_DISAGREE, beside.resolvers_disagree, "two resolvers, two answers"),
    SideRule(Also.LOGIN_ONLY, beside.only_login_fails, "another page of the site comes"),
    SideRule(Also.SELF_LOADED, beside.self_loaded, "this PC itself fills the line"),
    SideRule(Also.BUFFERBLOAT, beside.bufferbloat, "answers wait in a queue on the way"),
    SideRule(Also.PATH_MTU, seen.path_mtu, "large packets get lost, small ones pass"),
    SideRule(Also.PACKETS_LOST, seen.page_gets_lost, "the line loses a fifth of the packets"),
    SideRule(Also.WEBSOCKET_REFUSED, beside.websocket_refused, "the page's data channel is shut"),
)
