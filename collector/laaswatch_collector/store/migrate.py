"""Brings a database to the newest schema, in one transaction, whoever comes first."""

import threading
from pathlib import Path

import sqlalchemy as sa

HEAD = "0024"
"""The newest file in migrations/versions. A test keeps the two, and the schema, in agreement."""
FOLDER = Path(__file__).with_name("migrations")
_LOCK_NUMBER = 0x6C616173  # any number that only we use
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a global


class NewerSchema(RuntimeError):
    """The database was made by a newer laaswatch than this one."""


def migrate(engine: sa.Engine) -> None:
    """Upgrade to `HEAD`. A kill in the middle leaves the old schema, whole."""
    if schema_version(engine) == HEAD:
        return
    # Alembic takes longer to import than everything else: only for those who need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _ONE_AT_A_TIME, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
        found = schema_of(connection)
        if found == HEAD:  # someone else was faster
            return
        if found is not None and found > HEAD:
            raise NewerSchema(
                f"the database has schema {found}, this laaswatch knows {HEAD}: upgrade laaswatch"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def schema_version(engine: sa.Engine) -> str | None:
    """The schema that a database has; None for an empty one."""
    with engine.connect() as connection:
        return schema_of(connection)


def schema_of(connection: sa.Connection) -> str | None:
    """The same, over a connection."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
