"""The table of verdicts, worked: every rule is reached, and silence accuses nobody."""

from dataclasses import replace

import pytest

from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rules import RULES, RULES_VERSION, SIDE_RULES
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result

_ROWS = {
    "link": (Layer.LINK, ""),
    "gateway": (Layer.GATEWAY, ""),
    "dns": (Layer.DNS, "login"),
    "second": (Layer.DNS, "second_resolver"),
    "one": (Layer.REFERENCE, "one"),
    "two": (Layer.REFERENCE, "two"),
    "tcp": (Layer.TCP, "login"),
    "tls": (Layer.TLS, "login"),
    "http": (Layer.HTTP, "login"),
    "kb": (Layer.HTTP, "kb"),
    "channel": (Layer.HTTP, "websocket"),
}
OK, SKIP = Result.OK, Result.SKIPPED


def layers(**changes):
    """A round in which all is well (50 ms in all), but for the named rows.

    A Reason makes the row fail, "skip" leaves it untried, "no" leaves it out, a number is its time, other
    text its detail; a tuple (Reason, detail) is both.
    """
    rows = []
    for name, (layer, target) in _ROWS.items():
        change = changes.get(name, "no" if name in {"kb", "channel"} else 10.0)
        match change:
            case "no":
                continue
            case "skip":
                rows.append(LayerResult(layer, target, SKIP, Reason.EARLIER_LAYER_FAILED))
            case Reason.NO_GATEWAY | Reason.NOT_PERMITTED | Reason.OUT_OF_BUDGET | Reason.DEADLINE:
                rows.append(LayerResult(layer, target, SKIP, change))
            case Reason():
                rows.append(LayerResult(layer, target, Result.FAIL, change, 10.0))
            case (Reason() as reason, str(detail)):
                rows.append(LayerResult(layer, target, Result.FAIL, reason, 10.0, detail))
            case float():
                rows.append(LayerResult(layer, target, OK, Reason.NONE, change))
            case str():
                rows.append(LayerResult(layer, target, OK, Reason.NONE, 10.0, change))
    return tuple(rows)


def after(rounds=40, *, decides="login", **usual):
    """A history of rounds that all looked like this."""
    history = History(decides)
    for n in range(rounds):
        seen = layers(**usual)
        verdict = judge(seen, history)
        history = history.with_round(
            ProbeRound(n * 30_000, n * 30_000, verdict.fault, verdict.rule, seen)
        )
    return history


USUAL = after()
MUTE_GATEWAY = after(gateway=Reason.TIMEOUT)
MUTE_REFERENCES = after(one=Reason.TIMEOUT, two=Reason.TIMEOUT)
NEW = History()

_OUT = {"one": Reason.TIMEOUT, "two": Reason.TIMEOUT}
_GONE = {"tcp": Reason.TIMEOUT, "tls": "skip", "http": "skip"}
_NO_NAME = {"dns": Reason.RESOLVER_TIMEOUT, "tcp": "skip", "tls": "skip", "http": "skip"}
_SPARED = dict.fromkeys(("tcp", "tls", "http"), Reason.OUT_OF_BUDGET)
_CONNECTED = dict.fromkeys(("tls", "http"), Reason.OUT_OF_BUDGET)
_PORTAL = {"one": Reason.PORTAL_PAGE, "two": Reason.TIMEOUT}


_BLOCKED = dict.fromkeys(("one", "two"), Reason.BLOCKED_LOCALLY)
_LOSING = {"one": "connect=3020", "two": "try=2 connect=3030"}
_PROXY = {"one": Reason.PROXY_REQUIRED, "two": Reason.TLS_CUT}
_OTHERS = {"one": Reason.CERTIFICATE_WRONG_NAME, "two": Reason.CERTIFICATE_WRONG_NAME}


def _signed(one, two):
    """References whose certificates nobody trusts, with a number for who signed each."""
    unknown = Reason.CERTIFICATE_UNKNOWN_ISSUER
    return {"one": (unknown, f"signer={one}"), "two": (unknown, f"signer={two}")}


def _tls(reason, detail=""):
    return {"tls": (reason, detail), "http": "skip"}


