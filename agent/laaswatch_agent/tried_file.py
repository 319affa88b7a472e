"""Where what was tried is remembered: `tried.json` in the state folder, or in the user's own.

A file that is spoiled, or a place that cannot be written (a USB stick that is locked, another's folder),
costs the memory and nothing else: `check` goes on.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from laaswatch_agent.diagnosis.tried import Memory
from laaswatch_agent.host.files import make_private_folder, write_atomically

FILE_NAME = "tried.json"
MAX_BYTES = 256 * 1024


def folders(state_dir: Path) -> tuple[Path, ...]:
    """The places to try, the agent's own first."""
    own = _of_the_user()
    return (state_dir,) if own is None or own == state_dir else (state_dir, own)


def recall(places: Sequence[Path]) -> Memory:
    """The latest memory that is kept in any of the places; an empty one where none is."""
    found = [_read(place / FILE_NAME) for place in places]
    return max(found, key=lambda x: (x.at, len(x.done), x.over), default=Memory())


def keep(memory: Memory, places: Sequence[Path]) -> bool:
    """Write it to the first place that takes it; False where none does."""
    data = json.dumps(memory.to_dict(), ensure_ascii=False).encode()
    for place in places:
        if not place.is_dir() and place != _of_the_user():
            continue  # the agent's folder is for its installation to make, with the rights it needs
        try:
            make_private_folder(place)
            write_atomically(place / FILE_NAME, data)
        except OSError:
            continue
        return True
    return False


def _read(file: Path) -> Memory:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        return Memory.from_dict(json.loads(data)) if len(data) <= MAX_BYTES else Memory()
    except (OSError, ValueError, RecursionError):
        return Memory()


def _of_the_user() -> Path | None:
    """The folder of whoever is at the keyboard; None for an account without a home."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return Path(local) / "laaswatch" if local else None
    kept = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(kept) if kept else Path.home() / ".local" / "state") / "laaswatch"
    except RuntimeError:
        return None
