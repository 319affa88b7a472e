"""How much a test tries: a share that fits every change, or the long form of `make soak`."""

import os
import random
from typing import TypeVar

T = TypeVar("T")


def soak(usually: T, long: T) -> T:
    """`long` where LAASWATCH_SOAK is set, else `usually`."""
    return long if os.environ.get("LAASWATCH_SOAK") else usually


def seed() -> int:
    """The seed of this run, printed so that a failure can be played again (LAASWATCH_SEED)."""
    chosen = int(os.environ.get("LAASWATCH_SEED") or random.randrange(2**32))
    print(f"LAASWATCH_SEED={chosen}")
    return chosen
