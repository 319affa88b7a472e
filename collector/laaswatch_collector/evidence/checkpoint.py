"""A log's checkpoint: how many leaves, and the root over them. The text is that of C2SP's tlog-checkpoint.

    laaswatch.example.go.th/evidence        origin: which log
    40217                                   leaves
    qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=

Whoever holds a checkpoint holds the log to everything under it. A *beacon* is the short form of one that
fits into a report: `40217.a8833…`, the root in hexadecimal.
"""

import base64
import binascii
import re
from dataclasses import dataclass

MOST_LEAVES = 10**15
"""Larger sizes are nobody's; a beacon is never longer than 80 characters."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,14}")
_ORIGIN = re.compile(r"[A-Za-z0-9._:/-]{1,120}")
_BEACON = re.compile(r"([1-9][0-9]{0,14})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Beacon:
    """Leaves and root (32 bytes) of a checkpoint, without saying of which log."""

    size: int
    root: bytes

    def __str__(self) -> str:
        """As it stands in a report."""
        return f"{self.size}.{self.root.hex()}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Raises ValueError for what is none."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what could be read in another way than it was written."""
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError("a log's name may have letters, digits and . _ : / - only")
        if not 0 <= self.size < MOST_LEAVES or len(self.root) != 32:
            raise ValueError("no size or root of a log")

    @property
    def beacon(self) -> Beacon:
        """Its short form."""
        return Beacon(self.size, self.root)

    def text(self) -> str:
        """The three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint at the head of a text; signatures after an empty line are left alone. Raises ValueError."""
    lines = text.split("\n\n", maxsplit=1)[0].split("\n")
    if len(lines) < 3 or not _SIZE.fullmatch(lines[1]):
        raise ValueError("no checkpoint: three lines are origin, size and root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise ValueError("no checkpoint: the root is not base64") from error
    return Checkpoint(lines[0], int(lines[1]), root)


def read_beacon(text: str) -> Beacon | None:
    """The beacon in this spelling; None if it is none."""
    found = _BEACON.fullmatch(text)
    return None if found is None else Beacon(int(found[1]), bytes.fromhex(found[2]))
