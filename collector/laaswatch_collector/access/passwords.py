"""Passwords: kept as scrypt (RFC 7914) with their parameters, compared in constant time."""

import base64
import hashlib
import hmac
import secrets
import threading
import unicodedata

LEAST_LENGTH = 12
MOST_LENGTH = 256
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024
_AT_ONCE = threading.BoundedSemaphore(2)
"""A check takes 34 MB and a seventh of a second: a flood of log-ins may not take the machine."""

COMMON = frozenset(
    (
        "123456789012",
        "1234567890123",
        "12345678901234",
        "password1234",
        "passwordpassword",
        "password12345",
        "qwertyuiop12",
        "qwertyuiopasdf",
        "111111111111",
        "000000000000",
        "administrator",
        "admin1234567",
        "adminadmin12",
        "iloveyou1234",
        "thailand1234",
        "thailand2569",
        "laaswatch1234",
        "laaswatch123",
        "elaas1234567",
        "abcdefghijkl",
        "abcd12345678",
        "asdfghjkl123",
        "1q2w3e4r5t6y",
        "zaq12wsxcde3",
        "welcome12345",
        "letmein12345",
        "monkey123456",
        "football1234",
    )
)
"""What people choose when twelve characters are asked for."""


class WeakPassword(ValueError):
    """The password cannot be taken; says why in Thai and English."""


def hashed(password: str) -> str:
    """What is kept of a new password. Raises `WeakPassword`."""
    text = _normal(password)
    if len(text) < LEAST_LENGTH:
        raise WeakPassword(
            f"รหัสผ่านต้องยาวอย่างน้อย {LEAST_LENGTH} ตัว · a password needs at least {LEAST_LENGTH} characters"
        )
    if len(text) > MOST_LENGTH:
        raise WeakPassword(f"รหัสผ่านยาวเกิน {MOST_LENGTH} ตัว · longer than {MOST_LENGTH} characters")
    if text.casefold() in COMMON or len(set(text)) < 5:
        raise WeakPassword("รหัสผ่านเดาง่ายเกินไป · this password is too easy to guess")
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(_scrypt(text, salt, _N, _R, _P))}"


def verify(password: str, kept: str) -> bool:
    """Whether this is the password. Takes as long for a user who does not exist (`NOBODYS`)."""
    try:
        kind, n, r, p, salt, digest = kept.split("$")
        if kind != "scrypt":
            return False
        found = _scrypt(_normal(password)[:MOST_LENGTH], _bytes(salt), int(n), int(r), int(p))
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
