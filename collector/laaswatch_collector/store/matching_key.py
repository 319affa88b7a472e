"""The key of the hashes that tell ledger lines apart: made once, kept in the store, never exported or shown."""

import secrets

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.notes import read_note
from laaswatch_collector.store.schema import meta

_NOTE = "ledger_matching_key"


def matching_key(connection: sa.Connection) -> bytes:
    """The store's own key; made at the first call, which must therefore be allowed to write."""
    found = read_note(connection, _NOTE)
    if found is None:  # of two collectors that come here at once, the first one's stands
        made = {"key": _NOTE, "value": secrets.token_hex(32)}
        statement = insert_into(meta, connection.dialect.name)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["key"]), made)
        found = read_note(connection, _NOTE) or ""
    return bytes.fromhex(found)