CASES = [
    ("none", Fault.NONE, USUAL, {}),
    ("none", Fault.NONE, NEW, {}),
    ("none", Fault.NONE, USUAL, {"gateway": Reason.TIMEOUT, **_OUT}),
    ("none", Fault.NONE, USUAL, {"link": Reason.NO_INTERFACE}),
    ("none", Fault.NONE, USUAL, {"http": 209.0}),
    ("slow", Fault.SLOW, USUAL, {"http": 250.0}),
    ("slow", Fault.SLOW, USUAL, {"tcp": 3005.0}),
    ("slow", Fault.SLOW, NEW, {"http": 5100.0}),
    ("none", Fault.NONE, NEW, {"http": 2500.0}),
    ("lossy", Fault.LOSSY, USUAL, {"tcp": 3012.0, "one": "try=2", "two": "try=2"}),
    ("pc_link.cable", Fault.PC_LINK, USUAL, {"link": Reason.CABLE_OUT, **_OUT, **_GONE}),
    ("pc_link.wifi", Fault.PC_LINK, USUAL, {"link": Reason.WIFI_OFF, **_OUT, **_GONE}),
    ("pc_link.address", Fault.PC_LINK, USUAL, {"link": Reason.NO_ADDRESS, **_OUT, **_GONE}),
    ("pc_link.address", Fault.PC_LINK, NEW, {"link": Reason.SELF_ASSIGNED_ADDRESS, **_NO_NAME}),
    ("pc_link", Fault.PC_LINK, NEW, {"link": Reason.NO_INTERFACE, **_OUT, **_NO_NAME}),
    ("gateway", Fault.GATEWAY, USUAL, {"gateway": Reason.TIMEOUT, **_OUT, **_GONE}),
    ("gateway", Fault.GATEWAY, NEW, {"gateway": Reason.HOST_UNREACHABLE, **_OUT, **_NO_NAME}),
    ("gateway.missing", Fault.GATEWAY, NEW, {"gateway": Reason.NO_GATEWAY, **_OUT, **_NO_NAME}),
    ("uplink", Fault.UPLINK, USUAL, {**_OUT, **_GONE}),
    ("uplink", Fault.UPLINK, USUAL, {**_OUT, **_NO_NAME}),
    ("uplink", Fault.UPLINK, MUTE_GATEWAY, {"gateway": Reason.TIMEOUT, **_OUT, **_GONE}),
    ("uplink", Fault.UPLINK, USUAL, {"gateway": Reason.NOT_PERMITTED, **_OUT, **_GONE}),
    ("uplink.lossy", Fault.UPLINK, USUAL, {**_LOSING, **_NO_NAME}),
    ("uplink.lossy", Fault.UPLINK, USUAL, {**_LOSING, **_tls(Reason.TIMEOUT)}),
    ("uplink.lossy", Fault.UPLINK, USUAL, {**_LOSING, "http": Reason.BODY_TIMEOUT}),
    ("dns.not_found", Fault.DNS, USUAL, {**_LOSING, **_NO_NAME, "dns": Reason.NXDOMAIN}),
    ("site_tls", Fault.SITE_TLS, USUAL, {**_LOSING, **_tls(Reason.TIMEOUT, "mtu")}),
    ("site_http.error", Fault.SITE_HTTP, USUAL, {**_LOSING, "http": Reason.STATUS_SERVER_ERROR}),
    ("dns.wrong_answer", Fault.DNS, USUAL, {"dns": Reason.WRONG_ANSWER, "http": "skip"}),
    ("dns.not_found", Fault.DNS, USUAL, {**_NO_NAME, "dns": Reason.NXDOMAIN}),
    ("dns.not_found", Fault.DNS, NEW, {**_NO_NAME, "dns": Reason.NO_DATA, "one": Reason.TIMEOUT}),
    ("dns.resolver", Fault.DNS, USUAL, _NO_NAME),
    ("dns.resolver", Fault.DNS, USUAL, {"dns": Reason.SERVFAIL, "tls": "skip", "http": "skip"}),
    ("dns.resolver", Fault.DNS, USUAL, {"dns": Reason.SERVFAIL, **_OUT}),
    (
        "pc_clock",
        Fault.PC_CLOCK,
        USUAL,
        _tls(Reason.CERTIFICATE_NOT_YET_VALID, "clock=-34560000"),
    ),
    ("pc_clock", Fault.PC_CLOCK, NEW, _tls(Reason.CERTIFICATE_EXPIRED, "clock=301")),
    ("site_tls", Fault.SITE_TLS, NEW, _tls(Reason.CERTIFICATE_EXPIRED, "clock=299")),
    ("site_tls", Fault.SITE_TLS, NEW, _tls(Reason.CERTIFICATE_WRONG_NAME, "clock=900")),
    (
        "pc_clock.dates",
        Fault.PC_CLOCK,
        NEW,
        {**_tls(Reason.CERTIFICATE_EXPIRED), "one": "dates"},
    ),
    (
        "interception",
        Fault.INTERCEPTION,
        USUAL,
        _tls(Reason.CERTIFICATE_UNKNOWN_ISSUER),
    ),
    ("interception", Fault.INTERCEPTION, NEW, _tls(Reason.CERTIFICATE_SELF_SIGNED, "issuer=0")),
    ("site_tls", Fault.SITE_TLS, NEW, _tls(Reason.CERTIFICATE_UNKNOWN_ISSUER, "issuer=1")),
    ("site_tls", Fault.SITE_TLS, NEW, _tls(Reason.CERTIFICATE_SELF_SIGNED)),
    ("site_tls", Fault.SITE_TLS, USUAL, _tls(Reason.TLS_CUT)),
    ("interception.references", Fault.INTERCEPTION, NEW, {**_OTHERS, **_NO_NAME}),
    ("interception.references", Fault.INTERCEPTION, USUAL, {**_OTHERS, **_GONE}),
    (
        "interception.references",
        Fault.INTERCEPTION,
        USUAL,
        {"one": Reason.CERTIFICATE_SELF_SIGNED, "two": Reason.TIMEOUT, **_GONE},
    ),
    ("interception.references", Fault.INTERCEPTION, USUAL, {**_signed(7, 7), **_GONE}),
    ("beyond_gateway", Fault.BEYOND_GATEWAY, USUAL, {**_signed(7, 8), **_GONE}),
    ("beyond_gateway", Fault.BEYOND_GATEWAY, USUAL, {**_signed(7, 7), "two": "no", **_GONE}),
    ("dns.resolver", Fault.DNS, USUAL, {"one": Reason.CERTIFICATE_WRONG_NAME, **_NO_NAME}),
    ("captive_portal", Fault.CAPTIVE_PORTAL, USUAL, {**_PORTAL, "http": Reason.REDIRECT_ELSEWHERE}),
    ("captive_portal", Fault.CAPTIVE_PORTAL, USUAL, {**_PORTAL, **_GONE}),
    (
        "captive_portal",
        Fault.CAPTIVE_PORTAL,
        USUAL,
        {**_PORTAL, **_tls(Reason.CERTIFICATE_UNKNOWN_ISSUER)},
    ),
    ("captive_portal.page", Fault.CAPTIVE_PORTAL, USUAL, {"http": Reason.PORTAL_PAGE}),
    ("pc_blocked", Fault.PC_BLOCKED, USUAL, {**_GONE, "tcp": Reason.BLOCKED_LOCALLY}),
    ("pc_blocked", Fault.PC_BLOCKED, USUAL, {**_BLOCKED, **_NO_NAME}),
    ("pc_blocked", Fault.PC_BLOCKED, USUAL, {**_BLOCKED, **_GONE, "gateway": Reason.TIMEOUT}),
    ("uplink", Fault.UPLINK, USUAL, {**_BLOCKED, "two": Reason.TIMEOUT, **_NO_NAME}),
    ("pc_blocked.resources", Fault.PC_BLOCKED, USUAL, {**_GONE, "tcp": Reason.NO_RESOURCES}),
    ("pc_blocked.proxy", Fault.PC_BLOCKED, USUAL, {"http": Reason.PROXY_REQUIRED}),
    ("site_tcp.refused", Fault.SITE_TCP, USUAL, {**_GONE, "tcp": Reason.REFUSED}),
    ("site_tcp", Fault.SITE_TCP, USUAL, {**_GONE, "one": Reason.TIMEOUT}),
    ("pc_blocked.proxy", Fault.PC_BLOCKED, USUAL, {**_PROXY, **_GONE}),
    ("pc_blocked.proxy", Fault.PC_BLOCKED, NEW, {**_PROXY, **_NO_NAME}),
    ("pc_blocked.proxy", Fault.PC_BLOCKED, NEW, {**_PROXY, **_tls(Reason.TLS_CUT)}),
    ("site_tcp.refused", Fault.SITE_TCP, NEW, {**_PROXY, "two": 9.0, **_GONE, "tcp": Reason.RESET}),
    ("site_http.maintenance", Fault.SITE_HTTP, USUAL, {"http": Reason.MAINTENANCE_PAGE}),
    ("site_http.error", Fault.SITE_HTTP, NEW, {"http": (Reason.STATUS_SERVER_ERROR, "503")}),
    ("site_http.error", Fault.SITE_HTTP, USUAL, {"http": Reason.STATUS_CLIENT_ERROR, **_OUT}),
    ("site_http.content", Fault.SITE_HTTP, USUAL, {"http": Reason.WRONG_CONTENT}),
    ("site_http.content", Fault.SITE_HTTP, USUAL, {"http": Reason.REDIRECT_ELSEWHERE}),
    ("site_http.stalled", Fault.SITE_HTTP, USUAL, {"http": Reason.BODY_TIMEOUT}),
    ("beyond_gateway", Fault.BEYOND_GATEWAY, MUTE_REFERENCES, {**_OUT, **_GONE}),
    ("beyond_gateway", Fault.BEYOND_GATEWAY, NEW, {"one": "no", "two": "no", **_NO_NAME}),
    ("none.line", Fault.NONE, USUAL, _CONNECTED),
    ("none.line", Fault.NONE, NEW, _SPARED),
    ("dns.not_found", Fault.DNS, USUAL, {**_SPARED, "dns": Reason.NXDOMAIN}),
    ("site_tcp", Fault.SITE_TCP, USUAL, {**_CONNECTED, "tcp": Reason.TIMEOUT}),
    ("pc_link.cable", Fault.PC_LINK, USUAL, {**_SPARED, **_OUT, "link": Reason.CABLE_OUT}),
    ("unknown", Fault.UNKNOWN, USUAL, {**_SPARED, **_OUT}),
    ("unknown", Fault.UNKNOWN, USUAL, {"http": Reason.DEADLINE}),
    ("unknown", Fault.UNKNOWN, USUAL, dict.fromkeys(_ROWS, "skip")),
    ("unknown", Fault.UNKNOWN, NEW, dict.fromkeys(_ROWS, "no")),
]


