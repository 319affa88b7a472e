"""How delays are spread, in fixed buckets: sketches of the same kind add up, whatever was added first.

A bucket holds values that lie within `ERROR` of its middle, so every quantile read from a sketch lies within
`ERROR` (relative) of a value that really was at that rank. The principle is that of DDSketch (Masson, Rim and
Lee, 2019); the buckets need no bookkeeping, since delays have bounds.
"""

import math

import numpy as np
from numpy.typing import NDArray

ERROR = 0.02
"""The relative error of a quantile."""
SMALLEST, LARGEST = 0.01, 600_000.0
"""Milliseconds. What is shorter counts as SMALLEST; nothing is longer in a report."""
_STEP = math.log((1 + ERROR) / (1 - ERROR))
BUCKETS = math.ceil(math.log(LARGEST / SMALLEST) / _STEP) + 1

Sketch = NDArray[np.int64]
"""Counts of each of BUCKETS buckets; an empty sketch is all zeros, and two are merged by adding them."""


def empty() -> Sketch:
    """Nothing seen."""
    return np.zeros(BUCKETS, np.int64)


def bucket_of(ms: NDArray[np.floating]) -> NDArray[np.int64]:
    """The bucket of each delay, which must not be NaN."""
    bounded = np.clip(ms.astype(np.float64), SMALLEST, LARGEST)
    return np.ceil(np.log(bounded / SMALLEST) / _STEP - 1e-9).astype(np.int64)


def sketch_of(ms: NDArray[np.floating]) -> Sketch:
    """The sketch of these delays."""
    return np.bincount(bucket_of(ms), minlength=BUCKETS).astype(np.int64)


def quantile(sketch: Sketch, q: float) -> float | None:
    """The delay (ms) below or at which a share `q` (0 to 1) of them lies; None if there are none."""
    total = int(sketch.sum())
    if total == 0:
        return None
    rank = math.floor(q * (total - 1))
    bucket = int(np.searchsorted(np.cumsum(sketch), rank, side="right"))
    return SMALLEST * math.exp(bucket * _STEP) * (1 - ERROR)
