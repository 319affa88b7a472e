"""The hash chain: each sealed report names the hash of the one before, so nothing can be slipped in or out."""

import hashlib


def hash_of(sealed: bytes) -> str:
    """SHA-256 of a sealed report, in lower-case hexadecimal: its name in the chain."""
    return hashlib.sha256(sealed).hexdigest()
