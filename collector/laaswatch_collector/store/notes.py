"""Small notes that the collector keeps of itself, in the table `meta`."""

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import meta

LAST_BACKUP = "last_backup_at"
"""When the last backup was made and checked, ISO."""


def read_note(connection: sa.Connection, key: str) -> str | None:
    """What was written under this key; None if nothing was."""
    found: str | None = connection.execute(
        sa.select(meta.c.value).where(meta.c.key == key)
    ).scalar()
    return found


def write_note(connection: sa.Connection, key: str, value: str) -> None:
    """Write, in the place of what stood there."""
    statement = insert_into(meta, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": statement.excluded.value}
        ),
        {"key": key, "value": value},
    )
