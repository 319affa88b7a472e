"""The faults of the lab as data: how each is made, and what the agent has to say of it.

To add one, add a row. `make` breaks the world (world.py lists the ways; healing is automatic), `fault` is
the verdict that is right (several, where chance decides which packets get lost), `reason` what the broken
rung of the ladder says, `also` what is to be seen beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from laaswatch_agent.report.vocabulary import Also, Fault, Reason
from support.lab.world import LOGIN, World, ipv4, ipv6


@dataclass(frozen=True, slots=True)
class Row:
    """One fault.

    `rounds` are made by `laaswatch-agent run` under the fault before `check` looks, where the verdict
    needs more than one round or something is to be seen beside it. `learnt`: the agent has been at work
    here before, so that it knows its usual times and the site's address; `before` made the world as it
    was then. `other` is the verdict of the
    office's second PC, None where nobody asks it. `patient`: the full time-outs, in CI too.
    """

    name: str
    make: Callable[[World], None]
    fault: Fault | tuple[Fault, ...]
    reason: Reason | None = None
    also: tuple[Also, ...] = ()
    rounds: int = 0
    learnt: bool = True
    before: Callable[[World], None] | None = None
    other: Fault | None = None
    patient: bool = False

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The verdicts that are right."""
        return self.fault if isinstance(self.fault, tuple) else (self.fault,)


_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_TO_LOGIN = f"ip daddr {ipv4('login')}"
_TO_LOGIN6 = f"ip6 daddr {ipv6('login')}"
_WEB = "tcp dport { 80, 443 }"
_USABLE = (Fault.NONE, Fault.SLOW, Fault.LOSSY)


def _nothing(_: World) -> None:
    return None


def _server(who: str, **moods: object) -> Callable[[World], None]:
    return lambda w: w.server(who, **moods)


def _filter(who: str, hook: str, *rules: str) -> Callable[[World], None]:
    return lambda w: w.filter(who, hook, *rules)


def _all(*makes: Callable[[World], None]) -> Callable[[World], None]:
    def make(w: World) -> None:
        for one in makes:
            one(w)

    return make


def _relay(**settings: float) -> Callable[[World], None]:
    return lambda w: w.relay(**settings)


def _certificate(who: str = "login", *names: str, by: str = "public", **how: object):
    def make(w: World) -> None:
        wanted = names or ((LOGIN,) if who == "login" else (f"{who}.example", ipv4(who)))
        w.server(who, certificate=getattr(w, by).issue(*wanted, **how))

    return make


def _change(**settings: object) -> Callable[[World], None]:
    return lambda w: w.changes.update(settings)


def _clock(ahead: timedelta) -> Callable[[World], None]:
    return lambda w: w.clock(ahead)


def _lossy(percent: int) -> Callable[[World], None]:
    return _filter("isp", "forward", f"numgen random mod 100 < {percent} drop")


def _black_hole(mtu: int) -> Callable[[World], None]:
    """A narrower piece of the way, whose complaints nobody hears."""
    return _all(
        _relay(mtu=mtu),
        _filter(
            "isp",
            "output",
            "icmp type destination-unreachable drop",
            "icmpv6 type packet-too-big drop",
        ),
    )


def _one_way_hole(w: World) -> None:
    """Large packets towards the office vanish; small ones pass."""
    w.filter("isp", "forward", 'oifname "access" meta length > 1300 drop')


def _quiet_gateway(w: World) -> None:
    w.filter("gateway", "input", 'iifname "lan" drop')


def _gateway_died_a_minute_ago(w: World) -> None:
    w.deaf("gateway", "lan1", "lan2")
    w.age_neighbours()


def _portal(page: str) -> Callable[[World], None]:
    return _all(_server("portal", page=page), lambda w: w.divert("80, 443", "portal"))


