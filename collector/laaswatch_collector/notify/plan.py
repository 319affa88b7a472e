"""Who is told what, now: pure rules over events, what was told before, and the reader's working hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from laaswatch_collector.access.policy import OFFICE_ROLES, Principal, Role
from laaswatch_collector.notify.events import RANK, Event, Stage
from laaswatch_collector.store.subscriptions import Level, Subscription
from laaswatch_collector.timeline.conclusions import Scope
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK, local_date

MORNING, AFTERNOON = time(8, 45), time(16, 15)
"""When digests come (Asia/Bangkok)."""
LATEST = timedelta(hours=2)
"""A digest that could not be made for so long, or in working hours, is not made at all: the next one tells it."""
NEWS = 3 * 3600
"""Seconds: what was over, or withdrawn, longer ago is for the digest alone."""
MOST_A_DAY = 2
"""Messages about one place's troubles beginning, a day and reader; more of them are in the digest."""
WAS_TOLD = frozenset({"opened", "corrected", "in_digest"})

Told = Mapping[tuple[int, str], set[str]]
"""(subscription, event) → the kinds of messages that were put in."""


@dataclass(frozen=True, slots=True)
class Due:
    """A message about an event that is due now."""

    kind: str
    event: Event


def concerns(reader: Principal, event: Event, in_province: frozenset[str]) -> bool:
    """Whether an event hit an office of this reader's. `in_province`: the offices of the reader's province."""
    if reader.role in OFFICE_ROLES:
        return reader.office in event.offices
    if reader.role is Role.PROVINCE:
        return not in_province.isdisjoint(event.offices)
    return reader.role in (Role.SUPPORT, Role.AUDITOR, Role.ADMIN)


def is_paused(subscription: Subscription, now: datetime) -> bool:
    """Whether the reader asked for quiet."""
    until = subscription.wanted.paused_until
    return until is not None and local_date(now) < until


def due_now(
    now: datetime,
    subscription: Subscription,
    events: Sequence[Event],
    told: Told,
    clock: WorkClock,
    in_province: frozenset[str],
) -> list[Due]:
    """The messages about events that this reader should get now; none outside working hours."""
    moment = int(now.timestamp())
    if is_paused(subscription, now) or not clock.is_working(moment):
        return []
    found = []
    for event in events:
        if concerns(subscription.reader, event, in_province):
            kind = _kind(now, subscription, event, events, told, clock)
            if kind:
                found.append(Due(kind, event))
    return found


def _kind(
    now: datetime,
    subscription: Subscription,
    event: Event,
    events: Sequence[Event],
    told: Told,
    clock: WorkClock,
) -> str:
    mine = told.get((subscription.id, event.id), set())
    parts = [x for x in events if x.into == event.id]
    chain = [told.get((subscription.id, x.id), set()) for x in parts]
    knows = bool(mine & WAS_TOLD) or any(x & WAS_TOLD for x in chain)
    ended = "over" in mine or any("over" in x for x in chain)
    moment = int(now.timestamp())
    if event.stage is Stage.OPEN and not mine & WAS_TOLD:
        if any(x & WAS_TOLD for x in chain):
            return "corrected"
        if _wanted(subscription, event) and _is_news(now, subscription, event, events, told, clock):
            return "opened"
    if event.stage in (Stage.OVER, Stage.LATE) and knows and not ended:
        return "over" if moment - (event.closed or event.end) <= NEWS else ""
    if event.stage is Stage.WITHDRAWN and mine & WAS_TOLD and "withdrawn" not in mine:
        return "withdrawn" if moment - event.end <= NEWS else ""
    return ""


def _wanted(subscription: Subscription, event: Event) -> bool:
    level = subscription.wanted.level
    return level is Level.ALL or (level is Level.WIDE and event.scope is not Scope.OFFICE)


def _is_news(
    now: datetime,
    subscription: Subscription,
    event: Event,
    events: Iterable[Event],
    told: Told,
    clock: WorkClock,
) -> bool:
    """Not if the morning's digest is about to tell it, and not the third time of one place in a day."""
    morning = digest_at(local_date(now), MORNING)
    if subscription.wanted.morning and now < morning and clock.is_working_day(local_date(now)):
        return False
    told_today = [
        x
        for x in events
        if (x.scope, x.key) == (event.scope, event.key)
        and x.opened is not None
        and local_date(_at(x.opened)) == local_date(now)
        and told.get((subscription.id, x.id), set()) & WAS_TOLD
    ]
    return len(told_today) < MOST_A_DAY


def digest_due(now: datetime, subscription: Subscription, clock: WorkClock) -> str:
    """`morning` or `afternoon` if that digest should be made now, else ""."""
    today = local_date(now)
    if is_paused(subscription, now) or not clock.is_working(int(now.timestamp())):
        return ""
    for half, at, wanted in (
        ("morning", MORNING, subscription.wanted.morning),
        ("afternoon", AFTERNOON, subscription.wanted.afternoon),
    ):
        if wanted and timedelta(0) <= now - digest_at(today, at) < LATEST:
            return half
    return ""


def since_last_digest(
    now: datetime, half: str, clock: WorkClock, *, told_yesterday: bool = True
) -> datetime:
    """When the digest before this one was: what ended since is told. `told_yesterday`: in the afternoon, too."""
    today = local_date(now)
    if half == "afternoon":
        return digest_at(today, MORNING)
    return digest_at(clock.working_day_before(today), AFTERNOON if told_yesterday else MORNING)


def end_of_work(now: datetime, clock: WorkClock) -> datetime | None:
    """When this working day is over for the reader; None on a day off."""
    periods = clock.periods(local_date(now))
    if not periods:
        return None
    hour, minute = divmod(periods[-1][1], 60)
    return datetime.combine(local_date(now), time(0), BANGKOK) + timedelta(
        hours=hour, minutes=minute
    )


def down_now(events: Iterable[Event]) -> list[Event]:
    """What goes on, the widest first, then the longest."""
    found = [x for x in events if x.stage is Stage.OPEN]
    return sorted(found, key=lambda x: (RANK.index(x.scope), x.start, x.id))


def ended_since(events: Iterable[Event], since: datetime) -> list[Event]:
    """What was over since a moment, also what nobody could know of before; the widest first."""
    over = (Stage.OVER, Stage.LATE, Stage.FADED)
    after = since.timestamp()
    found = [x for x in events if x.stage in over and (x.closed or x.end) > after]
    return sorted(found, key=lambda x: (RANK.index(x.scope), x.start, x.id))


def digest_at(day: date, at: time) -> datetime:
    """A digest's moment on a local day."""
    return datetime.combine(day, at, BANGKOK)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, BANGKOK)
