"""A clock that stands in the Buddhist year, taken for a Christian one."""

import time

from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.far_future import mend_clock


def _too_late():
    raise OverflowError("timestamp too large to convert to C _PyTime_t")


def test_the_time_is_told_past_2262(monkeypatch):
    monkeypatch.setattr(time, "time", _too_late)
    monkeypatch.setattr(time, "time_ns", _too_late)
    monkeypatch.setattr(
        time, "gmtime", lambda: time.struct_time((2569, 11, 23, 7, 24, 19, 3, 327, 0))
    )
    mend_clock()
    assert Clock().wall_ms() == 18_930_871_459_000
    assert time.time() == 18_930_871_459.0


def test_an_ordinary_clock_is_left_alone():
    before = time.time, time.time_ns
    mend_clock()
    assert (time.time, time.time_ns) == before
