"""Files that survive a power cut: written beside, flushed, and put in place in one step."""

import contextlib
import os
import time
from pathlib import Path

REPLACE_PATIENCE = 5.0
"""Seconds to go on trying where a virus scanner holds the old file open (Windows)."""


def write_atomically(
    path: Path, data: bytes, *, private: bool = False, durable: bool = True
) -> None:
    """Put `data` at `path`: a reader sees the old file or the new one, never half of one.

    `private` makes it readable by its owner alone. `durable` waits until the disk has it; a page that
    is written again at every round can do without. Raises OSError where the place cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    mode = 0o600 if private else 0o644
    try:
        with os.fdopen(
            os.open(
                beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode
            ),
            "wb",
        ) as out:
            out.write(data)
            out.flush()
            if durable:
                os.fsync(out.fileno())
        _replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make `folder` and those above it, for its owner alone: durable, or its files would hang in the air."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; Windows does that by itself and cannot open a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(source: Path, target: Path) -> None:
    give_up = time.monotonic() + REPLACE_PATIENCE
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if os.name != "nt" or time.monotonic() >= give_up:
                raise
            time.sleep(0.1)
        else:
            return
