"""What the rules need to know of the agent's own past: small, bounded, and plain enough to be kept as JSON.

Of each of the last seven days that had rounds: how many were good, how often each layer was ok in them,
and two histograms of times with bins 5 % apart (a median is right to ± 2.5 %). Days are counted as they
come, so that a PC whose clock jumps for an hour into another year does not forget its week.
"""

import ipaddress
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from laaswatch_agent.diagnosis.loss import losses
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Layer, Result, State, state_of

DAYS = 7
RECENT_ROUNDS = 5
LEAST_ROUNDS = 5
"""Good rounds before a median is worth comparing with."""
INFORMATIVE_SHARE = 0.05
_DAY_MS = 86_400_000
_BIN = math.log(1.05)
_MOST_ADDRESSES = 4
_MOST_HOSTS = 40
_MOST_BIN = 300


@dataclass(frozen=True, slots=True)
class Day:
    """The good rounds of one day: layer name → times ok, time bin → rounds."""

    number: int
    good: int = 0
    ok: Mapping[str, int] = field(default_factory=dict)
    total: Mapping[int, int] = field(default_factory=dict)
    connect: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class AddressBook:
    """The last addresses at which each host answered: the one thing that the ladder writes into.

    Rounds carry no addresses, since nobody else needs to know them; they stay on this PC.
    """

    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def remember(self, host: str, addresses: tuple[str, ...]) -> None:
        """These addresses answered, the one that did first."""
        if addresses and (host in self.known or len(self.known) < _MOST_HOSTS):
            self.known[host] = addresses[:_MOST_ADDRESSES]

    def of(self, host: str) -> tuple[str, ...]:
        """The last good addresses of a host, perhaps none."""
        return self.known.get(host, ())


@dataclass(frozen=True, slots=True)
class History:
    """The agent's own last days. `decides` is the role whose page makes a round good or bad."""

    decides: str = "login"
    days: tuple[Day, ...] = ()
    recent: tuple[tuple[int, int], ...] = ()
    addresses: AddressBook = field(default_factory=AddressBook)

    def with_round(self, one: ProbeRound) -> "History":
        """This history after one more round."""
        recent = (*self.recent, losses(one.layers, self.decides, self.median_connect()))
        recent = recent[-RECENT_ROUNDS:]
        if state_of(one.fault) not in (State.UP, State.DEGRADED):
            return replace(self, recent=recent)
        number = one.at // _DAY_MS
        today = next((d for d in self.days if d.number == number), Day(number))
        others = tuple(d for d in self.days if d.number != number)
        days = (*others, _with(today, one, self.decides))[-DAYS:]
        return replace(self, days=days, recent=recent)

    @property
    def good(self) -> int:
        """Good rounds remembered."""
        return sum(d.good for d in self.days)

    def informative(self, row: LayerResult) -> bool:
        """Was this layer ok in at least 5 % of the good rounds? Presumed so before the first."""
        key = _key(row)
        return sum(d.ok.get(key, 0) for d in self.days) >= INFORMATIVE_SHARE * self.good

    def median_total(self) -> float | None:
        """The usual time in ms from connecting to the whole page; None with too few good rounds."""
        return _median(d.total for d in self.days)

    def median_connect(self) -> float | None:
        """The usual time in ms of the site's TCP connect; None with too few good rounds."""
        return _median(d.connect for d in self.days)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "decides": self.decides,
            "days": [
                [d.number, d.good, dict(d.ok), [*d.total.items()], [*d.connect.items()]]
                for d in self.days
            ],
            "recent": [list(x) for x in self.recent],
            "addresses": {k: list(v) for k, v in self.addresses.known.items()},
        }

    @classmethod
    def from_dict(cls, document: object) -> "History":
        """The history in plain values; an empty one where they are not of this form (a spoiled file)."""
        try:
            return _read(document)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            return cls()


def total_ms(layers: tuple[LayerResult, ...], role: str) -> float | None:
    """Time from connecting to the whole page, in ms; None unless the page came."""
    mine = [x for x in layers if x.target == role and x.layer in (Layer.TCP, Layer.TLS, Layer.HTTP)]
    if not any(x.layer is Layer.HTTP and x.result is Result.OK for x in mine):
        return None
    return sum(x.ms or 0.0 for x in mine if x.result is Result.OK)


def _with(day: Day, one: ProbeRound, role: str) -> Day:
    ok = Counter(day.ok)
    ok.update(_key(x) for x in one.layers if x.result is Result.OK and _counted(x))
    connect = one.of(Layer.TCP, role)
    connect_ms = connect.ms if connect is not None and connect.result is Result.OK else None
    return Day(
        day.number,
        day.good + 1,
        ok,
        _binned(day.total, total_ms(one.layers, role)),
        _binned(day.connect, connect_ms),
    )


def _counted(row: LayerResult) -> bool:
    channel = row.layer is Layer.HTTP and row.target == "websocket"
    return channel or row.layer in (Layer.GATEWAY, Layer.REFERENCE)


def _key(row: LayerResult) -> str:
    return f"{row.layer}:{row.target}"


def _binned(bins: Mapping[int, int], ms: float | None) -> Mapping[int, int]:
    if ms is None:
        return bins
    index = min(round(math.log(max(ms, 1.0)) / _BIN), _MOST_BIN)
    return {**bins, index: bins.get(index, 0) + 1}


def _median(days: Any) -> float | None:  # noqa: ANN401 - mappings one after the other
    bins: Counter[int] = Counter()
    for day in days:
        bins.update(day)
    count = bins.total()
    if count < LEAST_ROUNDS:
        return None
    seen = 0
    for index in sorted(bins):
        seen += bins[index]
        if 2 * seen >= count:
            return math.exp(index * _BIN)
    return None  # not reached: the counts add up


def _read(document: Any) -> History:  # noqa: ANN401 - what a file holds
    days = []
    for number, good, ok, total, connect in document["days"][-DAYS:]:
        counted = {str(k): int(v) for k, v in [*ok.items()][:_MOST_HOSTS]}
        days.append(Day(int(number), int(good), counted, _read_bins(total), _read_bins(connect)))
    recent = tuple((int(a), int(b)) for a, b in document["recent"][-RECENT_ROUNDS:])
    book = AddressBook()
    for host, addresses in document["addresses"].items():
        book.remember(str(host), tuple(str(ipaddress.ip_address(a)) for a in addresses))
    return History(str(document["decides"]), tuple(days), recent, book)


def _read_bins(pairs: list[list[int]]) -> dict[int, int]:
    return {min(max(int(i), 0), _MOST_BIN): int(n) for i, n in pairs}
