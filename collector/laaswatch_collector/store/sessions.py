"""Sessions of people who signed in: their secrets are kept as hashes, their person's role is never kept at all."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.sessions import ABSOLUTE, IDLE
from laaswatch_collector.store.schema import sessions, users
from laaswatch_collector.store.users import User, user_of

_SHOWN = 16
"""Characters of a session's hash that name it on its owner's page."""
_MOST_BROWSER = 200


@dataclass(frozen=True, slots=True)
class Session:
    """A session and whose it is. `proved`: the second step was made in it."""

    user: User
    csrf: str
    created: datetime
    used: datetime
    proved: bool = False


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its owner sees it. `id` names it; it is no secret."""

    id: str
    created: datetime
    used: datetime
    address: str
    browser: str


def start_session(
    connection: sa.Connection,
    name: str,
    now: datetime,
    *,
    proved: bool = False,
    address: str = "",
    browser: str = "",
) -> str:
    """A new session; returns its secret, 256 random bits. Clears sessions that are too old."""
    connection.execute(sessions.delete().where(sessions.c.created_at <= now - ABSOLUTE))
    token = secrets.token_hex(32)
    connection.execute(
        sessions.insert().values(
            token_sha256=_hash(token),
            user_name=name,
            csrf=secrets.token_hex(32),
            created_at=now,
            used_at=now,
            proved=proved,
            address=address,
            browser="".join(x for x in browser if x.isprintable())[:_MOST_BROWSER],
        )
    )
    return token


def renew_session(
    connection: sa.Connection, token: str, now: datetime, *, proved: bool | None = None
) -> str:
    """The same session under a new secret, after its rights grew. The old secret is worth nothing at once."""
    old = connection.execute(
        sa.select(sessions).where(sessions.c.token_sha256 == _hash(token))
    ).one()
    end_session(connection, token)
    return start_session(
        connection,
        old.user_name,
        now,
        proved=old.proved if proved is None else proved,
        address=old.address,
        browser=old.browser,
    )


def find_session(connection: sa.Connection, token: str) -> Session | None:
    """The session of this secret and its person as they are now."""
    row = connection.execute(
        sa.select(
            users,
            sessions.c.csrf,
            sessions.c.created_at.label("began_at"),
            sessions.c.used_at,
            sessions.c.proved,
        )
        .join(users, users.c.name == sessions.c.user_name)
        .where(sessions.c.token_sha256 == _hash(token))
    ).first()
    if row is None:
        return None
    return Session(user_of(row), row.csrf, row.began_at, row.used_at, row.proved)


def touch_session(connection: sa.Connection, token: str, now: datetime) -> None:
    """The session was used."""
    connection.execute(
        sessions.update().where(sessions.c.token_sha256 == _hash(token)).values(used_at=now)
    )


def sessions_of(connection: sa.Connection, name: str, now: datetime) -> list[OwnSession]:
    """A person's living sessions, the one used last first."""
    rows = connection.execute(
        sa.select(sessions)
        .where(
            sessions.c.user_name == name,
            sessions.c.used_at > now - IDLE,
            sessions.c.created_at > now - ABSOLUTE,
        )
        .order_by(sessions.c.used_at.desc(), sessions.c.token_sha256)
    )
    return [
        OwnSession(x.token_sha256.hex()[:_SHOWN], x.created_at, x.used_at, x.address, x.browser)
        for x in rows
    ]


def id_of(token: str) -> str:
    """What names the session of this secret."""
    return _hash(token).hex()[:_SHOWN]


def end_session(connection: sa.Connection, token: str) -> None:
    """Sign out."""
    connection.execute(sessions.delete().where(sessions.c.token_sha256 == _hash(token)))


def end_one_of(connection: sa.Connection, name: str, session_id: str) -> bool:
    """End one of a person's sessions by its `id`; whether there was such a one."""
    hashes = connection.execute(
        sa.select(sessions.c.token_sha256).where(sessions.c.user_name == name)
    ).scalars()
    found = [x for x in hashes if x.hex()[:_SHOWN] == session_id]
    connection.execute(sessions.delete().where(sessions.c.token_sha256.in_(found)))
    return bool(found)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