# fmt: off
ROWS: tuple[Row, ...] = (
    # Nothing is wrong
    Row("control", _nothing, Fault.NONE, other=Fault.NONE),
    Row("control_first_look_ever", _nothing, Fault.NONE, learnt=False),
    Row("gateway_ignores_ping", _filter("gateway", "input", "icmp type echo-request drop"), Fault.NONE),
    Row("gateway_ignores_everything", _quiet_gateway, Fault.NONE),
    Row("icmp_blocked_everywhere", _all(
        _filter("pc", "output", "meta l4proto icmp drop"), _filter("isp", "forward", "meta l4proto icmp drop"),
        _filter("gateway", "input", "meta l4proto icmp drop")), Fault.NONE),
    Row("small_mtu_icmp_passes", _relay(mtu=1400), Fault.NONE),

    # The PC and its router
    Row("cable_out", lambda w: w.unplug("gateway", "lan1"), Fault.PC_LINK, Reason.CABLE_OUT, other=Fault.NONE),
    Row("link_down", lambda w: w.unplug("pc", "eth0"), Fault.PC_LINK, Reason.CABLE_OUT),
    Row("no_address_169_254", lambda w: w.addresses("169.254.7.7/16"), Fault.PC_LINK, Reason.SELF_ASSIGNED_ADDRESS),
    Row("no_address", lambda w: w.addresses(), Fault.PC_LINK, Reason.NO_ADDRESS),
    Row("gateway_dead", _gateway_died_a_minute_ago, Fault.GATEWAY, patient=True),
    Row("gateway_died_just_now", lambda w: w.deaf("gateway", "lan1", "lan2"), Fault.GATEWAY, patient=True),
    Row("gateway_dead_first_look_ever", _gateway_died_a_minute_ago, Fault.GATEWAY, learnt=False, patient=True),

    # The line
    Row("isp_black_hole", _filter("isp", "forward", "drop"), Fault.UPLINK, Reason.TIMEOUT, patient=True, other=Fault.UPLINK),
    Row("isp_black_hole_first_look_ever", _filter("isp", "forward", "drop"), Fault.UPLINK, learnt=False),
    Row("isp_unreachable", _filter("isp", "forward", "reject with icmpx type no-route"), Fault.UPLINK),
    Row("isp_black_hole_quiet_gateway", _all(
        _quiet_gateway, _filter("isp", "forward", "drop")), Fault.UPLINK, before=_quiet_gateway),
    Row("loss_5_percent", _lossy(5), _USABLE, patient=True),
    Row("loss_30_percent", _lossy(30), (Fault.LOSSY, Fault.SLOW, Fault.UPLINK), rounds=5, patient=True),
    Row("delay_and_jitter", _relay(delay=0.2, jitter=0.08), Fault.SLOW),
    Row("thin_line", lambda w: w.thin("512kbit"), Fault.SLOW),
    Row("line_loaded_by_this_pc", _all(lambda w: w.thin("4mbit", wait="800ms"), lambda w: w.load("pc", streams=1)),
        Fault.SLOW, also=(Also.SELF_LOADED,), rounds=1, patient=True),
    Row("bufferbloat", _all(lambda w: w.thin("4mbit", wait="800ms"), lambda w: w.load("pc2", streams=1)),
        Fault.SLOW, also=(Also.BUFFERBLOAT,), rounds=1, patient=True),
    Row("path_mtu_black_hole", _black_hole(1400), Fault.SITE_TLS, also=(Also.PATH_MTU,), rounds=1),
    Row("path_mtu_one_way", _one_way_hole, Fault.SITE_TLS, also=(Also.PATH_MTU,), rounds=1),
    Row("ipv6_broken", _filter("isp", "forward", "meta nfproto ipv6 drop"), Fault.NONE, also=(Also.IPV6_BROKEN,), rounds=1),

    # Names
    Row("resolver_dead", _server("dns", silent=True), Fault.DNS, Reason.RESOLVER_TIMEOUT),
    Row("resolver_dead_first_look_ever", _server("dns", silent=True), Fault.DNS, Reason.RESOLVER_TIMEOUT, learnt=False),
    Row("resolver_closed", _server("dns", closed=True), Fault.DNS),
    Row("resolver_slow", _server("dns", slow=3), Fault.NONE, also=(Also.DNS_SLOW,), rounds=1, patient=True),
    Row("resolver_nxdomain", _server("dns", code=3), Fault.DNS, Reason.NXDOMAIN),
    Row("resolver_servfail", _server("dns", code=2), Fault.DNS, Reason.SERVFAIL),
    Row("resolver_refuses", _server("dns", code=5), Fault.DNS, Reason.RESOLVER_REFUSED),
    Row("resolver_lies_another_host", _server("dns", lie=[ipv4("portal")]), Fault.DNS, Reason.WRONG_ANSWER),
    Row("resolver_lies_nowhere", _server("dns", lie=["0.0.0.0"]), Fault.DNS, Reason.WRONG_ANSWER),
    Row("resolver_lies_silent_host", _server("dns", lie=["100.65.0.250"]), Fault.DNS, Reason.WRONG_ANSWER),
    Row("hosts_file_elsewhere", lambda w: w.hosts(f"{ipv4('portal')} {LOGIN}"), Fault.DNS, Reason.WRONG_ANSWER),
    Row("hosts_file_this_pc", lambda w: w.hosts(f"127.0.0.1 {LOGIN}"), Fault.DNS, Reason.WRONG_ANSWER),

    # The site's port
    Row("tcp_refused", _server("login", closed=True), Fault.SITE_TCP, Reason.REFUSED, other=Fault.SITE_TCP),
    Row("tcp_reset", _filter("isp", "forward", f"{_TO_LOGIN} {_WEB} reject with tcp reset",
        f"{_TO_LOGIN6} {_WEB} reject with tcp reset"), Fault.SITE_TCP, Reason.REFUSED),
    Row("tcp_filtered", _filter("isp", "forward", f"{_TO_LOGIN} drop", f"{_TO_LOGIN6} drop"), Fault.SITE_TCP, Reason.TIMEOUT),
    Row("site_down_for_everyone", lambda w: w.deaf("login", "eth0"), Fault.SITE_TCP, other=Fault.SITE_TCP, patient=True),
    Row("only_this_pc_blocked", _filter("gateway", "forward", f"ip saddr 192.168.1.10 {_TO_LOGIN} drop",
        f"ip6 saddr 2001:db8:1::10 {_TO_LOGIN6} drop"), Fault.SITE_TCP, other=Fault.NONE),
    Row("only_this_pc_forbidden", _all(lambda w: w.route("pc", f"prohibit {ipv4('login')}"),
        lambda w: w.route("pc", f"prohibit {ipv6('login')}")), Fault.PC_BLOCKED, Reason.BLOCKED_LOCALLY, other=Fault.NONE),

    # Certificates and clocks
    Row("tls_expired", _certificate(end=-_DAY), Fault.SITE_TLS, Reason.CERTIFICATE_EXPIRED),
    Row("tls_not_yet_valid", _certificate(start=_DAY), Fault.SITE_TLS, Reason.CERTIFICATE_NOT_YET_VALID),
    Row("tls_wrong_name", _certificate("login", "www.other.example"), Fault.SITE_TLS, Reason.CERTIFICATE_WRONG_NAME),
    Row("tls_self_signed", _certificate(own=True), Fault.SITE_TLS, Reason.CERTIFICATE_SELF_SIGNED),
    Row("tls_reset", _server("login", tls="reset"), Fault.SITE_TLS, Reason.TLS_CUT),
    Row("tls_hang", _server("login", tls="hang"), Fault.SITE_TLS, Reason.TIMEOUT),
    Row("tls_intercepted", _certificate(by="office"), Fault.INTERCEPTION, Reason.CERTIFICATE_UNKNOWN_ISSUER),
    Row("tls_intercepted_everywhere", _all(_certificate(by="office"), _certificate("app", "app.accounts.example", by="office"),
        _certificate("one", by="office"), _certificate("two", by="office")), Fault.INTERCEPTION),
    Row("clock_10_minutes_behind", _clock(-10 * _MINUTE), Fault.NONE, also=(Also.CLOCK_OFF,), rounds=1),
    Row("clock_7_hours_ahead", _clock(7 * _HOUR), Fault.NONE, also=(Also.CLOCK_OFF,), rounds=1),
    Row("clock_7_hours_behind_new_certificate", _all(_certificate(start=-_HOUR), _clock(-7 * _HOUR)), Fault.PC_CLOCK),
    Row("clock_10_minutes_ahead_at_expiry", _all(_certificate(end=5 * _MINUTE), _clock(10 * _MINUTE)), Fault.PC_CLOCK),
    Row("clock_543_years_ahead", _clock(timedelta(days=198_327)), Fault.PC_CLOCK, rounds=1),
    Row("clock_4_years_behind", _clock(-1460 * _DAY), Fault.PC_CLOCK),

    # The page
    Row("http_500", _server("login", status="500 Internal Server Error"), Fault.SITE_HTTP, Reason.STATUS_SERVER_ERROR),
    Row("http_502", _server("login", status="502 Bad Gateway"), Fault.SITE_HTTP, Reason.STATUS_SERVER_ERROR),
    Row("http_503", _server("login", status="503 Service Unavailable"), Fault.SITE_HTTP, Reason.STATUS_SERVER_ERROR, other=Fault.SITE_HTTP),
    Row("http_404", _server("login", status="404 Not Found", page="wrong"), Fault.SITE_HTTP, Reason.STATUS_CLIENT_ERROR),
    Row("http_hang", _server("login", hang=True), Fault.SITE_HTTP, Reason.TIMEOUT),
    Row("http_slow", _server("login", late=4), Fault.SLOW, patient=True),
    Row("http_slow_body", _server("login", pieces=5), Fault.SLOW, patient=True),
    Row("http_slow_first_look_ever", _server("login", late=6), Fault.SLOW, learnt=False, patient=True),
    Row("http_drip", _server("login", drip=True), Fault.SITE_HTTP, Reason.BODY_TIMEOUT),
    Row("http_cut_body", _server("login", cut=True), Fault.SITE_HTTP, Reason.BODY_CUT),
    Row("http_wrong_content", _server("login", page="wrong"), Fault.SITE_HTTP, Reason.WRONG_CONTENT),
    Row("http_redirect_elsewhere", _server("login", redirect="https://parked.example/"), Fault.SITE_HTTP, Reason.REDIRECT_ELSEWHERE),
    Row("http_maintenance", _server("login", page="maintenance", status="503 Service Unavailable"), Fault.SITE_HTTP, Reason.MAINTENANCE_PAGE),
    Row("login_bad_app_good", _server("login", status="500 Internal Server Error"), Fault.SITE_HTTP, also=(Also.LOGIN_ONLY,), rounds=1),

    Row("websocket_refused", _server("app", websocket="refused"), Fault.NONE, also=(Also.WEBSOCKET_REFUSED,), rounds=1),
    Row("app_bad_login_good", _filter("isp", "forward", f"ip daddr {ipv4('app')} drop", f"ip6 daddr {ipv6('app')} drop"),
        Fault.NONE, also=(Also.WEBSOCKET_REFUSED,), rounds=1),

    # Somebody in between
    Row("captive_portal", _all(_server("portal", redirect="http://portal.isp.example/login"),
        lambda w: w.divert("80, 443", "portal")), Fault.CAPTIVE_PORTAL),
    Row("captive_portal_page", _portal("portal"), Fault.CAPTIVE_PORTAL),
    Row("isp_payment_page", _portal("payment"), Fault.CAPTIVE_PORTAL),
    Row("isp_payment_page_http_only", _all(_server("portal", page="payment"), lambda w: w.divert("80", "portal"),
        _filter("isp", "forward", "tcp dport 443 drop")), Fault.CAPTIVE_PORTAL),
    Row("proxy_required_407", _all(lambda w: w.divert("80", "proxy"),
        _filter("gateway", "forward", "tcp dport 443 reject with tcp reset")), Fault.PC_BLOCKED,
        also=(Also.PROXY_REQUIRED,), rounds=1),
)
# fmt: on

BY_NAME = {row.name: row for row in ROWS}
