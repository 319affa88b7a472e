"""Second steps that people have set up, and their recovery codes."""

from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.second_step import accepted_step, code_hash, recovery_codes
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import recovery_codes as codes
from laaswatch_collector.store.schema import users
from laaswatch_collector.store.users import end_sessions_of, must_exist


def set_up(
    connection: sa.Connection, name: str, secret: str, typed: str, now: datetime
) -> list[str] | None:
    """Take up a second step once its first code was typed; the recovery codes, or None for a wrong code."""
    step = accepted_step(secret, typed, now, None)
    if step is None:
        return None
    connection.execute(
        users.update().where(users.c.name == name).values(second_step=secret, last_step=step)
    )
    record(connection, now, name, "set_up_second_step", name)
    return new_recovery_codes(connection, name, now)


def new_recovery_codes(connection: sa.Connection, name: str, now: datetime) -> list[str]:
    """Ten new recovery codes, to be shown once; those before are worth nothing."""
    connection.execute(codes.delete().where(codes.c.user_name == name))
    made = recovery_codes()
    connection.execute(
        codes.insert(),
        [{"code_sha256": code_hash(name, x), "user_name": name, "made_at": now} for x in made],
    )
    record(connection, now, name, "make_recovery_codes", name)
    return made


def prove(connection: sa.Connection, name: str, typed: str, now: datetime) -> bool:
    """Whether this is the code of now or an unused recovery code; either is good once.

    In one transaction with what it opens: of two that come at once, one is too late.
    """
    row = connection.execute(
        sa.select(users.c.second_step, users.c.last_step)
        .where(users.c.name == name)
        .with_for_update()
    ).one()
    step = accepted_step(row.second_step, typed, now, row.last_step)
    if step is not None:
        connection.execute(users.update().where(users.c.name == name).values(last_step=step))
        return True
    used = connection.execute(
        codes.update()
        .where(
            codes.c.code_sha256 == code_hash(name, typed),
            codes.c.user_name == name,
            codes.c.used_at.is_(None),
        )
        .values(used_at=now)
    ).rowcount
    if used:
        record(connection, now, name, "use_recovery_code", name)
    return bool(used)


def codes_left(connection: sa.Connection, name: str) -> int:
    """Recovery codes that were not used yet."""
    return int(
        connection.execute(
            sa.select(sa.func.count())
            .select_from(codes)
            .where(codes.c.user_name == name, codes.c.used_at.is_(None))
        ).scalar_one()
    )


def forget_second_step(connection: sa.Connection, name: str, now: datetime, by: str) -> None:
    """For who lost the telephone and the codes: it is set up anew at the next log-in. Raises `UserError`."""
    must_exist(connection, name)
    connection.execute(
        users.update().where(users.c.name == name).values(second_step="", last_step=None)
    )
    connection.execute(codes.delete().where(codes.c.user_name == name))
    end_sessions_of(connection, name)
    record(connection, now, by, "forget_second_step", name)