@pytest.mark.parametrize(
    ("rule", "fault", "history", "changes"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)]
)
def test_the_table(rule, fault, history, changes):
    verdict = judge(layers(**changes), history)
    assert (verdict.rule, verdict.fault) == (rule, fault)


def test_every_rule_is_reached_by_the_table():
    assert {rule.id for rule in RULES} == {case[0] for case in CASES}


def test_ids_are_unique_and_every_rule_says_why():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(rule.comment and rule.evidence in {"measured", "elimination"} for rule in RULES)
    assert RULES_VERSION


def test_rules_stand_in_the_order_of_the_methods():
    orders = [rule.order for rule in RULES[:-1]]
    assert orders == sorted(orders)
    assert RULES[-1].fault is Fault.UNKNOWN


def test_every_fault_has_a_rule():
    assert {rule.fault for rule in RULES} == set(Fault)


ALSO = [
    (Also.IPV6_BROKEN, {"tcp": "ipv6=0"}),
    (Also.PROXY_REQUIRED, {"http": Reason.PROXY_REQUIRED}),
    (Also.PC_OVERLOADED, {"link": "wired cpu=97"}),
    (Also.PC_OVERLOADED, {"link": "memory=96"}),
    (Also.PC_OVERLOADED, {"two": Reason.NO_RESOURCES}),
    (Also.CLOCK_OFF, {"http": "200 clock=-301"}),
    (Also.DNS_SLOW, {"dns": 2100.0}),
    (Also.RESOLVERS_DISAGREE, {"second": "differs"}),
    (Also.PATH_MTU, {"tls": (Reason.TIMEOUT, "mtu"), "http": "skip"}),
    (Also.PATH_MTU, {"http": (Reason.BODY_TIMEOUT, "200 mtu")}),
    (Also.WEBSOCKET_REFUSED, {"channel": Reason.STATUS_CLIENT_ERROR}),
    (
        Also.PACKETS_LOST,
        {"one": "try=2", "two": "try=2", "tls": Reason.TIMEOUT, "http": "skip"},
    ),
    (Also.LOGIN_ONLY, {"http": Reason.BODY_CUT, "kb": "200"}),
]


