"""The key of the hashes that tell ledger lines apart: made once, kept in the store, never exported or shown."""

import secrets

import sqlalchemy as sa

from laaswatch_collector.store.notes import read_note, write_note

_NOTE = "ledger_matching_key"


def matching_key(connection: sa.Connection) -> bytes:
    """The store's own key; made at the first call, which must therefore be allowed to write."""
    found = read_note(connection, _NOTE)
    if found is None:
        found = secrets.token_hex(32)
        write_note(connection, _NOTE, found)
    return bytes.fromhex(found)
