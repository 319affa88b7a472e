"""Where a round belongs on the collector's clock.

The monotonic clock decides where it can: a round of the boot that also sent it was made exactly
(mono at sending − mono of the round) before sending, whatever the wall clock said. The same holds for a
round of an earlier boot, if that boot ever sent anything (`timeline.boots`). Otherwise the wall clock is
used, shifted by what it was off at sending (methods.md §4).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERATED_MS = 5_000
"""A wall clock this near to ours is left alone: the difference is travel time, not error."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Time on our clock = this clock of the PC + `shift` (ms), and never later than the receipt."""

    by_mono: bool
    shift: int
    received_ms: int

    def of(self, at: int, mono: int) -> int:
        """Where a round of these clock readings belongs."""
        return min((mono if self.by_mono else at) + self.shift, self.received_ms)


def placement(
    last_mono: int,
    *,
    same_boot: bool,
    origin_ms: int | None = None,
    sent_ms: int,
    sent_mono_ms: int,
    received_ms: int,
) -> Placement:
    """How the rounds of one report are placed, the last of them at `last_mono`.

    `origin_ms`: when the monotonic clock of the report's boot read 0, where that is known.
    """
    if same_boot and last_mono <= sent_mono_ms:
        return Placement(True, received_ms - sent_mono_ms, received_ms)
    if not same_boot and origin_ms is not None:
        return Placement(True, origin_ms, received_ms)
    ahead = sent_ms - received_ms
    return Placement(False, -ahead if abs(ahead) > TOLERATED_MS else 0, received_ms)


def place(
    at: NDArray[np.int64],
    mono: NDArray[np.int64],
    *,
    same_boot: bool,
    origin_ms: int | None = None,
    sent_ms: int,
    sent_mono_ms: int,
    received_ms: int,
) -> NDArray[np.int64]:
    """Milliseconds on the collector's clock of the rounds of one report; never later than its receipt."""
    how = placement(
        int(mono.max(initial=0)),
        same_boot=same_boot,
        origin_ms=origin_ms,
        sent_ms=sent_ms,
        sent_mono_ms=sent_mono_ms,
        received_ms=received_ms,
    )
    return np.minimum((mono if how.by_mono else at) + how.shift, received_ms)
