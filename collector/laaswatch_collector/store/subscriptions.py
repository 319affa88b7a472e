"""Who wants messages, on which channel, how much of them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from laaswatch_collector.access.policy import Principal, Role
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import notices, offices, subscriptions, users

MOST_OF_ONE = 5
"""Subscriptions that a person may have."""


class ChannelName(StrEnum):
    """Where messages go. `page` goes nowhere: it is read on the page of messages."""

    PAGE = "page"
    EMAIL = "email"
    LINE = "line"
    WEBHOOK = "webhook"


class Level(StrEnum):
    """What is told at once; the rest is in the digests."""

    ALL = "all"  # single offices too
    WIDE = "wide"  # the site, providers, provinces
    DIGEST = "digest"  # nothing at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for. `paused_until`: the local day on which messages come again."""

    channel: ChannelName
    address: str
    level: Level
    morning: bool = True
    afternoon: bool = True
    quiet_line: bool = False
    language: str = "th"
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is wanted, by whom: `reader` bounds what may be told, by the role that the person has now."""

    id: int
    reader: Principal
    wanted: Wanted


class TooMany(ValueError):
    """The person has as many subscriptions as anybody may have."""


def subscribe(connection: sa.Connection, user: str, wanted: Wanted, now: datetime) -> int:
    """Want messages, or change what is wanted at the same address; the number of the subscription.

    Raises `TooMany`.
    """
    x = subscriptions.c
    mine = sa.select(x.id, x.channel, x.address).where(x.user_name == user, x.ended_at.is_(None))
    held = connection.execute(mine).all()
    same = [(y.channel, y.address) for y in held]
    if len(held) >= MOST_OF_ONE and (wanted.channel, wanted.address) not in same:
        raise TooMany(user)
    values = {
        "level": str(wanted.level),
        "morning": wanted.morning,
        "afternoon": wanted.afternoon,
        "quiet_line": wanted.quiet_line,
        "language": wanted.language,
        "paused_until": wanted.paused_until,
        "ended_at": None,
    }
    place = {"user_name": user, "channel": str(wanted.channel), "address": wanted.address}
    statement = insert_into(subscriptions, connection.dialect.name)
    found = connection.execute(
        statement.on_conflict_do_update(index_elements=list(place), set_=values).returning(x.id),
        {**place, **values, "created_at": now},
    )
    number = int(found.scalar_one())
    record(connection, now, user, "subscribed", str(number), channel=str(wanted.channel))
    return number


def unsubscribe(connection: sa.Connection, user: str, number: int, now: datetime) -> bool:
    """Want no more; what waits is not sent. False if this person has no such subscription."""
    x = subscriptions.c
    ended = connection.execute(
        subscriptions.update()
        .where(x.id == number, x.user_name == user, x.ended_at.is_(None))
        .values(ended_at=now)
    )
    if not ended.rowcount:
        return False
    connection.execute(
        notices.update()
        .where(notices.c.subscription_id == number, notices.c.next_at.is_not(None))
        .values(state="failed", next_at=None, trouble="unsubscribed")
    )
    record(connection, now, user, "unsubscribed", str(number))
    return True


def pause(connection: sa.Connection, user: str, number: int, until: date | None) -> bool:
    """Nothing until this local day; None ends the pause. False if this person has no such subscription."""
    x = subscriptions.c
    changed = connection.execute(
        subscriptions.update()
        .where(x.id == number, x.user_name == user, x.ended_at.is_(None))
        .values(paused_until=until)
    )
    return bool(changed.rowcount)


def list_subscriptions(
    connection: sa.Connection, *, user: str = "", province: str = ""
) -> list[Subscription]:
    """Those that hold, of everybody who may still sign in; of one person, or of a province's people."""
    x = subscriptions.c
    where = sa.func.coalesce(offices.c.province, users.c.province).label("where")
    query = (
        sa.select(subscriptions, users.c.role, users.c.office_code, where)
        .join(users, users.c.name == x.user_name)
        .join(offices, offices.c.code == users.c.office_code, isouter=True)
        .where(x.ended_at.is_(None), users.c.disabled_at.is_(None))
        .order_by(x.user_name, x.id)
    )
    if user:
        query = query.where(x.user_name == user)
    found = [
        Subscription(
            row.id,
            Principal(Role(row.role), row.user_name, row.office_code, row.where),
            Wanted(
                ChannelName(row.channel),
                row.address,
                Level(row.level),
                row.morning,
                row.afternoon,
                row.quiet_line,
                row.language,
                row.paused_until,
            ),
        )
        for row in connection.execute(query)
    ]
    return [s for s in found if not province or s.reader.province == province]
