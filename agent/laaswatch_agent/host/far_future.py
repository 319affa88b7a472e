"""Years that Python's clock cannot tell.

Python counts nanoseconds in 64 bits, which end in 2262; from then on asking for the time raises
OverflowError, even while `logging` is being imported. A PC whose Buddhist year was typed as a Christian
one lives there, and is one that we have to help.
"""

import calendar
import time


def mend_clock() -> None:
    """Where the clock stands past 2262, tell the time in whole seconds. To be called before all else."""
    try:
        time.time_ns()
    except OverflowError:
        time.time = lambda: float(_seconds())
        time.time_ns = lambda: _seconds() * 1_000_000_000


def _seconds() -> int:
    """Since 1970; `gmtime` asks the system in seconds."""
    return calendar.timegm(time.gmtime())
