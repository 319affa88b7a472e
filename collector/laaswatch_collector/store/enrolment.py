"""Enrolment: a code on paper becomes an agent of one office.

A code is 125 random bits, so a plain SHA-256 keeps it. It is redeemed in one atomic step. The agent makes
a nonce and its own secret first and sends only the secret's hash; asking again with the same nonce gives
the same agent, so an answer lost on a bad line costs nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.store.agents import AgentState
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import agents, enrolment_codes, offices

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a digit, and no U."""
LENGTH = 25
GROUP = 5
HOURS = 72
MOST_USES = 10
ROLES = ("pc", "control")

_READ_AS = str.maketrans("OIL๐๑๒๓๔๕๖๗๘๙", "0110123456789") | dict.fromkeys(map(ord, " -–—\t\u00a0"))


class UnknownOffice(ValueError):
    """There is no office of this code."""


@dataclass(frozen=True, slots=True)
class EnrolledOffice:
    """What an agent may know of its office."""

    code: str
    name_th: str
    name_en: str
    province: str
    isp: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The agent that a code became. `again` says that it had been one already."""

    agent: str
    state: AgentState
    role: str
    office: EnrolledOffice
    again: bool


def read_code(text: str) -> str | None:
    """The 25 characters of a code as people type it: any case, spaces, dashes, O for 0, Thai digits."""
    code = text.strip().upper().translate(_READ_AS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def show_code(code: str) -> str:
    """The code in groups of five."""
    return "-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def make_code(
    connection: sa.Connection,
    office_code: str,
    *,
    now: datetime,
    issued_by: str = "",
    role: str = "pc",
    uses: int = 1,
    hours: float = HOURS,
) -> str:
    """A new code for one office, in the clear, in groups of five: shown once, kept only as a hash."""
    if role not in ROLES or not 1 <= uses <= MOST_USES or not 0 < hours <= 24 * 366:
        raise ValueError(f"a code has a role of {ROLES}, 1 to {MOST_USES} uses and up to a year")
    found = connection.execute(sa.select(offices.c.code).where(offices.c.code == office_code))
    if found.first() is None:
        raise UnknownOffice(office_code)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    connection.execute(
        enrolment_codes.insert().values(
            code_sha256=_hash(code),
            office_code=office_code,
            role=role,
            uses=uses,
            uses_left=uses,
            issued_at=now,
            expires_at=now + timedelta(hours=hours),
            issued_by=issued_by,
        )
    )
    record(connection, now, issued_by, "issue_code", office_code, role=role, uses=uses)
    return show_code(code)


def redeem(
    connection: sa.Connection,
    code: str,
    *,
    nonce: bytes,
    token_sha256: bytes,
    system: str,
    version: str,
    now: datetime,
) -> Enrolled | None:
    """Turn a code (as typed) into an agent; None for every reason not to: used up, expired, mistyped."""
    plain = read_code(code)
    if plain is None:
        return None
    known = connection.execute(
        sa.select(enrolment_codes).where(enrolment_codes.c.code_sha256 == _hash(plain))
    ).one_or_none()
    if known is None or known.expires_at <= now:
        return None
    before = connection.execute(
        sa.select(agents).where(agents.c.enrol_nonce == nonce)
    ).one_or_none()
    if before is not None:
        # By now its secret may have been renewed: the nonce, which nobody else knows, tells who asks.
        same = before.office_code == known.office_code and token_sha256 in (
            before.token_sha256,
            before.old_token_sha256,
        )
        return _enrolled(connection, before.id, again=True) if same else None
    if _token_is_taken(connection, token_sha256):
        return None
    taken = connection.execute(
        enrolment_codes.update()
        .where(enrolment_codes.c.code_sha256 == known.code_sha256)
        .where(enrolment_codes.c.uses_left > 0)
        .values(uses_left=enrolment_codes.c.uses_left - 1)
    )
    if taken.rowcount != 1:
        return None
    agent = secrets.token_hex(16)
    # A code for one PC is a decision about that PC; one for several leaves it open which ones they are.
    state = AgentState.ACTIVE if known.uses == 1 else AgentState.PENDING
    connection.execute(
        agents.insert().values(
            id=agent,
            office_code=known.office_code,
            role=known.role,
            state=str(state),
            label=_label(connection, known.office_code),
            token_sha256=token_sha256,
            token_at=now,
            enrol_nonce=nonce,
            version=version,
            system=system,
            created_at=now,
        )
    )
    record(connection, now, agent, "enrol", known.office_code, state=str(state))
    return _enrolled(connection, agent, again=False)


def _enrolled(connection: sa.Connection, agent: str, *, again: bool) -> Enrolled:
    row = connection.execute(
        sa.select(
            agents.c.state,
            agents.c.role,
            offices.c.code,
            offices.c.name_th,
            offices.c.name_en,
            offices.c.province,
            offices.c.isp,
        )
        .join(offices, offices.c.code == agents.c.office_code)
        .where(agents.c.id == agent)
    ).one()
    office = EnrolledOffice(row.code, row.name_th, row.name_en, row.province, row.isp)
    return Enrolled(agent, AgentState(row.state), row.role, office, again)


def _token_is_taken(connection: sa.Connection, token_sha256: bytes) -> bool:
    query = sa.select(agents.c.id).where(
        sa.or_(
            agents.c.token_sha256 == token_sha256,
            agents.c.next_token_sha256 == token_sha256,
            agents.c.old_token_sha256 == token_sha256,
        )
    )
    return connection.execute(query).first() is not None


def _label(connection: sa.Connection, office_code: str) -> str:
    query = sa.select(sa.func.count()).where(agents.c.office_code == office_code)
    return f"PC {connection.execute(query).scalar_one() + 1}"


def _hash(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("ascii")).digest()
