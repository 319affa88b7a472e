"""A lock that a process holds on a file, and that ends with the process, however it ends."""

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


POLL = 0.1


class FileLock:
    """Only one holder at a time over all processes; the file itself stays and means nothing."""

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.held = False

    def acquire(self, seconds: float) -> bool:
        """Try for so long; True if we hold it now."""
        end = time.monotonic() + seconds
        while self._handle is not None:
            try:
                _try(self._handle)
            except OSError:
                if time.monotonic() >= end:
                    return False
                time.sleep(POLL)
            else:
                self.held = True
                return True
        return False

    def release(self) -> None:
        """Let go; closing the file is enough on every system."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = None
        self.held = False
