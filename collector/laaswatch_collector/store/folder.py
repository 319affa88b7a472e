"""A folder for the store that outlives a power cut from the moment it is there."""

import os
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make it, and what is missing above it; nobody but this account may look inside.

    A new name is durable once the folder that holds it is: SQLite sees to the files, this to the folders.
    """
    missing = [x for x in (folder, *folder.parents) if not x.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in missing:
        _sync(made.parent)


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows has no way to ask for it, and keeps names in its journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
