"""Who this agent is: its secret, its office, and the enrolment that gave it both.

The secret and the enrolment's nonce are made on this PC and are on its disk before the code is sent: an
answer that gets lost on the way back costs nothing, the same command asks again and gets the same agent.
The collector only ever sees the secret's hash at enrolment.
"""

import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from laaswatch_agent.host.files import make_private_folder, write_atomically

FILE_NAME = "identity.json"
UNANSWERED = "enrolment.json"
"""An enrolment on its way: it becomes the identity once the collector has answered."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(f"[{_ALPHABET}]{{25}}")
_LOOKALIKES = str.maketrans("OIL๐๑๒๓๔๕๖๗๘๙", "0110123456789")


class IdentityUnreadable(ValueError):
    """The identity file is not what this program wrote; the text says where it is."""


@dataclass(frozen=True, slots=True)
class Office:
    """The office that the enrolment code belonged to."""

    code: str = ""
    name_th: str = ""
    name_en: str = ""
    province: str = ""
    isp: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """`agent` is empty until the collector has answered; `code_sha256` tells one code from another.

    `former_token` is the secret before this one (`renewal`); `proxy` is "" or the way to the collector.
    """

    collector: str
    ca_file: str
    nonce: str
    token: str
    code_sha256: str
    agent: str = ""
    state: str = ""
    role: str = ""
    config_etag: str = ""
    office: Office = Office()
    former_token: str = ""
    proxy: str = ""

    @property
    def enrolled(self) -> bool:
        """Has a collector taken this agent in?"""
        return bool(self.agent)

    def request(self, code: str, version: str) -> dict[str, str]:
        """The body of the enrolment request."""
        return {
            "code": code,
            "nonce": self.nonce,
            "token_sha256": hashlib.sha256(self.token.encode("ascii")).hexdigest(),
            "system": "windows" if os.name == "nt" else "linux",
            "version": version,
        }

    def accepted(self, answer: dict[str, Any]) -> "Identity":
        """With the collector's answer. Raises ValueError where it is not one."""
        agent, office = answer.get("agent"), answer.get("office")
        if not isinstance(agent, str) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", agent):
            raise ValueError("the collector's answer names no agent")
        facts = office if isinstance(office, dict) else {}
        return replace(
            self,
            agent=agent,
            state=str(answer.get("state", "active")),
            role=str(answer.get("role", "pc")),
            config_etag=str(answer.get("config_etag", "")),
            office=Office(**{k: str(facts.get(k) or "") for k in Office.__slots__}),
        )


def normal_code(typed: str) -> str | None:
    """A code as people type it — any case, spaces, dashes, O for 0, Thai digits — in its one form.

    None where it cannot be a code.
    """
    plain = re.sub(r"[\s\u200b\u2010-\u2015_-]+", "", typed).upper().translate(_LOOKALIKES)
    return plain if _CODE.fullmatch(plain) else None


def prepare(folder: Path, collector: str, ca_file: str, code: str, proxy: str = "") -> Identity:
    """The identity to enrol with: the one of an earlier try with the same code, else a new one; on disk.

    An identity that works is not touched. Raises OSError where the folder cannot be written.
    """
    code_sha256 = hashlib.sha256(code.encode("ascii")).hexdigest()
    try:
        found = _load(folder / UNANSWERED)
    except IdentityUnreadable:
        found = None  # no answer can have come for it: a new one does as well
    if found is not None and found.code_sha256 == code_sha256:
        identity = replace(found, collector=collector, ca_file=ca_file, proxy=proxy)
    else:
        identity = Identity(
            collector,
            ca_file,
            secrets.token_hex(32),
            secrets.token_hex(32),
            code_sha256,
            proxy=proxy,
        )
    make_private_folder(folder)
    _save(folder / UNANSWERED, identity)
    return identity


def adopt(folder: Path, identity: Identity) -> None:
    """Make the answered enrolment the identity of this agent, durable on return."""
    keep(folder, identity)
    (folder / UNANSWERED).unlink(missing_ok=True)


def keep(folder: Path, identity: Identity) -> None:
    """Put the identity in the place of the one before, durable on return. Raises OSError."""
    _save(folder / FILE_NAME, identity)


def forget(folder: Path) -> None:
    """Be nobody again: the next enrolment begins anew. Raises OSError."""
    for name in (FILE_NAME, UNANSWERED):
        (folder / name).unlink(missing_ok=True)


def load(folder: Path) -> Identity | None:
    """The identity kept in `folder`, or None if there is none. Raises IdentityUnreadable."""
    return _load(folder / FILE_NAME)


def _save(path: Path, identity: Identity) -> None:
    text = json.dumps(asdict(identity), ensure_ascii=False, indent=2)
    write_atomically(path, text.encode(), private=True)


def _load(path: Path) -> Identity | None:
    try:
        d = json.loads(path.read_text(encoding="utf-8"))
        # What a later version wrote beside it is passed over: going back to this one loses nothing.
        known = {k: v for k, v in d.items() if k in Identity.__slots__}
        office = {k: v for k, v in d["office"].items() if k in Office.__slots__}
        return Identity(**{**known, "office": Office(**office)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IdentityUnreadable(f"{path}: {error}") from error
