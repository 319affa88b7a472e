"""Calls to the system that fail when a test wants them to: SQLite, files and sockets of this process."""

import errno
import os
import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import contextmanager

_FILE_CALLS = ("open", "fsync", "replace", "rename", "unlink", "mkdir", "write", "stat")
_SOCKET_CALLS = ("connect", "sendall", "recv_into")


class Luck:
    """Counts the calls; those whose number is in `bad` fail, as a full or a broken disk or line does."""

    def __init__(self) -> None:
        self.calls = 0
        self.bad: range = range(0)
        self.on = False
        self.failed: list[str] = []

    def strikes(self, name: str) -> bool:
        if not self.on or threading.current_thread() is not threading.main_thread():
            return False
        self.calls += 1
        if self.calls not in self.bad:
            return False
        self.failed.append(name)
        return True

    def system_error(self) -> OSError:
        number = errno.EIO if self.calls % 2 else errno.ENOSPC
        return OSError(number, os.strerror(number))

    def sqlite_error(self) -> sqlite3.OperationalError:
        full = self.calls % 2 == 0
        error = sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
        return error


@contextmanager
def unlucky(monkeypatch, folder):
    """Let calls of the main thread about `folder`, SQLite and TCP fail by a `Luck`."""
    luck = Luck()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", _connecting(luck, str(folder)))
        for name in _FILE_CALLS:
            real = getattr(os, name)
            patch.setattr(os, name, _failing(luck, name, real, _about(str(folder))))
        for name in _SOCKET_CALLS:
            real = getattr(socket.socket, name)
            call = _failing(luck, name, real, lambda _: True)
            patch.setattr(socket.socket, name, call, raising=False)
        yield luck


def _connecting(luck: Luck, folder: str) -> Callable[..., sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def execute(self, sql, *rest):
            if luck.strikes(f"sqlite {sql[:40]}"):
                raise luck.sqlite_error()
            return super().execute(sql, *rest)

        def executemany(self, sql, *rest):
            if luck.strikes(f"sqlite {sql[:40]}"):
                raise luck.sqlite_error()
            return super().executemany(sql, *rest)

    connect = sqlite3.connect

    def connect_or_not(*arguments, **named):
        if folder in str(arguments[0]) and luck.strikes("sqlite open"):
            raise luck.sqlite_error()
        return connect(*arguments, **{**named, "factory": Connection})

    return connect_or_not


def _failing(
    luck: Luck, name: str, real: Callable[..., object], ours: Callable[[object], bool]
) -> Callable[..., object]:
    def call(*arguments, **named):
        if ours(arguments[0]) and luck.strikes(f"{name} {arguments[0]!s:.60}"):
            raise luck.system_error()
        return real(*arguments, **named)

    return call


def _about(folder: str) -> Callable[[object], bool]:
    """Is it a descriptor, or a path in the folder?"""

    def ours(what: object) -> bool:
        if isinstance(what, str | bytes | os.PathLike):
            return folder in os.fsdecode(what)
        return isinstance(what, int)

    return ours
