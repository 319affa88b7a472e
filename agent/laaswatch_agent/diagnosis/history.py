"""What the rules need to know of the agent's own past: small, bounded, and plain enough to be kept as JSON.

Of each of the last seven days that had rounds: how many were good, how often each layer was ok in them,
and two histograms of times with bins 5 % apart (a median is right to ± 2.5 %). Days are counted as they
come, so that a PC whose clock jumps for an hour into another year does not forget its week.

Of the three weeks before, one number a day is left: its median. A line that was bad for a whole week would
else become its own measure; so what is usual is never more than the middle one of all those days.
"""

import ipaddress
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from laaswatch_agent.diagnosis.detail import number, word
from laaswatch_agent.diagnosis.loss import losses
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Layer, Result, State, state_of

OK = Result.OK
DAYS = 7
PAST_DAYS = 21
RECENT_ROUNDS = 5
LEAST_ROUNDS = 5
"""Good rounds before a median is worth comparing with."""
INFORMATIVE_SHARE = 0.05
SPEAKING_SHARE = 0.8
_ALIVE, _SPEAKS = "gateway:", "gateway:speaks"
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
    load: int = 0
    """The most kbit/s that this PC itself moved."""


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
    connects: tuple[float, ...] = ()
    """The site's connects in the last rounds in which it had any, in ms."""
    past: tuple[tuple[float, float], ...] = ()
    """(total, connect) in ms: the medians of the days before `days`, oldest first."""
    addresses: AddressBook = field(default_factory=AddressBook)

    def with_round(self, one: ProbeRound) -> "History":
        """This history after one more round."""
        recent = (*self.recent, losses(one.layers, self.decides, self.median_connect()))
        recent = recent[-RECENT_ROUNDS:]
        connect = connect_ms(one.layers, self.decides)
        connects = self.connects if connect is None else (*self.connects, connect)[-RECENT_ROUNDS:]
        now = replace(self, recent=recent, connects=connects)
        if state_of(one.fault) not in (State.UP, State.DEGRADED):
            return now
        when = one.at // _DAY_MS
        today = next((d for d in self.days if d.number == when), Day(when))
        others = tuple(d for d in self.days if d.number != when)
        days = (*others, _with(today, one, self.decides))
        gone = tuple(m for m in map(_medians, days[:-DAYS]) if m is not None)
        return replace(now, days=days[-DAYS:], past=(*self.past, *gone)[-PAST_DAYS:])

    @property
    def good(self) -> int:
        """Good rounds remembered."""
        return sum(d.good for d in self.days)

    def informative(self, row: LayerResult) -> bool:
        """Was this layer ok in at least 5 % of the good rounds? Presumed so before the first."""
        key = _key(row)
        return sum(d.ok.get(key, 0) for d in self.days) >= INFORMATIVE_SHARE * self.good

    def gateway_speaks(self) -> bool:
        """Does the router usually answer more than address resolution? False before a few good rounds."""
        spoke = sum(d.ok.get(_SPEAKS, 0) for d in self.days)
        alive = sum(d.ok.get(_ALIVE, 0) for d in self.days)
        return spoke >= LEAST_ROUNDS and spoke >= SPEAKING_SHARE * alive

    def median_total(self) -> float | None:
        """The usual time in ms from connecting to the whole page; None with too few good rounds."""
        return self._usual(_median(d.total for d in self.days), 0)

    def median_connect(self) -> float | None:
        """The usual time in ms of the site's TCP connect; None with too few good rounds."""
        return self._usual(_median(d.connect for d in self.days), 1)

    def most_load(self) -> int:
        """The most kbit/s that this PC moved in a round of the last days."""
        return max((d.load for d in self.days), default=0)

    def _usual(self, week: float | None, column: int) -> float | None:
        """The week's median, unless this was a bad week."""
        if week is None or not self.past:
            return week
        daily = [m for m in map(_medians, self.days) if m is not None]
        return min(week, _middle(m[column] for m in (*self.past, *daily)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "decides": self.decides,
            "days": [
                [d.number, d.good, dict(d.ok), [*d.total.items()], [*d.connect.items()], d.load]
                for d in self.days
            ],
            "recent": [list(x) for x in self.recent],
            "connects": list(self.connects),
            "past": [[round(x, 1) for x in m] for m in self.past],
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


def connect_ms(layers: tuple[LayerResult, ...], role: str) -> float | None:
    """The time of the site's connect in ms; None where there was none."""
    found = (x.ms for x in layers if x.layer is Layer.TCP and x.target == role and x.result is OK)
    return next(found, None)


def _medians(day: Day) -> tuple[float, float] | None:
    total, connect = _median([day.total]), _median([day.connect])
    return None if total is None or connect is None else (round(total, 1), round(connect, 1))


def _with(day: Day, one: ProbeRound, role: str) -> Day:
    ok = Counter(day.ok)
    ok.update(_key(x) for x in one.layers if x.result is Result.OK and _counted(x))
    router = one.of(Layer.GATEWAY, "")
    if router is not None and router.result is Result.OK and not word(router.detail, "arp"):
        ok[_SPEAKS] += 1
    link = one.of(Layer.LINK, "")
    load = number(link.detail, "load") if link is not None else None
    return Day(
        day.number,
        day.good + 1,
        ok,
        _binned(day.total, total_ms(one.layers, role)),
        _binned(day.connect, connect_ms(one.layers, role)),
        max(day.load, int(load or 0)),
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


def _middle(values: Iterable[float]) -> float:
    """The median (the standard library's own brings decimals and fractions with it: 1 MiB)."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


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
    for which, good, ok, total, connect, *more in document["days"][-DAYS:]:
        counted = {str(k): int(v) for k, v in [*ok.items()][:_MOST_HOSTS]}
        bins = _read_bins(total), _read_bins(connect)
        days.append(Day(int(which), int(good), counted, *bins, *map(int, more[:1])))
    recent = tuple((int(a), int(b)) for a, b in document["recent"][-RECENT_ROUNDS:])
    book = AddressBook()
    for host, addresses in document["addresses"].items():
        book.remember(str(host), tuple(str(ipaddress.ip_address(a)) for a in addresses))
    connects = tuple(float(x) for x in document.get("connects", ())[-RECENT_ROUNDS:])
    past = tuple((float(a), float(b)) for a, b in document.get("past", ())[-PAST_DAYS:])
    return History(str(document["decides"]), tuple(days), recent, connects, past, book)


def _read_bins(pairs: list[list[int]]) -> dict[int, int]:
    return {min(max(int(i), 0), _MOST_BIN): int(n) for i, n in pairs}
