"""Facts → pure core → stored conclusions, for the local days that new facts touched; newest day first.

Idempotent: a day computed twice from the same facts gives the same rows. A day leaves the queue in the
transaction that stores its conclusions, and only if nothing touched it meanwhile, so a crash at any
point costs work but never an answer.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.counted import RECOMPUTE
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes, Explanation, Verdict
from laaswatch_collector.explanation.verdict import DEFAULT_VERDICT_RULES
from laaswatch_collector.ledger.lateness import Closure, Judged, Policy
from laaswatch_collector.ledger.model import Precision, StoredEntry
from laaswatch_collector.localization.conclude import conclude, settled_before
from laaswatch_collector.store.closures import closures_between
from laaswatch_collector.store.conclusions import load_conclusions, save_day
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.entries import entries_of
from laaswatch_collector.store.explanations import offices_waiting, replace_explanations
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.work import mark_done, newly_settled, waiting_days
from laaswatch_collector.timeline.conclusions import Conclusions
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

MIDDAY = timedelta(hours=12)
LOOK_BACK = timedelta(days=35)
"""Entries this much older than a touched day may still be waiting for it, and feed the queue's replay."""
MOST_DAYS = 40
"""Days taken from the queue at once: their offices are then explained once, not once a day."""
PAUSE = 1.0
"""Seconds between looks into an empty queue."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """One pass: which days, how many late entries judged, how long it took (seconds)."""

    days: tuple[date, ...]
    explained: int
    seconds: float


class Recomputer:
    """Keeps conclusions up with facts. `now` is the only clock for decisions."""

    def __init__(
        self, database: Database, calendar: Calendar, policy: Policy, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._calendar = calendar
        self._policy = policy
        self._now = now
        self.last: Done | None = None
        self._settled: date | None = None

    async def run(self) -> None:
        """Work until cancelled. Rests twice as long as it worked, so that intake always has its turn."""
        while True:
            try:
                done = await asyncio.to_thread(self.run_once)
            except Exception:
                log.exception("recompute failed; trying again in a minute")
                await asyncio.sleep(60)
                continue
            await asyncio.sleep(PAUSE if done is None else max(PAUSE, min(10, 2 * done.seconds)))

    def run_once(self) -> Done | None:
        """Compute the most urgent days; None if nothing waits."""
        started = time.perf_counter()
        self._settle()
        waiting = self._database.read(lambda c: waiting_days(c, MOST_DAYS))
        if not waiting:
            return None
        for day, _ in waiting:
            self._conclude_day(day)
        days = [day for day, _ in waiting]
        explained = self._explain(min(days), max(days))

        def finish(connection: sa.Connection) -> None:
            for day, mark in waiting:
                mark_done(connection, day, mark)

        self._database.write(finish)
        self.last = Done(tuple(days), explained, time.perf_counter() - started)
        RECOMPUTE.observe(self.last.seconds)
        log.info(
            "recomputed %d days, %d entries explained, %.2f s",
            len(days),
            explained,
            self.last.seconds,
        )
        return self.last

    def _settle(self) -> None:
        now = self._now()
        last = datetime.fromtimestamp(self._settled_until(now), BANGKOK) - timedelta(days=1)
        if self._settled != last.date():
            self._database.write(lambda c: newly_settled(c, last.date(), now))
            self._settled = last.date()

    def _conclude_day(self, day: date) -> None:
        start, end = day_bounds(day)
        now = self._now()
        facts = self._database.read(lambda c: load_facts(c, start, end))
        conclusions = conclude(
            facts,
            int(start.timestamp()),
            int(end.timestamp()),
            now=int(now.timestamp()),
            settled_until=self._settled_until(now),
        )
        self._database.write(lambda c: save_day(c, day, conclusions, now))

    def _explain(self, first: date, last: date) -> int:
        """Judge the entries that could have been waiting on any of these days; how many are late."""
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        since = start - LOOK_BACK
        offices = self._database.read(lambda c: offices_waiting(c, since, start, end))
        return sum(self._explain_office(code, province, since, end) for code, province in offices)

    def _explain_office(self, office: str, province: str, start: datetime, end: datetime) -> int:
        now = self._now()

        def load(c: sa.Connection) -> tuple[list[StoredEntry], Conclusions, list[Closure]]:
            return (
                entries_of(c, office, start, end),
                load_conclusions(c, [office], start, min(now, end + LOOK_BACK)),
                closures_between(c, start, now),
            )

        rows, conclusions, closures = self._database.read(load)
        rows = [row for row in rows if not row.cancelled]
        judged = {
            row.id: self._policy.judge(
                row, self._calendar, now, province=province, closures=closures
            )
            for row in rows
        }
        found = explain(
            [_times(row, judged[row.id]) for row in rows],
            replace(conclusions, settled_until=self._settled_until(now)),
            self._calendar.work_clock(province, office),
        )
        by_entry = {x.entry: x for x in found}
        values = [_values(row, judged[row.id], by_entry.get(row.id), now) for row in rows]
        self._database.write(lambda c: replace_explanations(c, values))
        return sum(1 for value in values if value["verdict"])

    def _settled_until(self, now: datetime) -> int:
        return settled_before(self._calendar.work_clock(), int(now.timestamp()))


def _times(row: StoredEntry, judged: Judged) -> EntryTimes:
    """The entry as the explanation wants it.

    A posting known only as an interval counts from its lower end; one known only by its day counts at
    the middle of that day, since its lower end would be no tardiness at all.
    """
    posted = row.recorded_from_at
    if posted is not None and row.recorded_precision is Precision.DAY:
        posted = local_midnight(local_date(posted)) + MIDDAY
    return EntryTimes(
        id=row.id,
        office=row.office_code,
        transacted=int(row.event_at.timestamp()),
        due=int(judged.due.timestamp()),
        posted=None if posted is None else int(posted.timestamp()),
        posted_to=None if row.recorded_to_at is None else int(row.recorded_to_at.timestamp()),
    )


def _values(
    row: StoredEntry,
    judged: Judged,
    found: Explanation | None,
    now: datetime,
) -> dict[str, Any]:
    x = found if judged.late else None
    return {
        "entry_id": row.id,
        "office_code": row.office_code,
        "month": row.event_at.astimezone(BANGKOK).strftime("%Y-%m"),
        "book": str(row.book),
        "due_at": judged.due,
        "band": str(judged.band),
        "tardiness_minutes": x.tardiness if x else 0,
        "verdict": str(x.verdict if x else Verdict.NONE),
        "explained_fraction": x.explained_fraction if x else None,
        "shift_fraction": x.shift_fraction if x else None,
        "backlog_fraction": x.backlog_fraction if x else None,
        "counterfactual_at": datetime.fromtimestamp(x.counterfactual, UTC)
        if x and x.counterfactual is not None
        else None,
        "scope": str(x.scope) if x else "",
        "fault": x.fault if x else "",
        "grade": str(x.grade) if x else "",
        "window_minutes": x.window_minutes if x else 0,
        "usable_minutes": x.usable_minutes if x else 0,
        "down_minutes": x.down_minutes if x else 0,
        "unknown_minutes": x.unknown_minutes if x else 0,
        "backlog_minutes": x.backlog_minutes if x else 0,
        "outage_ids": json.dumps(list(x.outages)) if x else "[]",
        "rule_version": DEFAULT_VERDICT_RULES.version,
        "computed_at": now,
    }


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The local day [00:00, 24:00) in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=BANGKOK).astimezone(UTC)
    return start, start + timedelta(days=1)
