"""The evidence log's keys, in the order of their use: whose signature each checkpoint needs.

    no key ──▶ a key ──▶ the next one, which the one before named ──▶ … ──▶ perhaps none again

Who has signed once goes on signing until an administrator says otherwise: so an unsigned checkpoint under a
key was put in by somebody who has the store, but not the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_agent.signed_note import SigningKey, VerifierKey, note
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.evidence_log import log_origin_or_none, log_size
from laaswatch_collector.store.schema import log_keys

NEXT_KEY = "next key"
"""The second line of a handover, where a checkpoint has its size."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """Checkpoints of more than `from_size` leaves are signed with `key`; None: with none.

    `handover`: a signed note by which the key before names this one; "" where there was none before, or it
    was lost.
    """

    from_size: int
    at: datetime
    key: VerifierKey | None
    handover: str


def keys_of_log(connection: sa.Connection) -> list[LogKey]:
    """Every key, the oldest first."""
    origin = log_origin_or_none(connection)
    rows = connection.execute(log_keys.select().order_by(log_keys.c.number))
    return [
        LogKey(x.from_size, x.at, VerifierKey(origin, x.public) if x.public else None, x.handover)
        for x in rows
    ]


def key_for(keys: Sequence[LogKey], size: int) -> VerifierKey | None:
    """The key that a checkpoint of this size is signed with."""
    known = [x.key for x in keys if x.from_size < size]
    return known[-1] if known else None


def key_in_use(connection: sa.Connection) -> VerifierKey | None:
    """The key that the next checkpoint is signed with."""
    keys = keys_of_log(connection)
    return keys[-1].key if keys else None


def use_key(
    connection: sa.Connection,
    key: VerifierKey | None,
    now: datetime,
    *,
    former: SigningKey | None = None,
    who: str = "",
) -> None:
    """From the next checkpoint on, sign with `key` (None: no more); `former` tells who holds it that this is next."""
    handover = handover_to(former, key) if former is not None and key is not None else ""
    connection.execute(
        log_keys.insert().values(
            from_size=log_size(connection),
            at=now,
            public=b"" if key is None else key.public,
            handover=handover,
        )
    )
    record(connection, now, who, "log_key", "" if key is None else str(key))


def handover_to(former: SigningKey, key: VerifierKey) -> str:
    """The note by which a key names the next one."""
    text = f"{former.name}\n{NEXT_KEY}\n{key}\n"
    return note(text, former.sign(text))
