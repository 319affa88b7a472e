"""How the agent is told to stop, by whatever the system has for it."""

import signal
import sys
import threading
from types import FrameType

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C, systemd, and what Windows sends where somebody presses Ctrl-Break or closes the console."""
SLICE = 0.5
"""Seconds: Windows ends a program five seconds after its console was closed."""


class StopEvent(threading.Event):
    """An event whose `wait` lets signals through: on Windows a plain one holds them back to its end."""

    def __init__(self, *, sliced: bool = sys.platform == "win32") -> None:
        super().__init__()
        self._sliced = sliced

    def wait(self, timeout: float | None = None) -> bool:
        """As in `threading.Event`."""
        if not self._sliced:
            return super().wait(timeout)
        left = float("inf") if timeout is None else timeout
        while left > SLICE and not super().wait(SLICE):
            left -= SLICE
        return super().wait(max(0.0, min(left, SLICE)))


def stop_on_signals(stop: threading.Event) -> None:
    """Let every signal that means "stop" set the event. To be called from the main thread."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in STOP_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), ask)
