"""The door for ledger files: each is parsed in a child process with a budget of time and memory.

A hostile or broken file can at worst kill the child; the parent then says so and starts another. This
is the one module of the package that touches files and processes.
"""

import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.messages import Answer, Request
from laaswatch_collector.ledger.model import Book, Expected, LedgerFile, LedgerFormatError
from laaswatch_collector.ledger.parse import MOST_BYTES, shown_name
from laaswatch_collector.messages import message
from laaswatch_collector.site_rules import load_headings

SECONDS = 20.0
"""Time that one file may take."""
MEMORY = 1024 * 1024 * 1024
"""Address space of the child (Linux; Windows has only the limits of the parser itself)."""


class LedgerReader:
    """Reads any number of files, one after another, with one child; use it in a `with` block."""

    def __init__(
        self, headings: Headings | None = None, *, seconds: float = SECONDS, memory: int = MEMORY
    ) -> None:
        self._headings = headings or load_headings()
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(
        self,
        path: Path,
        name: str | None = None,
        *,
        office_code: str | None = None,
        book: Book | None = None,
        latest: datetime | None = None,
        offices: frozenset[str] | None = None,
        layouts: Mapping[str, Mapping[str, int]] | None = None,
        key: bytes = b"",
    ) -> LedgerFile:
        """The entries of a file. `name`: what it was called where it came from.

        The rest is what is known before it is opened: see `Expected`. Raises LedgerFormatError.
        """
        try:
            if not path.is_file():
                raise LedgerFormatError("file.missing", name=path.name)
            if path.stat().st_size > MOST_BYTES:
                raise LedgerFormatError(
                    "file.too_big",
                    size=MOST_BYTES // 1024 // 1024,
                )
        except (OSError, ValueError) as error:
            if isinstance(error, LedgerFormatError):
                raise
            raise LedgerFormatError("file.cannot_open") from None
        expected = Expected(office_code, book, latest, offices, layouts or {}, key)
        request = Request(str(path.resolve()), name or path.name, self._headings, expected)
        answer = self._ask(request)
        if answer.file is None:
            refusal = answer.refusal or message("file.cannot_open")
            raise LedgerFormatError(refusal, layouts=answer.layouts)
        return answer.file

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _ask(self, request: Request) -> Answer:
        child = self._child or self._start()
        self._child = child
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child was started without pipes")
        timer = threading.Timer(self._seconds, child.kill)
        timer.start()
        try:
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            self.close()
            return Answer(None, message("file.out_of_limits", name=shown_name(request.name)))
        return msgspec.json.decode(line, type=Answer)

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "laaswatch_collector.ledger.child", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def read_ledger(
    path: Path,
    name: str | None = None,
    *,
    office_code: str | None = None,
    book: Book | None = None,
    headings: Headings | None = None,
    latest: datetime | None = None,
    offices: frozenset[str] | None = None,
    layouts: Mapping[str, Mapping[str, int]] | None = None,
    key: bytes = b"",
) -> LedgerFile:
    """Read one file with a child of its own; see LedgerReader.read. Raises LedgerFormatError."""
    with LedgerReader(headings) as reader:
        return reader.read(
            path,
            name,
            office_code=office_code,
            book=book,
            latest=latest,
            offices=offices,
            layouts=layouts,
            key=key,
        )
