"""Whether the evidence log's checkpoints bear the signatures that they should."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import sqlalchemy as sa

from laaswatch_agent.signed_note import VerifierKey, is_signed, parts, read_verifier_key
from laaswatch_collector.store.evidence_log import Kept
from laaswatch_collector.store.log_keys import NEXT_KEY, LogKey, key_for, keys_of_log

Find = Callable[[str, str, object], None]
"""Is told of a part, what is wrong there, and of what."""


def check_signatures(
    connection: sa.Connection, kept: Sequence[Kept], given: Sequence[VerifierKey], find: Find
) -> int:
    """How many checkpoints bear the signature that they should; those that do not are named.

    `given`: keys that whoever verifies has from elsewhere; the newest checkpoint must be signed with one of
    them. It vouches for every leaf under it, whatever the store says of its keys.
    """
    keys, good = keys_of_log(connection), 0
    for one in kept:
        size, key = one.checkpoint.size, key_for(keys, one.checkpoint.size)
        if key is not None and not _signed(one, key):
            find("tree", "checkpoint_unsigned", size)
        good += key is not None and _signed(one, key)
    for before, after in pairwise(keys):
        if after.handover and not follows(before.key, after):
            find("tree", "handover_false", after.key)
    if given and (not kept or not any(map(partial(_signed, kept[-1]), given))):
        find("tree", "checkpoint_other_key", kept[-1].checkpoint.size if kept else 0)
    return good


def follows(before: VerifierKey | None, after: LogKey) -> bool:
    """Whether the key before says that this one is the next."""
    text, signatures = parts(after.handover)
    said = text.split("\n")
    return (
        before is not None
        and said[1:] == [NEXT_KEY, str(after.key), ""]
        and is_signed(text, signatures, before)
    )


def _signed(one: Kept, key: VerifierKey) -> bool:
    return is_signed(one.checkpoint.text(), one.signatures, key)


def keys_in(text: str) -> list[VerifierKey]:
    """The public keys in a text, by themselves or among others."""
    found = []
    for word in text.replace('"', " ").split():
        try:
            found.append(read_verifier_key(word.strip(",")))
        except ValueError:
            continue
    return found
