"""The facts that the pure core reasons from, in columns. No conclusions here.

Times are whole seconds since 1970 in UTC. `t` is by the PC's clock as it came (perhaps wrong by years);
repairing it is the core's first step (`timeline.clock`), so that it can be done again.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("link", "gateway", "reference", "dns", "tcp", "http")
"""The columns of `AgentFacts.layers`, in the analysis folder's order."""
HTTP = COLUMNS.index("http")


@dataclass(frozen=True, slots=True)
class Office:
    """A local authority. `pcs` counts its PCs, agents may be fewer; `isp` is a registry's hint."""

    id: str
    province: str
    isp: str
    pcs: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """How one report travelled: rounds [first, last) of its agent, sent (PC clock), received (ours)."""

    first: int
    last: int
    sent: int
    received: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """The rounds of one agent.

    `t`: int64 (n,), PC clock, seconds. `layers`: uint8 (n, 6) of packed.FAILED / WORKED / NOT_TRIED in
    the order of `COLUMNS`. `fault`: uint8 (n,) positions in FAULTS, the agent's own verdicts, or None
    where the source has none (the analysis folder). `rtt`: float32 (n,) milliseconds of the TCP connect to
    the deciding site, NaN = none; `page` the same of its whole page, or None where the source has none.
    `cadence`: planned seconds between rounds.
    """

    id: str
    office: str
    t: NDArray[np.int64]
    layers: NDArray[np.uint8]
    rtt: NDArray[np.float32]
    cadence: float
    delivered: tuple[Delivered, ...] = ()
    fault: NDArray[np.uint8] | None = None
    page: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """The PC was on over [on, off) by its own clock; `clean` is False where power was lost."""

    agent: str
    on: int
    off: int
    clean: bool


@dataclass(frozen=True, slots=True)
class ControlSpan:
    """Our own well-connected probe saw the site working (or not) over [start, end), our clock."""

    start: int
    end: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was observed over a period; no row of control means that it did not look."""

    offices: tuple[Office, ...]
    agents: tuple[AgentFacts, ...]
    sessions: tuple[Session, ...] = ()
    control: tuple[ControlSpan, ...] = field(default=())
