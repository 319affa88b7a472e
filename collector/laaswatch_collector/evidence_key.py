"""The file with the evidence log's secret key: for its owner alone, never in the store."""

import os
from pathlib import Path

from laaswatch_agent import ed25519
from laaswatch_agent.signed_note import SigningKey, read_signing_key
from laaswatch_collector.messages import Told


class KeyUnreadable(Told):
    """The file with the log's key is not there, or holds none; the text says which."""


def new_key(origin: str) -> SigningKey:
    """A new secret key of the log of this name."""
    return SigningKey(origin, ed25519.new_seed())


def load_key(path: Path) -> SigningKey:
    """The key in a file. Raises KeyUnreadable."""
    try:
        return read_signing_key(path.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise KeyUnreadable("evidence.key_missing", file=str(path)) from error
    except (OSError, ValueError) as error:
        raise KeyUnreadable("evidence.key_unreadable", file=str(path), error=str(error)) from error


def write_key(path: Path, key: SigningKey) -> None:
    """Write the key to a new file, durable, readable by its owner alone. Raises OSError: also if there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"{key.secret_text()}\n")
        out.flush()
        os.fsync(out.fileno())
