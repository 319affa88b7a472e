"""What the parts of one round share: settings, past, clock and deadline, and what they tell each other."""

import ipaddress
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from laaswatch_agent.config import AgentConfig
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.probes import dns
from laaswatch_agent.probes.dns import Lookup
from laaswatch_agent.probes.result import Deadline, Task, skip
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Depth, Layer, Reason

LEAST_TRY = 0.5
"""Seconds that must be left for a second try to mean anything."""


class WallAndMono(Protocol):
    """The part of `host.clock.Clock` that a round needs."""

    def wall_ms(self) -> int: ...
    def mono_ms(self) -> int: ...


@dataclass(slots=True)
class Sight:
    """What one thread finds: rows by key, put there as they become known."""

    expected: tuple[tuple[Layer, str], ...]
    rows: dict[tuple[Layer, str], LayerResult] = field(default_factory=dict)
    task: Task | None = None

    def put(self, *rows: LayerResult) -> None:
        """These are known now."""
        for row in rows:
            self.rows[row.layer, row.target] = row

    def add(self, row: LayerResult) -> None:
        """One more that was not expected."""
        self.expected += ((row.layer, row.target),)
        self.put(row)

    def wait(self, end: Deadline) -> None:
        """Until everything is found or time is up. What comes later is left out."""
        if self.task is not None:
            self.task.join(end.remaining())
            if self.task.failure is not None:
                raise self.task.failure  # our own mistake, not the network's

    def collect(self) -> list[LayerResult]:
        """Every expected row; what is not there is skipped for lack of time."""
        found = dict(self.rows)
        return [found.get(key) or skip(*key, Reason.DEADLINE) for key in self.expected]


class Pending:
    """A lookup that another thread will bring."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._found: Lookup | None = None

    def set(self, found: Lookup | None) -> None:
        """It is here (None: nobody was asked)."""
        self._found = found
        self._there.set()

    def wait(self, seconds: float) -> Lookup | None:
        """The lookup, or None if it is not there in time (or nobody was asked)."""
        self._there.wait(seconds)
        return self._found


class Surroundings:
    """One round. `hurry` is set once the page has come: then nobody waits for details any more."""

    def __init__(
        self,
        config: AgentConfig,
        history: History,
        clock: WallAndMono,
        limit: Deadline,
        depth: Depth = Depth.FULL,
        *,
        again: bool = True,
    ) -> None:
        self.depth = depth
        self.again = again
        self.config = config
        self.history = history
        self.clock = clock
        self.limit = limit
        self.today = _day(clock.wall_ms())
        self.hurry = threading.Event()
        self.talking = threading.Event()
        self.first = Pending()
        self.second = Pending()
        self._seen: set[str] = set()

    def may_try_again(self) -> bool:
        """Whether the site may be bothered once more in this round, and there is time for it."""
        return self.again and self.limit.remaining() >= LEAST_TRY

    def look_up(self, host: str) -> Lookup:
        """A name, asked twice if the first answer is none and came soon enough."""
        limit = self.limit.within(self.config.layer_timeout)
        found = dns.look_up(host, self.config.resolver, limit)
        if not found.addresses and limit.remaining() >= LEAST_TRY:
            again = dns.look_up(host, self.config.resolver, limit)
            found = again if again.addresses else found
        return found

    def talk_to(self, addresses: tuple[str, ...]) -> None:
        """Note where packets go, before they do."""
        if addresses:
            self._seen.update(addresses)
            self.talking.set()

    def stays_inside(self) -> bool:
        """Does everything asked for lie on this very PC? Then its cable and its router have no part in it."""
        return self.talking.is_set() and all(_is_loopback(a) for a in tuple(self._seen))

    def known(self, host: str, configured: tuple[str, ...]) -> tuple[str, ...]:
        """Where the host answered last, or else where the settings say."""
        return self.history.addresses.of(host) or configured

    def remember(self, host: str, answered: str, addresses: tuple[str, ...]) -> None:
        """The host answered at this one of its addresses."""
        if not dns.is_address(host):
            others = tuple(a for a in addresses if a != answered)
            self.history.addresses.remember(host, (answered, *others))


def _day(wall_ms: int) -> date:
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).date()
    except (OverflowError, OSError, ValueError):  # a clock past the year 9999
        return date.max


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
