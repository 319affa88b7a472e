"""Named streams of randomness: changing what one part draws leaves every other part as it was."""

import zlib

import numpy as np


def stream(seed: int, *name: object) -> np.random.Generator:
    """The generator of a named part of a simulation, always the same for the same seed and name."""
    return np.random.default_rng([seed, zlib.crc32(repr(name).encode())])
