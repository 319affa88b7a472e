"""The collector as a real process on loopback, to be started, stopped, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

START_SECONDS = 60


class Collector:
    """`laaswatch-collector serve` over a database (a file of SQLite, or any URL); keeps its port over its lives."""

    def __init__(
        self,
        database: Path | str,
        *arguments: str,
        control: bool = False,
        program: tuple[str, ...] = ("-m", "laaswatch_collector.cli.main"),
        prefix: tuple[str, ...] = (),
    ) -> None:
        self.database = database
        self.port = 0
        self._arguments = [*arguments, *([] if control else ["--no-control"])]
        self._program = program
        self._prefix = prefix
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.output: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that runs now."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        """Start, and return once it listens."""
        self._process = subprocess.Popen(
            [
                *self._prefix,
                sys.executable,
                *self._program,
                "serve",
                *("--database", str(self.database), "--listen", f"127.0.0.1:{self.port}"),
                *self._arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        listening = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, listening))
        self._reader.start()
        if not listening.wait(START_SECONDS) or not self.port:
            raise RuntimeError("the collector did not start:\n" + "".join(self.output[-30:]))

    def _read(self, process: "subprocess.Popen[str]", listening: threading.Event) -> None:
        for line in process.stdout:
            self.output.append(line)
            if line.startswith("laaswatch: http://"):
                self.port = int(line.strip().rsplit(":", 1)[1])
                listening.set()
        listening.set()

    def kill(self) -> None:
        """SIGKILL to the whole group, wherever it stands."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return self._gone()

    def _gone(self) -> int:
        code = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._process = None
        return code


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def listening(port: int, seconds: float = START_SECONDS) -> None:
    """Return once somebody listens on this port of loopback. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")
