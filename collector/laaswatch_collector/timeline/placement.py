"""Where a round belongs on the collector's clock.

The monotonic clock decides where it can: a round of the boot that also sent it was made exactly
(mono at sending − mono of the round) before sending, whatever the wall clock said. Otherwise the wall
clock is used, shifted by what it was off at sending (methods.md §4).
"""

import numpy as np
from numpy.typing import NDArray

TOLERATED_MS = 5_000
"""A wall clock this near to ours is left alone: the difference is travel time, not error."""


def place(
    at: NDArray[np.int64],
    mono: NDArray[np.int64],
    *,
    same_boot: bool,
    sent_ms: int,
    sent_mono_ms: int,
    received_ms: int,
) -> NDArray[np.int64]:
    """Milliseconds on the collector's clock of the rounds of one report; never later than its receipt."""
    if same_boot and bool(np.all(mono <= sent_mono_ms)):
        placed = received_ms - (sent_mono_ms - mono)
    else:
        offset = sent_ms - received_ms
        placed = at - (offset if abs(offset) > TOLERATED_MS else 0)
    return np.minimum(placed, received_ms)
