"""Passwords: what may be one, kept as scrypt (RFC 7914) with its parameters, compared in constant time."""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from datetime import timedelta

from laaswatch_collector.access.common_words import COMMON_WORDS
from laaswatch_collector.messages import Told

LEAST_LENGTH = 12
MOST_LENGTH = 128
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024
_AT_ONCE = threading.BoundedSemaphore(2)
"""A check takes 34 MB and a seventh of a second: a flood of log-ins may not take the machine."""

_FIGURES = str.maketrans("@4031!$57€", "aaoeiisste")
_WORDS = sorted((x for x in COMMON_WORDS if len(x) >= 4), key=len, reverse=True)
_LEAST_LEFT = 4
"""Characters that must be left when common words, digits and signs are taken away."""
_LEAST_DIFFERENT = 5
FIRST_LIVES = timedelta(days=7)
"""How long a password that was given out waits for its first log-in."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""Of a first password: nothing that looks like something else when it is written down by hand."""


class WeakPassword(Told):
    """The password cannot be taken, and why."""


def hashed(password: str, name: str = "") -> str:
    """What is kept of a new password of `name`. Raises `WeakPassword`."""
    text = _normal(password)
    if len(text) < LEAST_LENGTH:
        raise WeakPassword("password.too_short", least=LEAST_LENGTH)
    if len(text) > MOST_LENGTH:
        raise WeakPassword("password.too_long", most=MOST_LENGTH)
    if easy_to_guess(text, name):
        raise WeakPassword("password.too_easy")
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(_scrypt(text, salt, _N, _R, _P))}"


def easy_to_guess(password: str, name: str = "") -> bool:
    """Whether it is nothing but common words, the own name, digits, signs and repetition."""
    text = _normal(password).casefold()
    if len(set(text)) < _LEAST_DIFFERENT:
        return True
    own = _normal(name).casefold()
    words = [own, *_WORDS] if len(own) >= _LEAST_LEFT else _WORDS
    # A year and an exclamation mark at the end are no letters in disguise.
    bare = re.sub(r"[\W\d_]+\Z", "", text)
    return any(_little_left(x, words) for x in (text, bare.translate(_FIGURES)))


def _little_left(text: str, words: list[str]) -> bool:
    for word in words:
        text = text.replace(word, "\n")
    left = re.sub(r"[\W\d_]", "", text)
    return len(left) < _LEAST_LEFT or len(set(left)) == 1


def first_password() -> str:
    """A password to hand over once: four groups of four letters, 72 random bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def verify(password: str, kept: str) -> bool:
    """Whether this is the password. Takes as long for a user who does not exist (`NOBODYS`)."""
    try:
        kind, n, r, p, salt, digest = kept.split("$")
        if kind != "scrypt":
            return False
        found = _scrypt(_normal(password)[: 2 * MOST_LENGTH], _bytes(salt), int(n), int(r), int(p))
    except ValueError:
        return False
    return hmac.compare_digest(found, _bytes(digest))


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password)


def _scrypt(text: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(
            text.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=n,
            r=r,
            p=p,
            maxmem=_MEMORY,
            dklen=32,
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii"), validate=True)


NOBODYS = f"scrypt${_N}${_R}${_P}${_text(bytes(16))}${_text(bytes(32))}"
"""Nobody's password: verified for unknown names, so that they take no less time than known ones."""