@pytest.mark.parametrize(("also", "changes"), ALSO)
def test_what_is_seen_beside_the_verdict(also, changes):
    assert judge(layers(**changes), NEW).also == (also,)


# Usual: connect and handshake of 10 ms each. A queue delays both, a lost packet only the connect.
WAITING = {"tcp": 300.0, "tls": 320.0, "http": 900.0}
SELF, BLOAT = Also.SELF_LOADED, Also.BUFFERBLOAT
UNDER_LOAD = [
    ((SELF, BLOAT), USUAL, {**WAITING, "link": "wired load=4000"}),
    ((SELF,), USUAL, {"http": 900.0, "link": "wired load=4000"}),  # slow, though nothing waits
    ((BLOAT,), USUAL, WAITING),  # somebody else's load: the waiting came just now
    (
        (),
        USUAL,
        {"link": "wired load=4000"},
    ),  # busy, and yet all is well: a neighbour was copied to
    ((), after(link="load=9000"), {"http": 900.0, "link": "wired load=4000"}),  # far from its most
    ((), USUAL, {"tcp": 1010.0}),  # a lost packet delays only the connect
    ((), USUAL, {**WAITING, "gateway": 250.0}),  # the router itself is slow
    ((), replace(USUAL, connects=(300.0,) * 5), WAITING),  # a longer way, not a queue
    ((BLOAT,), replace(USUAL, connects=(200.0, 260.0, 300.0)), WAITING),
    ((), NEW, WAITING),  # nothing is known of this line yet
]


