"""Whose turn it is: of several collectors on one database, one does a thing at a time."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import meta


def take_turn(
    connection: sa.Connection, what: str, who: str, now: datetime, lasting: timedelta
) -> bool:
    """Have the turn, or go on having it, until `lasting` from now; False if somebody else has it."""
    key = f"turn_{what}"
    first = insert_into(meta, connection.dialect.name).on_conflict_do_nothing()
    connection.execute(first, {"key": key, "value": ""})
    row = sa.select(meta.c.value).where(meta.c.key == key).with_for_update()
    until, _, holder = connection.execute(row).scalar_one().partition(" ")
    if holder not in ("", who) and datetime.fromisoformat(until) > now:
        return False
    connection.execute(
        meta.update().where(meta.c.key == key).values(value=f"{(now + lasting).isoformat()} {who}")
    )
    return True


def give_turn(connection: sa.Connection, what: str, who: str) -> None:
    """Somebody else may have the turn at once."""
    mine = meta.c.value.endswith(f" {who}", autoescape=True)
    connection.execute(meta.update().where(meta.c.key == f"turn_{what}", mine).values(value=""))
