"""The second step of signing in: six digits of a code program (TOTP, RFC 6238), or a recovery code.

Pure: the server holds the clock, the store what is kept. A code is good once: what was accepted, or an older
one, is refused for good. Recovery codes hold 80 random bits each and are kept as hashes.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

from laaswatch_collector.access.policy import Role

STEP_SECONDS = 30
_DRIFT = 1
"""Steps that a telephone's clock may be off."""
RECOVERY_CODES = 10
OBLIGED = frozenset({Role.PROVINCE, Role.ADMIN})
"""Whom a password alone does not let in."""
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def secret_of(session_token: str) -> str:
    """The secret that a session is shown for its set-up (base32). Nothing is stored until it was confirmed."""
    digest = hmac.new(session_token.encode(), b"laaswatch second step", hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode("ascii")


def address(secret: str, name: str, issuer: str) -> str:
    """The otpauth:// address that a code program reads from the QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=issuer)


def accepted_step(secret: str, typed: str, now: datetime, last: int | None) -> int | None:
    """The half minute whose code was typed, if it is after `last`, the newest that was ever accepted."""
    digits = re.sub(r"[\s-]", "", typed.translate(_DIGITS))
    if not secret or not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    here = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(here - _DRIFT, here + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return None if found is None or (last is not None and found <= last) else found


def recovery_codes() -> list[str]:
    """New codes, as they are shown once: ABCD-EFGH-JKLM-NPQR."""
    return [_grouped(base64.b32encode(secrets.token_bytes(10))) for _ in range(RECOVERY_CODES)]


def code_hash(name: str, typed: str) -> bytes:
    """What is kept of a recovery code of this person, however it was typed."""
    plain = re.sub(r"[\s-]", "", typed).upper()
    return hashlib.sha256(f"{name}\n{plain}".encode("utf-8", "replace")).digest()


def _grouped(code: bytes) -> str:
    text = code.decode("ascii")
    return "-".join(text[n : n + 4] for n in range(0, len(text), 4))
