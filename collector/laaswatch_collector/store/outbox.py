"""The outbox: what is to be told to whom, each once. A key can be put in once only, whoever does it, however often.

Who takes a message has it in hand until its lease is over, so a sender that was killed stops nothing. What it was
just sending is sent again only where the other side recognises a repetition (`repeatable`); elsewhere it is `unsure`,
and the next digest tells it: a message that comes twice costs more trust than one that comes late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import notices, subscriptions

LEASE = timedelta(minutes=5)
"""Longer than any send takes, with its timeouts."""
MOST_TROUBLE = 200


class State(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"  # not sent, so that the month's allowance lasts for what matters more
    FAILED = "failed"  # refused, or tried too often
    UNSURE = "unsure"  # the collector was stopped while it was sent


@dataclass(frozen=True, slots=True)
class Put:
    """A message to be sent. `body` is `notify.texts` as JSON."""

    key: str
    subscription: int
    event: str
    kind: str
    important: bool
    body: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A message in hand; `tries` before this one."""

    key: str
    subscription: int
    channel: str
    address: str
    kind: str
    important: bool
    body: str
    tries: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the page lists it."""

    key: str
    user: str
    channel: str
    kind: str
    event: str
    body: str
    state: State
    tries: int
    made_at: datetime
    sent_at: datetime | None
    trouble: str


def put(connection: sa.Connection, messages: Iterable[Put], now: datetime) -> int:
    """Put messages in, those that are not there yet; how many were new."""
    new = 0
    insert = insert_into(notices, connection.dialect.name).on_conflict_do_nothing()
    statement = insert.returning(notices.c.key)  # a count of rows is not told by every driver
    for x in messages:
        values = {
            "key": x.key, "subscription_id": x.subscription, "event_id": x.event, "kind": x.kind,
            "important": x.important, "body": x.body, "state": str(State.WAITING), "tries": 0,
            "made_at": now, "next_at": now,
        }  # fmt: skip
        new += len(connection.execute(statement, values).all())
    return new


MARK = "in_digest"


def mark_told(connection: sa.Connection, marks: Iterable[tuple[int, str]], now: datetime) -> None:
    """Write down that a digest told these (subscription, event): no message of their own follows."""
    statement = insert_into(notices, connection.dialect.name).on_conflict_do_nothing()
    for number, event in marks:
        values = {
            "key": f"{event}|{MARK}|{number}", "subscription_id": number, "event_id": event,
            "kind": MARK, "important": False, "body": "", "state": str(State.SENT), "tries": 0,
            "made_at": now,
        }  # fmt: skip
        connection.execute(statement, values)


def told(connection: sa.Connection, since: datetime) -> dict[tuple[int, str], set[str]]:
    """(subscription, event) → kinds that were put in since, `MARK` for what a digest told."""
    x = notices.c
    query = sa.select(x.subscription_id, x.event_id, x.kind).where(x.made_at >= since)
    found: dict[tuple[int, str], set[str]] = {}
    for number, event, kind in connection.execute(query):
        found.setdefault((number, event), set()).add(kind)
    return found


def counted(connection: sa.Connection, since: datetime) -> dict[tuple[str, str], int]:
    """(channel, state) → messages that were put in since; what a digest told is none of its own."""
    x, s = notices.c, subscriptions.c
    query = (
        sa.select(s.channel, x.state, sa.func.count().label("n"))
        .join(subscriptions, s.id == x.subscription_id)
        .where(x.made_at >= since, x.kind != MARK)
        .group_by(s.channel, x.state)
    )
    return {(row.channel, row.state): row.n for row in connection.execute(query)}


def longest_due(connection: sa.Connection, now: datetime) -> datetime | None:
    """When the message was made that waits the longest though its time has come; None if none does."""
    x = notices.c
    found: datetime | None = connection.execute(
        sa.select(sa.func.min(x.made_at)).where(
            x.next_at <= now, x.state.in_([State.WAITING, State.SENDING])
        )
    ).scalar_one()
    return found


def take(
    connection: sa.Connection, who: str, now: datetime, repeatable: Iterable[str], most: int = 20
) -> list[Taken]:
    """Take messages in hand whose time has come, the important first; see the module for those that were cut short."""
    x, s = notices.c, subscriptions.c
    cut_short = sa.and_(x.state == str(State.SENDING), x.leased_until_at <= now)
    of_channel = sa.select(s.id).where(s.channel.not_in(list(repeatable)))
    connection.execute(
        notices.update()
        .where(cut_short, x.subscription_id.in_(of_channel))
        .values(state=str(State.UNSURE), next_at=None, trouble="cut short")
    )
    due = sa.or_(sa.and_(x.state == str(State.WAITING), x.next_at <= now), cut_short)
    chosen = (
        sa.select(x.key)
        .where(due)
        .order_by(x.important.desc(), x.made_at, x.key)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = connection.execute(
        notices.update()
        .where(x.key.in_(chosen.scalar_subquery()))
        .values(state=str(State.SENDING), leased_by=who, leased_until_at=now + LEASE)
        .returning(x.key)
    )
    keys = [row.key for row in taken]
    query = (
        sa.select(notices, s.channel, s.address)
        .join(subscriptions, s.id == x.subscription_id)
        .where(x.key.in_(keys))
        .order_by(x.important.desc(), x.made_at, x.key)
    )
    return [
        Taken(
            row.key, row.subscription_id, row.channel, row.address, row.kind, row.important,
            row.body, row.tries, row.made_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def finish(
    connection: sa.Connection,
    key: str,
    who: str,
    now: datetime,
    state: State,
    *,
    trouble: str = "",
    next_at: datetime | None = None,
) -> bool:
    """Write down what became of a message in hand; `next_at`: try again then. False if another has it by now."""
    x = notices.c
    done = connection.execute(
        notices.update()
        .where(x.key == key, x.leased_by == who, x.state == str(State.SENDING))
        .values(
            state=str(state),
            tries=x.tries + 1,
            next_at=next_at,
            leased_by="",
            leased_until_at=None,
            sent_at=now if state is State.SENT else None,
            trouble=trouble[:MOST_TROUBLE],
        )
    )
    return bool(done.rowcount)


def sent_since(connection: sa.Connection, channel: str, since: datetime) -> int:
    """How many were sent on a channel."""
    x = notices.c
    query = (
        sa.select(sa.func.count())
        .select_from(notices.join(subscriptions))
        .where(subscriptions.c.channel == channel, x.sent_at >= since)
    )
    return int(connection.execute(query).scalar_one())


def newest(connection: sa.Connection, *, user: str = "", most: int = 50) -> list[Shown]:
    """The newest messages, of one person or of all."""
    x, s = notices.c, subscriptions.c
    query = (
        sa.select(notices, s.channel, s.user_name)
        .join(subscriptions, s.id == x.subscription_id)
        .where(x.kind != MARK)
        .order_by(x.made_at.desc(), x.key)
        .limit(most)
    )
    if user:
        query = query.where(s.user_name == user)
    return [
        Shown(
            row.key, row.user_name, row.channel, row.kind, row.event_id, row.body,
            State(row.state), row.tries, row.made_at, row.sent_at, row.trouble,
        )
        for row in connection.execute(query)
    ]  # fmt: skip
