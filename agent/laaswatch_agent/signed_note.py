"""Signed notes as C2SP has them (https://c2sp.org/signed-note): a text, an empty line, lines of signatures.

    laaswatch.example.go.th/evidence/5a…           the text: here a checkpoint of the collector's log
    40217
    qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=
                                                   an empty line
    — laaswatch.example.go.th/evidence/5a… 9Qd2…   whose key, and base64 of the key's id and the signature

A key's id is made of its name and itself, so that nobody's key passes under another's name. Pure.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from laaswatch_agent import ed25519

ED25519 = b"\x01"
"""Their number for this kind of signature."""
MOST_SIGNATURES = 16
_NAME = re.compile(r"[^\s+]{1,200}")
_LINE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]{90,400}={0,2})")
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how the text of one begins


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public key of a name, for checking what it signed. Raises ValueError for what is none."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        if not _NAME.fullmatch(self.name) or len(self.public) != ed25519.PUBLIC_BYTES:
            raise ValueError("no key")

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Its one spelling: name+id+key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret key of a name."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The key that everybody may know."""
        return VerifierKey(self.name, ed25519.public_of(self.seed))

    def secret_text(self) -> str:
        """As it is kept: the spelling of Go's `note` package."""
        secret = base64.b64encode(ED25519 + self.seed).decode()
        return f"{_SECRET}{self.name}+{self.verifier.id.hex()}+{secret}"

    def sign(self, text: str) -> str:
        """The line of its signature under a text, which ends in a line feed."""
        key = self.verifier
        signed = key.id + ed25519.sign(self.seed, text.encode())
        return f"— {key.name} {base64.b64encode(signed).decode()}\n"


def read_verifier_key(text: str) -> VerifierKey:
    """A key from its spelling. Raises ValueError: also where its id is not its own."""
    name, public = _read(text.strip())
    key = VerifierKey(name, public)
    if str(key) != text.strip():
        raise ValueError("no key: its id is not that of its name and itself")
    return key


def read_signing_key(text: str) -> SigningKey:
    """A secret key from its spelling. Raises ValueError."""
    plain = text.strip()
    if not plain.startswith(_SECRET):
        raise ValueError("no secret key")
    key = SigningKey(*_read(plain.removeprefix(_SECRET)))
    if key.secret_text() != plain:
        raise ValueError("no secret key: its id is not that of its name and itself")
    return key


def note(text: str, signatures: str) -> str:
    """A text with the lines of its signatures."""
    return f"{text}\n{signatures}"


def parts(signed: str) -> tuple[str, str]:
    """A note's text and the lines of its signatures ("" where nobody signed)."""
    text, empty, signatures = signed.rpartition("\n\n")
    return (f"{text}\n", signatures) if empty else (signed, "")


def is_signed(text: str, signatures: str, key: VerifierKey) -> bool:
    """Whether one of the lines is this key's signature of the text; lines of other keys are passed over."""
    for line in signatures.split("\n")[:MOST_SIGNATURES]:
        found = _LINE.fullmatch(line)
        if found is None or found[1] != key.name:
            continue
        try:
            signed = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            continue
        if signed[:4] == key.id:  # a known key's line decides
            return ed25519.verify(key.public, text.encode(), signed[4:])
    return False


def _read(text: str) -> tuple[str, bytes]:
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("no key: not base64") from error
    if key[:1] != ED25519 or len(key) != 1 + ed25519.SEED_BYTES:
        raise ValueError("no key of this kind")
    return name, key[1:]
