"""The check code of a document: the beginning of the hash of its facts, with a check character.

The same facts of the same kind of document always have the same code, and no facts can be put in the place
of those that a code stands for. Eleven characters (55 bits) and one that finds every single wrong character
and every two that changed places.
"""

import hashlib
import json
from typing import Any

import msgspec

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
BODY_LENGTH, GROUP = 11, 4
_TYPED = str.maketrans("OIL๐๑๒๓๔๕๖๗๘๙", "0110123456789", " -–—.")
_PLAIN = (str, int, bool, type(None))


def canonical(value: Any) -> bytes:  # noqa: ANN401 - anything made of structs, lists, texts and whole numbers
    """JSON in one spelling: sorted keys, no spaces, UTF-8, whole numbers only. Raises TypeError for others."""
    plain = msgspec.to_builtins(value)
    _only_plain(plain)
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _only_plain(value: object) -> None:
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("only texts can be names")
        for inner in value.values():
            _only_plain(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _only_plain(inner)
    elif not isinstance(value, _PLAIN):
        raise TypeError(f"{value!r} has more than one spelling")


def statement(kind: str, facts: Any) -> bytes:  # noqa: ANN401 - as `canonical`
    """What a document states, as it is kept and hashed: byte for byte, whatever later versions add."""
    return canonical({"facts": facts, "kind": str(kind)})


def fingerprint(stated: bytes) -> bytes:
    """SHA-256 of a `statement`."""
    return hashlib.sha256(stated).digest()


def code_of(sha256: bytes) -> str:
    """The check code of a fingerprint: XXXX-XXXX-XXXX."""
    number = int.from_bytes(sha256[:7], "big") >> 1
    text = "".join(ALPHABET[number >> 5 * n & 31] for n in reversed(range(BODY_LENGTH)))
    text += ALPHABET[_times_x(_remainder(text))]
    return "-".join(text[n : n + GROUP] for n in range(0, len(text), GROUP))


def read_code(typed: str) -> str | None:
    """The code that was typed, as printed; None where a character is wrong, missing or out of place.

    Tolerant of case, spaces, dashes, Thai digits and of letters that look like digits.
    """
    text = typed[:64].upper().translate(_TYPED)
    if len(text) != BODY_LENGTH + 1 or not set(text) <= set(ALPHABET) or _remainder(text):
        return None
    return "-".join(text[n : n + GROUP] for n in range(0, len(text), GROUP))


def _remainder(text: str) -> int:
    """The text as a polynomial over GF(32), taken at x; 0 for a text that ends in its own check."""
    value = 0
    for character in text:
        value = _times_x(value) ^ ALPHABET.index(character)
    return value


def _times_x(value: int) -> int:
    """Multiply by x in GF(32) modulo x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
