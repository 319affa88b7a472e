"""Reads what is stored, lets the pure rules decide, and puts what is due into the outbox. Does not send.

Everything is decided from the database: who plans is decided by a lease, and what was put in stays in, so that a
restart or another collector repeats nothing.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.access.policy import OFFICE_ROLES, Role
from laaswatch_collector.localization.live import LiveView
from laaswatch_collector.notify import texts
from laaswatch_collector.notify.events import Event, Heard, Stage, Trouble, fade, step
from laaswatch_collector.notify.plan import (
    Told,
    concerns,
    digest_due,
    down_now,
    due_now,
    end_of_work,
    ended_since,
    since_last_digest,
)
from laaswatch_collector.notify.texts import Digest, Names, Notice, Telling
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.notice_events import (
    heard_after,
    offices_by_cell,
    recent_events,
    recent_troubles,
    save_events,
)
from laaswatch_collector.store.outbox import Put, mark_told, put, told
from laaswatch_collector.store.subscriptions import Subscription, list_subscriptions
from laaswatch_collector.store.turns import take_turn
from laaswatch_collector.store.views.digests import (
    WIDE,
    office_names,
    offices_behind,
    silent_offices,
)
from laaswatch_collector.timeline.conclusions import Scope
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

TURN = timedelta(minutes=2)
"""So long one collector alone plans, unless it goes on."""
REMEMBER = timedelta(days=3)
FOR_DIGESTS = timedelta(days=5)
"""Over a long weekend: what ended on its eve is told by the first digest after it."""
GIVE_UP = timedelta(hours=6)
"""An event that nobody was heard about for so long has faded."""
RETURNED = 25 * 60
"""Seconds after the offices of a presumption are heard again; by then their reports have told what it was."""
USUALLY = timedelta(days=10)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look read."""

    events: list[Event]
    subscriptions: list[Subscription]
    told: Told
    names: dict[str, Names]
    provinces: dict[str, frozenset[str]]


class Planner:
    """One look after the other: `once`. `live` gives the live view, for what silence may mean."""

    def __init__(
        self,
        database: Database,
        calendar: Callable[[], Calendar],
        live: Callable[[], LiveView] | None,
        who: str,
    ) -> None:
        self._database = database
        self._calendar = calendar
        self._live = live
        self._who = who

    def once(self, now: datetime) -> int:
        """Look, and put in what is due; how many messages were new. 0 also where another collector has the turn."""
        if not self._database.write(lambda c: take_turn(c, "notices", self._who, now, TURN)):
            return 0
        view = self._live() if self._live is not None else None

        def work(connection: sa.Connection) -> tuple[list[Event], Seen]:
            kept = recent_events(connection, now)
            troubles = recent_troubles(connection, now)
            heard = heard_after(connection)
            if view is not None:
                troubles += presumed_troubles(now, view, kept, offices_by_cell(connection))
            changed = changed_events(now, troubles, kept, heard)
            ended = recent_events(connection, now, FOR_DIGESTS)
            known = {x.id: x for x in (*ended, *kept, *changed)}
            return changed, self._seen(connection, now, list(known.values()))

        changed, seen = self._database.read(work)
        messages, marks = self._due(now, seen)

        def save(connection: sa.Connection) -> int:
            save_events(connection, changed)
            new = put(connection, messages, now)
            mark_told(connection, marks, now)
            return new

        return self._database.write(save) if changed or messages or marks else 0

    def _seen(self, connection: sa.Connection, now: datetime, events: list[Event]) -> Seen:
        names = {code: Names(*x) for code, x in office_names(connection).items()}
        provinces: dict[str, set[str]] = {}
        for code, x in names.items():
            provinces.setdefault(x.province, set()).add(code)
        opened = [datetime.fromtimestamp(x.opened, UTC) for x in events if x.opened is not None]
        return Seen(
            events,
            list_subscriptions(connection),
            told(connection, min([now - REMEMBER, *opened])),
            names,
            {code: frozenset(x) for code, x in provinces.items()},
        )

    def _due(self, now: datetime, seen: Seen) -> tuple[list[Put], list[tuple[int, str]]]:
        messages: list[Put] = []
        marks: list[tuple[int, str]] = []
        calendar = self._calendar()
        for x in seen.subscriptions:
            reader = x.reader
            clock = calendar.work_clock(reader.province, reader.office)
            until = end_of_work(now, clock)
            here = seen.provinces.get(reader.province, frozenset())
            half = digest_due(now, x, clock)
            key = f"digest|{local_date(now)}|{half}|{x.id}"
            in_digest: set[str] = set()
            if half and not seen.told.get((x.id, key)):
                found = self._digest(now, x, half, seen, here)
                if found.empty and not x.wanted.quiet_line:
                    marks.append((x.id, key))
                else:
                    notice = texts.digest(found, x.wanted.language)
                    messages.append(_put(key, x, key, half, notice, until, important=False))
                    in_digest = {event.id for event in found.down}
                    marks += [(x.id, event) for event in sorted(in_digest)]
            for due in due_now(now, x, seen.events, seen.told, clock, here):
                event = due.event
                if due.kind == "opened" and event.id in in_digest:
                    continue
                notice = texts.telling(
                    Telling(due.kind, event, reader, seen.names), x.wanted.language, now
                )
                slot = "opened" if due.kind == "corrected" else due.kind
                messages.append(
                    _put(
                        f"{event.id}|{slot}|{x.id}", x, event.id, due.kind, notice, until,
                        important=event.scope in WIDE,
                    )
                )  # fmt: skip
        return messages, marks

    def _digest(
        self, now: datetime, x: Subscription, half: str, seen: Seen, here: frozenset[str]
    ) -> Digest:
        reader = x.reader
        clock = self._calendar().work_clock(reader.province, reader.office)
        mine = [e for e in seen.events if concerns(reader, e, here)]
        today = local_date(now)
        first = clock.working_day_before(today) if half == "morning" else today
        evening = bool(seen.told.get((x.id, f"digest|{first}|afternoon|{x.id}")))
        month = now.astimezone(BANGKOK).strftime("%Y-%m")
        silent, behind = self._database.read(
            lambda c: (
                silent_offices(c, local_midnight(first), now - USUALLY),
                offices_behind(c, month) if reader.role is not Role.SUPPORT else [],
            )
        )

        def of(codes: Sequence[str]) -> list[str]:
            if reader.role in OFFICE_ROLES:
                return [code for code in codes if code == reader.office]
            return [c for c in codes if c in here] if reader.role is Role.PROVINCE else list(codes)

        return Digest(
            half=half,
            reader=reader,
            now=now,
            down=down_now(mine),
            ended=ended_since(mine, since_last_digest(now, half, clock, told_yesterday=evening)),
            silent=of(silent),
            not_current=of(behind),
            offices=seen.names,
        )


