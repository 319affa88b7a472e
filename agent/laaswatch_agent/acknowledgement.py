"""Reading what a collector says it has: nothing odd in an answer ever deletes or marks a report.

Pure: values as they came in, and what may be believed of them.
"""

import re
from typing import Any

from laaswatch_agent.spool_tables import Sealed

_BEACON = re.compile(r"[A-Za-z0-9_.:,/=-]{0,80}")


def beacon_of(value: object) -> str:
    """The collector's newest checkpoint, to be remembered (`beacons`); "" where it would not fit into a report."""
    return value if isinstance(value, str) and _BEACON.fullmatch(value) else ""


def acknowledged(value: Any, sent: set[int]) -> set[int]:  # noqa: ANN401 - what comes from outside has no type yet
    """The numbers acknowledged, of those that were sent; anything odd acknowledges nothing."""
    if not isinstance(value, list):
        return set()
    found: set[int] = set()
    for pair in value:
        if isinstance(pair, list) and len(pair) == 2 and all(type(x) is int for x in pair):
            found.update(n for n in sent if pair[0] <= n <= pair[1])
    return found


def rejected(value: Any, batch: list[Sealed], acked: set[int]) -> dict[int, str]:  # noqa: ANN401 - as above
    """Number and reason of each report that was refused; a line (from 0) stands for an unread number."""
    found: dict[int, str] = {}
    for x in value if isinstance(value, list) else ():
        if not isinstance(x, dict):
            continue
        seq, line = x.get("seq"), x.get("line")
        if type(seq) is not int and type(line) is int and 0 <= line < len(batch):
            seq = batch[line].seq
        if type(seq) is int and seq not in acked and any(s.seq == seq for s in batch):
            found[seq] = str(x.get("reason", ""))[:200]
    return found


def ranges(numbers: set[int]) -> list[tuple[int, int]]:
    """Closed ranges that hold exactly these numbers."""
    found: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found
