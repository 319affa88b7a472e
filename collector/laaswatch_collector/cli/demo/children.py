"""The demo's child processes: started in groups of their own, and all gone when the demo goes."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

GRACE_SECONDS = 15.0
"""How long a child may take to end by itself before it is made to."""


class ChildDied(Exception):
    """A child that the demo needs ended by itself; the text says which, and shows the end of its log."""


class Children:
    """Start with `start`; leaving the `with` block ends every child, the last started first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, arguments: Sequence[str]) -> None:
        """Run one of our own modules with this Python, its output in the log named after it."""
        with (self._logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,  # closes with the demo, however it ends
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
                # Ctrl-C reaches the demo alone; it then ends its children in order.
                start_new_session=True,
            )
        self._running.append((name, child))

    def finish(self, name: str, module: str, arguments: Sequence[str]) -> None:
        """Run one of our own modules to its end; raises `ChildDied` if it fails."""
        self.start(name, module, arguments)
        _, child = self._running[-1]
        code = child.wait()  # still on the list: if we are ended meanwhile, so is it
        self._running.pop()
        if child.stdin is not None:
            child.stdin.close()
        if code != 0:
            raise ChildDied(f"{name} ended with {code}\n{self.log_end(name)}")

    def check(self) -> None:
        """Raise `ChildDied` if one of them has ended."""
        for name, child in self._running:
            if child.poll() is not None:
                raise ChildDied(
                    f"{name} ended with {child.returncode}\n{self.log_end(name)}".rstrip()
                )

    def log_end(self, name: str, lines: int = 12) -> str:
        """The last lines of a child's log."""
        text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Ask each to end, wait, and kill what does not."""
        for _, child in reversed(self._running):
            _signal(child, signal.SIGTERM)
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(child, _KILL)
                child.wait()
            if child.stdin is not None:
                child.stdin.close()
        self._running.clear()


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def _signal(child: "subprocess.Popen[bytes]", number: int) -> None:
    """To the child's whole group where there are groups: a child's children go with it."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)
