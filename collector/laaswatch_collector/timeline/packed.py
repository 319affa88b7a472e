"""A report's rounds as fixed-width columns: what the timeline reads instead of the JSON, 300 times faster.

Derived from the sealed report and rebuildable from it at any time.
"""

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.model import ProbeRound, Report
from laaswatch_agent.report.vocabulary import FAULTS, LAYERS, Layer, Result

FAILED, WORKED, NOT_TRIED = 0, 1, 2

ROUND = np.dtype(
    [
        ("at", "<i8"),  # milliseconds, PC's wall clock
        ("mono", "<i8"),  # milliseconds, PC's monotonic clock
        ("fault", "u1"),  # position in FAULTS: the agent's own verdict
        *((str(layer), "u1") for layer in LAYERS),  # FAILED, WORKED or NOT_TRIED
        ("rtt", "<f4"),  # milliseconds of the TCP connect to the deciding site, NaN = none
        ("http_ms", "<f4"),  # milliseconds of the whole page, NaN = none
    ]
)

_FAULT_CODE = {fault: i for i, fault in enumerate(FAULTS)}


def pack(report: Report) -> bytes:
    """The rounds of a report as bytes of `ROUND` records."""
    return np.array([_row(r, report.decides) for r in report.rounds], dtype=ROUND).tobytes()


def unpack(packed: bytes) -> NDArray[np.void]:
    """The records of one or more packed reports, joined."""
    return np.frombuffer(packed, dtype=ROUND)


def _row(r: ProbeRound, decides: str) -> tuple[float, ...]:
    codes = dict.fromkeys(LAYERS, NOT_TRIED)
    rtt = http = float("nan")
    for x in r.layers:
        if x.layer in _SITE_LAYERS and x.target != decides:
            continue
        code = _RESULT_CODE[x.result]
        # Several references: one that answers is enough to show that there is a way out.
        known = codes[x.layer]
        codes[x.layer] = WORKED if WORKED in (code, known) else min(code, known)
        if x.ms is not None and x.result is Result.OK:
            if x.layer is Layer.TCP:
                rtt = x.ms
            elif x.layer is Layer.HTTP:
                http = x.ms
    return (r.at, r.mono, _FAULT_CODE[r.fault], *codes.values(), rtt, http)


_SITE_LAYERS = frozenset((Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP))
_RESULT_CODE = {Result.OK: WORKED, Result.FAIL: FAILED, Result.SKIPPED: NOT_TRIED}
