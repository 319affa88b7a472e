"""The values of the report format. All times are integers in milliseconds: `at` by the PC's wall clock
(Unix epoch, perhaps wrong), `mono` by its monotonic clock (meaningful within one `boot`).
"""

from dataclasses import dataclass, field

from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result

FORMAT_VERSION = 1
NO_HASH = "0" * 64
"""The `previous` of the first report of an incarnation."""


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What one probe found.

    `target` is a role (`login`, `app`, …), the name of a reference, or "" for the PC's own layers.
    `ms` is the time until success or until the failure showed; None where nothing was tried.
    `detail` is a short scrubbed fact (an HTTP status, "ipv6"); never an address, a name or a URL.
    """

    layer: Layer
    target: str
    result: Result
    reason: Reason = Reason.NONE
    ms: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeRound:
    """One pass over the layers, with the verdict that the agent's own rules gave it."""

    at: int
    mono: int
    fault: Fault
    rule: str
    layers: tuple[LayerResult, ...]
    also: tuple[Also, ...] = ()

    def of(self, layer: Layer, target: str) -> LayerResult | None:
        """The result of one layer for one target, or None if this round has none."""
        return next((x for x in self.layers if x.layer is layer and x.target == target), None)


@dataclass(frozen=True, slots=True)
class PresenceMark:
    """One line of the presence journal.

    `asleep` and `lost_power` carry the interval [at, until) that the agent found out afterwards;
    the others are points (`until` is None).
    """

    kind: PresenceKind
    at: int
    boot: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Rounds that the agent had to throw away: counted and reported, never silent."""

    rounds: int
    first_at: int
    last_at: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """Rounds of one agent, numbered (`seq`, from 1) and linked to the report before (`previous`).

    `decides` names the role whose HTTP layer makes a round good or bad; `cadence` is the planned time
    between rounds in seconds; `beacon` is the newest checkpoint that the collector had sent ("" = none).
    """

    seq: int
    previous: str
    boot: str
    made: int
    cadence: float
    rules: str
    agent_version: str
    rounds: tuple[ProbeRound, ...]
    presence: tuple[PresenceMark, ...] = ()
    gaps: tuple[Gap, ...] = ()
    decides: str = "login"
    beacon: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The first line of a delivery: who sends, which life of its spool, and the PC's clocks at sending."""

    agent: str
    incarnation: str
    boot: str
    sent: int
    mono: int
    count: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request body: an envelope and the sealed reports, each verbatim as it was chained."""

    envelope: Envelope
    sealed: tuple[bytes, ...] = field(default=())
