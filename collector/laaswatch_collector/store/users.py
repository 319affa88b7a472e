"""People who may sign in. (Programs that read: `programs`.)

Secrets are stored as hashes only. Roles are read at each request, so a change counts at once.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.passwords import FIRST_LIVES, hashed
from laaswatch_collector.access.policy import OFFICE_ROLES, PEOPLE, Role
from laaswatch_collector.messages import Told
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import access_tokens, offices, sessions, users
from laaswatch_collector.worktime.provinces import PROVINCES

COMMAND_LINE = "cli"
"""Who did it, in the audit, when it was done on the collector's own machine."""


class UserError(Told):
    """What was asked cannot be done, and why."""


@dataclass(frozen=True, slots=True)
class User:
    """One person (or scraper) as the server needs it. `password` is the kept form, "" for none.

    `must_change`: the password was given out and is good for one log-in. `second_step`: the secret of the
    person's code program, "" before its set-up. `password_until`: when a given-out password runs out.
    """

    name: str
    role: Role
    office: str
    province: str
    password: str
    disabled: bool
    must_change: bool = False
    second_step: str = ""
    password_until: datetime | None = None

    def may_sign_in(self, now: datetime) -> bool:
        """Whether a right password lets this one in: nobody shut out, no program, no first password run out."""
        current = self.password_until is None or now < self.password_until
        return bool(self.password) and not self.disabled and current


@dataclass(frozen=True, slots=True)
class Place:
    """A role and how far it reaches, complete and possible."""

    role: Role
    office: str
    province: str


def place_of(connection: sa.Connection, role: str, office: str = "", province: str = "") -> Place:
    """What was chosen, checked: people of an office need one, a province's a province. Raises `UserError`."""
    if role not in PEOPLE:
        raise UserError("people.no_role", role=role)
    if role in OFFICE_ROLES:
        return Place(Role(role), office, _province_of(connection, office))
    if role == Role.PROVINCE:
        if province not in PROVINCES:
            raise UserError("people.needs_province")
        return Place(Role.PROVINCE, "", province)
    return Place(Role(role), "", "")


def check_name(name: str) -> None:
    """Whether it can be the name of a person or a program. Raises `UserError`."""
    if not name or name != name.strip() or not name.isprintable() or len(name) > 100:
        raise UserError("people.bad_name", name=repr(name))


def add_user(
    connection: sa.Connection,
    name: str,
    role: str,
    password: str,
    *,
    now: datetime,
    office: str = "",
    province: str = "",
    by: str = COMMAND_LINE,
    must_change: bool = False,
) -> None:
    """Add a person. Raises `UserError`, `WeakPassword`."""
    place = place_of(connection, role, office, province)
    check_name(name)
    if find_user(connection, name) is not None:
        raise UserError("people.exists", name=name)
    connection.execute(
        users.insert().values(
            name=name,
            role=str(place.role),
            office_code=place.office,
            province=place.province,
            password=hashed(password, name),
            must_change=must_change,
            password_until=now + FIRST_LIVES if must_change else None,
            created_at=now,
        )
    )
    record(
        connection, now, by, "add_user", name,
        role=str(place.role), office=place.office, province=place.province,
    )  # fmt: skip


def set_place(connection: sa.Connection, name: str, place: Place, now: datetime, by: str) -> None:
    """Another role or reach; every session of that person ends. Raises `UserError`."""
    before = must_exist(connection, name)
    if before.role not in PEOPLE:
        raise UserError("people.is_a_program", name=name)
    connection.execute(
        users.update()
        .where(users.c.name == name)
        .values(role=str(place.role), office_code=place.office, province=place.province)
    )
    end_sessions_of(connection, name)
    record(
        connection, now, by, "change_role", name,
        role=str(place.role), office=place.office, province=place.province,
        before=" ".join(x for x in (before.role, before.office, before.province) if x),
    )  # fmt: skip


def set_password(
    connection: sa.Connection,
    name: str,
    password: str,
    now: datetime,
    *,
    by: str = COMMAND_LINE,
    must_change: bool = False,
) -> None:
    """A new password; every session of that person ends. Raises `UserError`, `WeakPassword`."""
    found = must_exist(connection, name)
    if found.role not in PEOPLE:
        raise UserError("people.is_a_program", name=name)
    connection.execute(
        users.update()
        .where(users.c.name == name)
        .values(
            password=hashed(password, name),
            must_change=must_change,
            password_until=now + FIRST_LIVES if must_change else None,
        )
    )
    end_sessions_of(connection, name)
    record(connection, now, by, "set_password", name)


def disable_user(
    connection: sa.Connection, name: str, now: datetime, *, by: str = COMMAND_LINE
) -> None:
    """Shut a person out at once; what they did stays in the audit. Raises `UserError`."""
    must_exist(connection, name)
    connection.execute(users.update().where(users.c.name == name).values(disabled_at=now))
    end_sessions_of(connection, name)
    revoke_access_tokens(connection, name, now)
    record(connection, now, by, "disable_user", name)


def enable_user(
    connection: sa.Connection, name: str, now: datetime, *, by: str = COMMAND_LINE
) -> None:
    """Let a person in again who was shut out. Raises `UserError`."""
    must_exist(connection, name)
    connection.execute(users.update().where(users.c.name == name).values(disabled_at=None))
    record(connection, now, by, "enable_user", name)


def find_user(connection: sa.Connection, name: str) -> User | None:
    """The person of this name, disabled or not."""
    row = connection.execute(sa.select(users).where(users.c.name == name)).first()
    return None if row is None else user_of(row)


def must_exist(connection: sa.Connection, name: str) -> User:
    """The person of this name. Raises `UserError`."""
    found = find_user(connection, name)
    if found is None:
        raise UserError("people.unknown", name=name)
    return found


def list_users(connection: sa.Connection) -> list[User]:
    """Everybody, by name."""
    return [user_of(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]


def end_sessions_of(connection: sa.Connection, name: str) -> None:
    """End every session of a person."""
    connection.execute(sessions.delete().where(sessions.c.user_name == name))


def revoke_access_tokens(connection: sa.Connection, name: str, now: datetime) -> int:
    """Make every token of a program worthless at once; how many there were."""
    return connection.execute(
        access_tokens.update()
        .where(access_tokens.c.user_name == name, access_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    ).rowcount


def user_of(row: sa.Row[tuple[object, ...]]) -> User:
    """A row of the table, with whatever else was selected beside it."""
    return User(
        row.name,
        Role(row.role),
        row.office_code,
        row.province,
        row.password,
        row.disabled_at is not None,
        row.must_change,
        row.second_step,
        row.password_until,
    )


def _province_of(connection: sa.Connection, office: str) -> str:
    if not office:
        raise UserError("people.needs_office")
    found = connection.execute(
        sa.select(offices.c.province).where(offices.c.code == office)
    ).scalar_one_or_none()
    if found is None:
        raise UserError("people.no_office", office=office)
    return str(found)
