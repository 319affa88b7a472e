"""People who may sign in, their sessions, and the tokens of programs that read.

Secrets are stored as hashes only. Roles are read at each request, so a change counts at once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.passwords import hashed
from laaswatch_collector.access.policy import OFFICE_ROLES, PEOPLE, Role
from laaswatch_collector.access.sessions import ABSOLUTE
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import access_tokens, offices, sessions, users
from laaswatch_collector.worktime.provinces import PROVINCES


class UserError(ValueError):
    """What was asked cannot be done; says why in Thai and English."""


@dataclass(frozen=True, slots=True)
class User:
    """One person (or scraper) as the server needs it. `password` is the kept form, "" for none."""

    name: str
    role: Role
    office: str
    province: str
    password: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A session and whose it is."""

    user: User
    csrf: str
    created: datetime
    used: datetime


def add_user(
    connection: sa.Connection,
    name: str,
    role: str,
    password: str,
    *,
    now: datetime,
    office: str = "",
    province: str = "",
) -> None:
    """Add a person. A viewer and a clerk need an office, a province's officer a province. Raises `UserError`."""
    if role not in PEOPLE:
        raise UserError(f"ไม่มีบทบาท {role!r} · there is no role {role!r}: {', '.join(PEOPLE)}")
    if not name or name != name.strip() or not name.isprintable() or len(name) > 100:
        raise UserError(f"ชื่อ {name!r} ใช้ไม่ได้ · this name cannot be used")
    if find_user(connection, name) is not None:
        raise UserError(f"มีชื่อ {name} อยู่แล้ว · {name} exists already")
    if role in OFFICE_ROLES:
        province = _province_of(connection, office)
    elif role == Role.PROVINCE and province not in PROVINCES:
        raise UserError("ต้องระบุจังหวัด (รหัสสองหลัก) · a province (two digits) is needed")
    connection.execute(
        users.insert().values(
            name=name,
            role=role,
            office_code=office if role in OFFICE_ROLES else "",
            province=province,
            password=hashed(password),
            created_at=now,
        )
    )
    record(connection, now, "cli", "add_user", name, role=role)


def set_password(connection: sa.Connection, name: str, password: str, now: datetime) -> None:
    """A new password; every session of that person ends."""
    _must_exist(connection, name)
    connection.execute(users.update().where(users.c.name == name).values(password=hashed(password)))
    end_sessions_of(connection, name)
    record(connection, now, "cli", "set_password", name)


def disable_user(connection: sa.Connection, name: str, now: datetime) -> None:
    """Shut a person out at once; what they did stays in the audit."""
    _must_exist(connection, name)
    connection.execute(users.update().where(users.c.name == name).values(disabled_at=now))
    end_sessions_of(connection, name)
    revoke_access_tokens(connection, name, now)
    record(connection, now, "cli", "disable_user", name)


def find_user(connection: sa.Connection, name: str) -> User | None:
    """The person of this name, disabled or not."""
    row = connection.execute(sa.select(users).where(users.c.name == name)).first()
    return None if row is None else _user(row)


def list_users(connection: sa.Connection) -> list[User]:
    """Everybody, by name."""
    return [_user(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]


def start_session(connection: sa.Connection, name: str, now: datetime) -> str:
    """A new session; returns its secret, which is stored only as a hash. Clears sessions that are too old."""
    connection.execute(sessions.delete().where(sessions.c.created_at <= now - ABSOLUTE))
    token = secrets.token_hex(32)
    connection.execute(
        sessions.insert().values(
            token_sha256=_hash(token),
            user_name=name,
            csrf=secrets.token_hex(32),
            created_at=now,
            used_at=now,
        )
    )
    return token


def find_session(connection: sa.Connection, token: str) -> Session | None:
    """The session of this secret and its person as they are now."""
    row = connection.execute(
        sa.select(
            users, sessions.c.csrf, sessions.c.created_at.label("began_at"), sessions.c.used_at
        )
        .join(users, users.c.name == sessions.c.user_name)
        .where(sessions.c.token_sha256 == _hash(token))
    ).first()
    if row is None:
        return None
    return Session(_user(row), row.csrf, row.began_at, row.used_at)


def touch_session(connection: sa.Connection, token: str, now: datetime) -> None:
    """The session was used."""
    connection.execute(
        sessions.update().where(sessions.c.token_sha256 == _hash(token)).values(used_at=now)
    )


def end_session(connection: sa.Connection, token: str) -> None:
    """Sign out."""
    connection.execute(sessions.delete().where(sessions.c.token_sha256 == _hash(token)))


def end_sessions_of(connection: sa.Connection, name: str) -> None:
    """End every session of a person."""
    connection.execute(sessions.delete().where(sessions.c.user_name == name))


def make_access_token(connection: sa.Connection, name: str, *, now: datetime) -> str:
    """A bearer token for a program that reads /metrics; the program is a user without a password.

    Raises `UserError` for the name of a person, whose rights the token would have, and of a disabled one.
    """
    found = find_user(connection, name)
    if found is not None and (found.role is not Role.METRICS or found.disabled):
        raise UserError(
            f"{name} ใช้เป็นชื่อโปรแกรมไม่ได้ · {name} is a person or disabled: choose another name"
        )
    if found is None:
        connection.execute(
            users.insert().values(name=name, role=str(Role.METRICS), password="", created_at=now)
        )
    token = secrets.token_hex(32)
    connection.execute(
        access_tokens.insert().values(token_sha256=_hash(token), user_name=name, created_at=now)
    )
    record(connection, now, "cli", "make_access_token", name)
    return token


def find_access_token(connection: sa.Connection, token: str) -> User | None:
    """Whose token this is, unless it was revoked."""
    row = connection.execute(
        sa.select(users)
        .join(access_tokens, access_tokens.c.user_name == users.c.name)
        .where(access_tokens.c.token_sha256 == _hash(token), access_tokens.c.revoked_at.is_(None))
    ).first()
    return None if row is None else _user(row)


def revoke_access_tokens(connection: sa.Connection, name: str, now: datetime) -> None:
    """Make every token of a program worthless at once."""
    connection.execute(
        access_tokens.update()
        .where(access_tokens.c.user_name == name, access_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    return User(
        row.name,
        Role(row.role),
        row.office_code,
        row.province,
        row.password,
        row.disabled_at is not None,
    )


def _must_exist(connection: sa.Connection, name: str) -> None:
    if find_user(connection, name) is None:
        raise UserError(f"ไม่มีผู้ใช้ชื่อ {name} · there is no user {name}")


def _province_of(connection: sa.Connection, office: str) -> str:
    if not office:
        raise UserError(
            "เจ้าหน้าที่ต้องมีหน่วยงาน (--office) · an officer belongs to an office: --office CODE"
        )
    found = connection.execute(
        sa.select(offices.c.province).where(offices.c.code == office)
    ).scalar_one_or_none()
    if found is None:
        raise UserError(
            f"ไม่มีหน่วยงานรหัส {office!r} · there is no office {office!r}: import the offices first"
        )
    return str(found)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
