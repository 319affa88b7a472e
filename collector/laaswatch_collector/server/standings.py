"""How the books of a province's offices stand, kept for a minute: many look at the list in the same morning."""

import time
from collections.abc import Collection
from datetime import datetime
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from laaswatch_collector.server.routes.pages_shared import calendar_of, policy_of
from laaswatch_collector.server.routing import Context
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.province_list import Books, ListedOffice, standings

KEPT_SECONDS = 60.0
MOST_KEPT = 100

_Key = tuple[str, str, datetime]
_kept: WeakKeyDictionary[Database, dict[_Key, tuple[float, dict[str, Books]]]] = WeakKeyDictionary()


def standings_of(
    connection: sa.Connection,
    context: Context,
    province: str,
    month: str,
    listed: Collection[ListedOffice],
) -> dict[str, Books]:
    """The same as `province_list.standings`, a minute old at most."""
    now = context.now()
    key = (province, month, now.replace(minute=0, second=0, microsecond=0))
    kept = _kept.setdefault(context.database, {})
    found = kept.get(key)
    if found is not None and time.monotonic() - found[0] < KEPT_SECONDS:
        return found[1]
    made = standings(connection, listed, month, calendar_of(context), policy_of(context), now)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = (time.monotonic(), made)
    return made
