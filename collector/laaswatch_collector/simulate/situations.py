"""What a probe sees in each situation, and what the agent's own rules make of it.

A situation is a cause somebody knows ("the router is dead"); the layers are what a PC finds. The
verdict is never written down here: `diagnosis` gives it, once for each way the layers can look, and
the judged round serves as the template of every round in that situation.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import Judgement, judge
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result

ROLE = "login"
REFERENCES = ("ref_domestic", "ref_abroad")
JITTERS = (0.9, 1.0, 1.05, 1.2)
"""Rounds of one situation differ by these factors of time."""
_PRACTICE_ROUNDS = 40


class Situation(IntEnum):
    """Causes, mildest first: where two meet, the larger number is what the PC sees."""

    GOOD = 0
    SLOW = 1
    SITE_UNAVAILABLE = 2
    SITE_MAINTENANCE = 3
    SITE_HANGS = 4
    SITE_CERTIFICATE_EXPIRED = 5
    SITE_REFUSES = 6
    PATH_TO_SITE_CUT = 7
    UNPAID_BILL_PAGE = 8
    ANTIVIRUS_IN_BETWEEN = 9
    NAME_NOT_FOUND = 10
    RESOLVER_DEAD = 11
    LINE_CUT = 12
    ROUTER_DEAD = 13
    NO_ADDRESS = 14
    CABLE_OUT = 15
    BLINK = 16
    """One page that broke off: noise, not an outage."""


USABLE = (Situation.GOOD, Situation.SLOW)


@dataclass(frozen=True, slots=True)
class Template:
    """A judged round without its times."""

    fault: Fault
    rule: str
    layers: tuple[LayerResult, ...]


@dataclass(slots=True)
class Templates:
    """Judged rounds, made when first asked for."""

    _made: dict[tuple[Situation, float, bool, int], Template] = field(default_factory=dict)
    _histories: dict[tuple[float, bool], History] = field(default_factory=dict)

    def of(self, situation: Situation, base_ms: float, silent: bool, jitter: int) -> Template:
        """The template of a situation on a line with this connect time, router and jitter."""
        key = (situation, base_ms, silent, jitter)
        made = self._made.get(key)
        if made is None:
            layers = look(situation, base_ms * JITTERS[jitter], gateway_silent=silent)
            verdict = judge(layers, self._history(base_ms, silent))
            made = self._made[key] = Template(verdict.fault, verdict.rule, layers)
        return made

    def _history(self, base_ms: float, silent: bool) -> History:
        """What such an agent knows of itself after some good days."""
        known = self._histories.get((base_ms, silent))
        if known is None:
            known = History()
            for n in range(_PRACTICE_ROUNDS):
                layers = look(
                    Situation.GOOD, base_ms * JITTERS[n % len(JITTERS)], gateway_silent=silent
                )
                verdict: Judgement = judge(layers, known)
                at = n * 60_000
                known = known.with_round(ProbeRound(at, at, verdict.fault, verdict.rule, layers))
            self._histories[(base_ms, silent)] = known
        return known


def look(
    situation: Situation, ms: float, *, gateway_silent: bool = False
) -> tuple[LayerResult, ...]:
    """The layers as a probe finds them; `ms` is the connect time to the site when all is well."""
    seen: dict[str, _Seen] = {x: (Result.OK, Reason.NONE, t, d) for x, t, d in _well(ms)}
    if gateway_silent:
        seen["gateway"] = (Result.FAIL, Reason.TIMEOUT, 2000.0, "")
    seen |= _HOW_IT_LOOKS[situation](ms)
    return tuple(LayerResult(layer, target, *seen[name]) for name, layer, target in _ROWS)


_Seen = tuple[Result, Reason, float | None, str]

_ROWS = (
    ("link", Layer.LINK, ""),
    ("gateway", Layer.GATEWAY, ""),
    ("dns", Layer.DNS, ROLE),
    ("second_resolver", Layer.DNS, "second_resolver"),
    ("reference_1", Layer.REFERENCE, REFERENCES[0]),
    ("reference_2", Layer.REFERENCE, REFERENCES[1]),
    ("tcp", Layer.TCP, ROLE),
    ("tls", Layer.TLS, ROLE),
    ("http", Layer.HTTP, ROLE),
)


def _well(ms: float) -> tuple[tuple[str, float, str], ...]:
    return (
        ("link", 0.2, ""),
        ("gateway", 1.4, ""),
        ("dns", round(ms * 0.4, 1), ""),
        ("second_resolver", round(ms * 0.7, 1), ""),
        ("reference_1", round(ms * 0.6, 1), "204"),
        ("reference_2", round(ms * 1.6, 1), "204"),
        ("tcp", round(ms, 1), ""),
        ("tls", round(ms * 2.1, 1), ""),
        ("http", round(ms * 5.0, 1), "200"),
    )


def _fail(reason: Reason, ms: float | None, detail: str = "") -> _Seen:
    return (Result.FAIL, reason, ms, detail)


_SKIPPED: _Seen = (Result.SKIPPED, Reason.EARLIER_LAYER_FAILED, None, "")
_TIMEOUT = _fail(Reason.TIMEOUT, 10_000.0)
_UNREACHABLE = _fail(Reason.NETWORK_UNREACHABLE, 0.3)


def _good(_ms: float) -> dict[str, _Seen]:
    return {}


def _slow(ms: float) -> dict[str, _Seen]:
    # Ten times the usual and 900 ms on top is slow by any baseline of this line.
    def took(factor: float) -> float:
        return round(ms * factor * 10 + 900, 1)

    return {
        "tcp": (Result.OK, Reason.NONE, round(ms * 6, 1), ""),
        "tls": (Result.OK, Reason.NONE, took(2), ""),
        "http": (Result.OK, Reason.NONE, took(5), "200"),
    }


def _http(reason: Reason, status: str, ms: float) -> dict[str, _Seen]:
    return {"http": _fail(reason, ms, status)}


def _unavailable(ms: float) -> dict[str, _Seen]:
    return _http(Reason.STATUS_SERVER_ERROR, "503", round(ms * 4, 1))


def _maintenance(ms: float) -> dict[str, _Seen]:
    return _http(Reason.MAINTENANCE_PAGE, "200", round(ms * 4, 1))


def _hangs(_ms: float) -> dict[str, _Seen]:
    return _http(Reason.BODY_TIMEOUT, "200", 10_000.0)


def _blink(_ms: float) -> dict[str, _Seen]:
    return _http(Reason.BODY_CUT, "200", 700.0)


def _certificate(reason: Reason, ms: float, detail: str = "") -> dict[str, _Seen]:
    return {"tls": _fail(reason, round(ms * 2, 1), detail), "http": _SKIPPED}


def _expired(ms: float) -> dict[str, _Seen]:
    return _certificate(Reason.CERTIFICATE_EXPIRED, ms)


def _antivirus(ms: float) -> dict[str, _Seen]:
    return _certificate(Reason.CERTIFICATE_UNKNOWN_ISSUER, ms, "issuer=0")


def _site_tcp(seen: _Seen) -> dict[str, _Seen]:
    return {"tcp": seen, "tls": _SKIPPED, "http": _SKIPPED}


def _refuses(ms: float) -> dict[str, _Seen]:
    return _site_tcp(_fail(Reason.REFUSED, round(ms, 1)))


def _path_cut(_ms: float) -> dict[str, _Seen]:
    return _site_tcp(_TIMEOUT)


def _bill_page(ms: float) -> dict[str, _Seen]:
    page = _fail(Reason.PORTAL_PAGE, round(ms, 1), "302")
    return {
        "reference_1": page,
        "reference_2": page,
        "http": _fail(Reason.REDIRECT_ELSEWHERE, round(ms * 2, 1), "302"),
    }


def _nameless(dns: _Seen, ms: float) -> dict[str, _Seen]:
    # The site's port still answers at its last known address; without the name nobody gets a page.
    return {
        "dns": dns,
        "tcp": (Result.OK, Reason.NONE, round(ms, 1), "known"),
        "tls": _SKIPPED,
        "http": _SKIPPED,
    }


def _name_not_found(ms: float) -> dict[str, _Seen]:
    return _nameless(_fail(Reason.NXDOMAIN, round(ms * 0.4, 1)), ms)


def _resolver_dead(ms: float) -> dict[str, _Seen]:
    return _nameless(_fail(Reason.RESOLVER_TIMEOUT, 5_000.0), ms)


def _beyond(dns: _Seen, other: _Seen) -> dict[str, _Seen]:
    return {
        "dns": dns,
        "second_resolver": dns,
        "reference_1": other,
        "reference_2": other,
        **_site_tcp(other),
    }


def _line_cut(_ms: float) -> dict[str, _Seen]:
    return _beyond(_fail(Reason.RESOLVER_TIMEOUT, 5_000.0), _TIMEOUT)


def _router_dead(_ms: float) -> dict[str, _Seen]:
    unreachable = _fail(Reason.HOST_UNREACHABLE, 3_000.0)
    return {
        "gateway": _fail(Reason.TIMEOUT, 2_000.0),
        **_beyond(_fail(Reason.RESOLVER_TIMEOUT, 5_000.0), unreachable),
    }


def _no_link(reason: Reason) -> dict[str, _Seen]:
    return {
        "link": _fail(reason, 0.2),
        "gateway": (Result.SKIPPED, Reason.NO_GATEWAY, None, ""),
        **_beyond(_fail(Reason.RESOLVER_UNREACHABLE, 0.3), _UNREACHABLE),
    }


def _no_address(_ms: float) -> dict[str, _Seen]:
    return _no_link(Reason.SELF_ASSIGNED_ADDRESS)


def _cable_out(_ms: float) -> dict[str, _Seen]:
    return _no_link(Reason.CABLE_OUT)


_HOW_IT_LOOKS = {
    Situation.GOOD: _good,
    Situation.SLOW: _slow,
    Situation.SITE_UNAVAILABLE: _unavailable,
    Situation.SITE_MAINTENANCE: _maintenance,
    Situation.SITE_HANGS: _hangs,
    Situation.SITE_CERTIFICATE_EXPIRED: _expired,
    Situation.SITE_REFUSES: _refuses,
    Situation.PATH_TO_SITE_CUT: _path_cut,
    Situation.UNPAID_BILL_PAGE: _bill_page,
    Situation.ANTIVIRUS_IN_BETWEEN: _antivirus,
    Situation.NAME_NOT_FOUND: _name_not_found,
    Situation.RESOLVER_DEAD: _resolver_dead,
    Situation.LINE_CUT: _line_cut,
    Situation.ROUTER_DEAD: _router_dead,
    Situation.NO_ADDRESS: _no_address,
    Situation.CABLE_OUT: _cable_out,
    Situation.BLINK: _blink,
}