def changed_events(
    now: datetime, troubles: Sequence[Trouble], kept: Sequence[Event], heard: Heard
) -> list[Event]:
    """`step`, and what has faded since."""
    moment = int(now.timestamp())
    changed = {x.id: x for x in step(moment, troubles, kept, heard)}
    for event in [*kept, *changed.values()]:
        current = changed.get(event.id, event)
        if current.stage is Stage.OPEN and moment - current.end > GIVE_UP.total_seconds():
            changed[event.id] = fade(current, moment)
    return list(changed.values())


def presumed_troubles(
    now: datetime,
    view: LiveView,
    kept: Sequence[Event],
    cell: Callable[[str, str], frozenset[str]],
) -> list[Trouble]:
    """Cells that fell silent at once, as troubles; and those told before, until their offices are heard again."""
    moment = int(now.timestamp())
    found: dict[tuple[Scope, str], Trouble] = {}
    for x in view.presumed:
        if x.since is None:
            continue  # nothing is known of what is usual: no ground for a message
        key = {Scope.ISP: x.isp, Scope.PROVINCE: x.province}.get(x.scope, f"{x.isp}/{x.province}")
        name = f"{texts.PRESUMED}{x.scope}-{key.replace('/', '.')}-{x.since // 60}"
        codes = cell(x.isp, x.province)
        found[x.scope, key] = Trouble(
            name, x.scope, key, Fault.UPLINK, x.since, moment, codes, going_on=True, presumed=True
        )
    for event in kept:
        told_of = event.presumed and event.stage is Stage.OPEN
        if not told_of or (event.scope, event.key) in found:
            continue
        fresh = [code for code in event.offices if _is_heard(view, code)]
        back = 2 * len(fresh) >= len(event.offices)
        if back and moment - event.end > RETURNED:
            continue  # its reports are here: whatever they show stands in its place
        trouble = Trouble(
            event.id, event.scope, event.key, event.fault, event.start,
            event.end if back else moment, event.offices, going_on=not back, presumed=True,
        )  # fmt: skip
        found[event.scope, event.key] = trouble
    return list(found.values())


def _is_heard(view: LiveView, code: str) -> bool:
    office = view.offices.get(code)
    return office is not None and office.fresh > 0


def _put(
    key: str,
    x: Subscription,
    event: str,
    kind: str,
    notice: Notice,
    until: datetime | None,
    *,
    important: bool,
) -> Put:
    body = msgspec.json.encode(msgspec.structs.replace(notice, until=until)).decode()
    return Put(key, x.id, event, kind, important, body)
