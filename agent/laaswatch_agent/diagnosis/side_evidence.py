"""What one round shows beside its verdict: the questions whose answers are told with it and decide nothing."""

from laaswatch_agent.diagnosis.detail import number, word
from laaswatch_agent.diagnosis.evidence import (
    IN_VAIN,
    Evidence,
    failed,
    ok,
    packets_get_lost,
    recent_losses,
    site_is_slow,
    site_works,
)
from laaswatch_agent.diagnosis.history import connect_ms
from laaswatch_agent.report.vocabulary import Layer, Reason

SLOW_NAME_MS = 2000.0
BUSY_PERCENT = 95.0
LOADED_SHARE = 0.5
RISEN_MS = 100.0
BLOATED_FACTOR = 2.0
SWING = 0.15

WEBSOCKET = "websocket"
"""The target of the row about the page's data channel."""


def ipv6_broken(e: Evidence) -> bool:
    """Does the site answer by IPv4 only, though both ends have IPv6?

    Not while packets get lost: then it may be those of IPv6 that were.
    """
    row = e.site(Layer.TCP)
    lost, _ = recent_losses(e)
    return row is not None and ok(row) and number(row.detail, "ipv6") == 0 and not lost


def proxy_required(e: Evidence) -> bool:
    """Did anybody ask for a proxy's password?"""
    return any(failed(x, {Reason.PROXY_REQUIRED}) for x in e.layers)


def pc_overloaded(e: Evidence) -> bool:
    """Is the PC itself out of breath?"""
    if any(failed(x, {Reason.NO_RESOURCES}) for x in e.layers):
        return True
    row = e.row(Layer.LINK)
    busy = [number(row.detail, name) for name in ("cpu", "memory")] if row is not None else []
    return any(percent >= BUSY_PERCENT for percent in busy if percent is not None)


def name_slow(e: Evidence) -> bool:
    """Did the name take more than 2 s?"""
    row = e.site(Layer.DNS)
    return row is not None and ok(row) and row.ms is not None and row.ms > SLOW_NAME_MS


def resolvers_disagree(e: Evidence) -> bool:
    """Does the second resolver give other addresses?"""
    row = e.row(Layer.DNS, "second_resolver")
    return row is not None and word(row.detail, "differs")


def only_login_fails(e: Evidence) -> bool:
    """Does the deciding page fail while another page of the site comes?"""
    own = (e.history.decides, WEBSOCKET)
    others = [x for x in e.layers if x.layer is Layer.HTTP and x.target not in own and ok(x)]
    return bool(others) and failed(e.site(Layer.HTTP))


def websocket_refused(e: Evidence) -> bool:
    """Does the page come, and its data channel, which usually opens, stay shut?

    On a line that loses packets, waiting in vain for the channel says nothing about it.
    """
    row = e.row(Layer.HTTP, WEBSOCKET)
    if row is None or not (site_works(e) and failed(row) and e.history.informative(row)):
        return False
    lost, _ = recent_losses(e)
    return row.reason not in IN_VAIN or not lost


def _moves_much(e: Evidence) -> bool:
    """Does this PC move at least half of the most that it ever moved in these days?"""
    row = e.row(Layer.LINK)
    load = number(row.detail, "load") if row is not None else None
    return load is not None and load >= LOADED_SHARE * e.history.most_load()


def _waiting_risen(e: Evidence) -> float:
    """By how many ms the site's answers come later than usual, on the way and not for a lost packet.

    The connect and the exchange after it must both show it: a lost first packet delays only the connect.
    """
    connect, usual = connect_ms(e.layers, e.history.decides), e.history.median_connect()
    shaken, page = e.site(Layer.TLS), e.site(Layer.HTTP)
    after = shaken if ok(shaken) else page
    if connect is None or usual is None or after is None or after.ms is None:
        return 0.0
    return min(connect, after.ms) - usual


def self_loaded(e: Evidence) -> bool:
    """Is the line slow while this very PC moves much over it?"""
    waits = _waiting_risen(e) >= RISEN_MS
    return _moves_much(e) and (waits or site_is_slow(e) or packets_get_lost(e))


def bufferbloat(e: Evidence) -> bool:
    """Do answers wait in a queue on the way: far longer than usual, under load or coming and going?

    Beyond the router: one that is itself slow to answer has other troubles. Without knowing who loads the
    line, a delay that stays the same from round to round is taken for a longer way, not for a queue.
    """
    usual, gateway = e.history.median_connect(), e.row(Layer.GATEWAY)
    near = gateway is None or gateway.ms is None or gateway.ms < RISEN_MS
    if usual is None or not near or _waiting_risen(e) < max(RISEN_MS, BLOATED_FACTOR * usual):
        return False
    now = connect_ms(e.layers, e.history.decides) or 0.0
    swing = now - min([*e.history.connects, now])
    most = max([*e.history.connects, now])
    return _moves_much(e) or max(swing, most - now) >= SWING * most
