"""Programs that read with an access token: what each may read, how long, and when it last came.

A program is a user without a password. Its tokens are kept as hashes and run out; a new one beside the old
lets a program change over without a gap.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.access.policy import PROGRAMS, Role
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import access_tokens, offices, users
from laaswatch_collector.store.users import (
    COMMAND_LINE,
    User,
    UserError,
    check_name,
    find_user,
    must_exist,
    revoke_access_tokens,
    user_of,
)
from laaswatch_collector.worktime.provinces import PROVINCES

LIVES = timedelta(days=366)
"""How long a token is good unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a program may read, and of which part: an office, a province, or ("" and "") the country."""

    role: Role
    office: str = ""
    province: str = ""


MEASURED = Reach(Role.METRICS)


@dataclass(frozen=True, slots=True)
class Token:
    """One good token of a program. `until` is None for those of old, which never run out."""

    name: str
    reach: Reach
    made: datetime
    until: datetime | None
    used: datetime | None


def reach_of(connection: sa.Connection, role: str, office: str = "", province: str = "") -> Reach:
    """What was chosen, checked: an office brings its province. Raises `UserError`."""
    if role not in PROGRAMS:
        raise UserError("people.no_role", role=role)
    if role == Role.METRICS:
        if office or province:
            raise UserError("program.metrics_has_no_part")
        return Reach(Role.METRICS)
    if not office:
        if province and province not in PROVINCES:
            raise UserError("people.needs_province")
        return Reach(Role(role), "", province)
    found = connection.execute(
        sa.select(offices.c.province).where(offices.c.code == office)
    ).scalar_one_or_none()
    if found is None or province not in ("", found):
        raise UserError("people.no_office", office=office)
    return Reach(Role(role), office, found)


def make_access_token(
    connection: sa.Connection,
    name: str,
    reach: Reach = MEASURED,
    *,
    now: datetime,
    lives: timedelta = LIVES,
    by: str = COMMAND_LINE,
) -> str:
    """A token for the program of this name, which is made if there is none; earlier ones stay good.

    Raises `UserError` for the name of a person, whose rights the token would have, of a disabled program,
    and of one that reads something else.
    """
    check_name(name)
    found = find_user(connection, name)
    if found is not None:
        if found.role not in PROGRAMS or found.disabled:
            raise UserError("people.no_program_name", name=name)
        if Reach(found.role, found.office, found.province) != reach:
            raise UserError("program.reads_something_else", name=name)
    else:
        connection.execute(
            users.insert().values(
                name=name,
                role=str(reach.role),
                office_code=reach.office,
                province=reach.province,
                password="",
                created_at=now,
            )
        )
    token = secrets.token_hex(32)
    connection.execute(
        access_tokens.insert().values(
            token_sha256=_hash(token), user_name=name, created_at=now, expires_at=now + lives
        )
    )
    record(
        connection, now, by, "make_access_token", name,
        role=str(reach.role), office=reach.office, province=reach.province, days=lives.days,
    )  # fmt: skip
    return token


def renew_access_token(
    connection: sa.Connection,
    name: str,
    *,
    now: datetime,
    overlap: timedelta,
    lives: timedelta = LIVES,
    by: str = COMMAND_LINE,
) -> str:
    """A new token for a program that has one; the earlier ones run out after `overlap`. Raises `UserError`."""
    found = must_exist(connection, name)
    end = now + overlap
    good = access_tokens.c.revoked_at.is_(None)
    sooner = access_tokens.c.expires_at.is_(None) | (access_tokens.c.expires_at > end)
    connection.execute(
        access_tokens.update()
        .where(access_tokens.c.user_name == name, good, sooner)
        .values(expires_at=end)
    )
    reach = Reach(found.role, found.office, found.province)
    return make_access_token(connection, name, reach, now=now, lives=lives, by=by)


def revoke_program(
    connection: sa.Connection, name: str, now: datetime, *, by: str = COMMAND_LINE
) -> int:
    """End every token of a program at once; how many. Raises `UserError`."""
    if must_exist(connection, name).role not in PROGRAMS:
        raise UserError("program.is_a_person", name=name)
    count = revoke_access_tokens(connection, name, now)
    record(connection, now, by, "revoke_access_tokens", name, count=count)
    return count


def program_by_token(
    connection: sa.Connection, token_sha256: bytes, now: datetime
) -> tuple[User, datetime | None] | None:
    """The program of a token that is good, and when the token was last noted as used."""
    row = connection.execute(
        sa.select(users, access_tokens.c.used_at)
        .join(access_tokens, access_tokens.c.user_name == users.c.name)
        .where(access_tokens.c.token_sha256 == token_sha256, _good(now))
    ).first()
    return None if row is None else (user_of(row), row.used_at)


def token_used(connection: sa.Connection, token_sha256: bytes, now: datetime) -> None:
    """Note that a token is in use."""
    connection.execute(
        access_tokens.update()
        .where(access_tokens.c.token_sha256 == token_sha256)
        .values(used_at=now)
    )


def good_tokens(connection: sa.Connection, now: datetime) -> list[Token]:
    """Every token that opens something, by program, the oldest first."""
    rows = connection.execute(
        sa.select(
            users.c.name,
            users.c.role,
            users.c.office_code,
            users.c.province,
            access_tokens.c.created_at,
            access_tokens.c.expires_at,
            access_tokens.c.used_at,
        )
        .join(access_tokens, access_tokens.c.user_name == users.c.name)
        .where(_good(now))
        .order_by(users.c.name, access_tokens.c.created_at)
    )
    return [
        Token(
            x.name,
            Reach(Role(x.role), x.office_code, x.province),
            x.created_at,
            x.expires_at,
            x.used_at,
        )
        for x in rows
    ]


def _good(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        access_tokens.c.revoked_at.is_(None),
        access_tokens.c.expires_at.is_(None) | (access_tokens.c.expires_at > now),
        users.c.disabled_at.is_(None),
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
