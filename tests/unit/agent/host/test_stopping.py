"""Told to stop: at once, from whatever signal, also where a wait holds signals back (Windows)."""

import signal
import threading
import time

import pytest

from laaswatch_agent.host.stopping import SLICE, StopEvent, stop_on_signals


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_sets_it(name):
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    stop = StopEvent()
    try:
        stop_on_signals(stop)
        signal.raise_signal(getattr(signal, name))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stop.is_set()


@pytest.mark.parametrize("sliced", [True, False])
def test_it_waits_as_long_as_asked(sliced):
    stop = StopEvent(sliced=sliced)
    begun = time.monotonic()
    assert not stop.wait(2.5 * SLICE)
    assert time.monotonic() - begun >= 2.4 * SLICE
    assert not stop.wait(0)
    threading.Timer(0.05, stop.set).start()
    assert stop.wait()
    assert stop.wait(60)


def test_no_single_wait_is_longer_than_a_slice(monkeypatch):
    """Between two waits Python runs the handlers of the signals that came."""
    asked = []
    monkeypatch.setattr(
        threading.Event, "wait", lambda _self, timeout=None: bool(asked.append(timeout))
    )
    assert not StopEvent(sliced=True).wait(10.2)
    assert max(asked) <= SLICE
    assert sum(asked) == pytest.approx(10.2)