@pytest.mark.parametrize(("also", "history", "changes"), UNDER_LOAD)
def test_a_line_under_load(also, history, changes):
    seen = judge(layers(**changes), history).also
    assert tuple(x for x in seen if x in {SELF, BLOAT}) == also


def test_every_side_rule_is_reached_and_every_side_finding_has_a_rule():
    reached = {also for also, _ in ALSO} | {x for case in UNDER_LOAD for x in case[0]}
    assert {side.also for side in SIDE_RULES} == reached == set(Also)
    assert len(SIDE_RULES) == len(Also)
    assert all(side.comment for side in SIDE_RULES)


def test_a_good_round_says_nothing_beside_it():
    assert judge(layers(link="wired cpu=94"), NEW).also == ()


def test_a_lost_packet_of_ipv6_is_not_ipv6_broken():
    assert judge(layers(tcp="ipv6=0"), USUAL).also == (Also.IPV6_BROKEN,)
    assert judge(layers(tcp="ipv6=0", one="try=2"), USUAL).also == ()
    unsteady = USUAL.with_round(ProbeRound(0, 0, Fault.NONE, "none", layers(one="try=2")))
    assert judge(layers(tcp="ipv6=0"), unsteady).also == ()


def test_a_channel_that_never_opened_says_nothing():
    seen = layers(channel=Reason.STATUS_CLIENT_ERROR)
    assert judge(seen, after(channel="101")).also == (Also.WEBSOCKET_REFUSED,)
    assert judge(seen, after(channel=Reason.STATUS_CLIENT_ERROR)).also == ()


def test_a_channel_that_is_waited_for_in_vain_says_nothing_while_packets_get_lost():
    assert judge(layers(channel=Reason.TIMEOUT), NEW).also == (Also.WEBSOCKET_REFUSED,)
    assert judge(layers(channel=Reason.TIMEOUT, one="try=2"), NEW).also == ()
    assert judge(layers(channel=Reason.RESET, one="try=2"), NEW).also == (Also.WEBSOCKET_REFUSED,)


def test_a_channel_is_no_other_page_and_no_matter_while_the_page_is_missing():
    failing = layers(http=Reason.BODY_CUT, channel="101")
    assert judge(failing, NEW).also == ()
    failing = layers(http=Reason.BODY_CUT, channel=Reason.REFUSED)
    assert judge(failing, NEW).also == ()


def test_another_role_may_decide():
    seen = layers(http=Reason.STATUS_SERVER_ERROR, kb="200")
    assert judge(seen, History("kb")).fault is Fault.NONE
    assert judge(seen, History("login")).fault is Fault.SITE_HTTP
