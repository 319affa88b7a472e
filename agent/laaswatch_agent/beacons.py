"""The collector's last checkpoints, as its acknowledgements told them: witnesses against a rewritten past.

The newest stands in every report, which so was not made before it. One of the others goes back with each
delivery: a collector whose log is another one now is told so by every PC that remembers. Pure.
"""

import json
from collections.abc import Sequence
from random import Random

KEPT = 30
"""Five hours of checkpoints at one each ten minutes."""
ECHO_HEADER = "Laaswatch-Checkpoint"
DOUBT_HEADER = "Laaswatch-Log-Doubt"
"""Says that the newest checkpoint is not signed as it should be (`log_key`)."""
BEACONS_KEY = "beacons"


class Beacons:
    """What one agent remembers of its collector's log, the newest last."""

    def __init__(self, agent: str, kept: Sequence[str] = ()) -> None:
        self._agent = agent
        self._kept = list(kept)[-KEPT:]

    @classmethod
    def from_text(cls, agent: str, text: str | None) -> "Beacons":
        """What `to_text` wrote; nothing of another agent's, which may have had another collector."""
        whose, kept = _read(text)
        return cls(agent, kept if whose == agent else ())

    def to_text(self) -> str:
        """For keeping in the spool."""
        return json.dumps([self._agent, self._kept])

    @property
    def newest(self) -> str:
        """To stand in the next report; "" before the first."""
        return self._kept[-1] if self._kept else ""

    def add(self, beacon: str) -> bool:
        """Remember a beacon (`acknowledgement.beacon_of`); whether it is news."""
        if not beacon or beacon == self.newest:
            return False
        self._kept = [*self._kept, beacon][-KEPT:]
        return True

    def echo(self, dice: Random) -> dict[str, str]:
        """The header by which one of them goes back; none before the first."""
        return {ECHO_HEADER: dice.choice(self._kept)} if self._kept else {}


def remembered(text: str | None) -> tuple[str, ...]:
    """The beacons in what `Beacons.to_text` wrote, whosever they are."""
    return _read(text)[1]


def _read(text: str | None) -> tuple[object, tuple[str, ...]]:
    try:
        whose, kept = json.loads(text or "")
    except (ValueError, TypeError):
        return None, ()
    return whose, tuple(x for x in kept if isinstance(x, str)) if isinstance(kept, list) else ()
