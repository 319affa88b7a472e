"""Office-days for the association across offices: how many entries were late, and how long the way was down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_collector.explanation.association import EXPOSED_MINUTES, OfficeDays
from laaswatch_collector.explanation.office_association import Days
from laaswatch_collector.store.schema import entries, explanations, offices, state_runs
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.columns import WorkColumns

AHEAD = timedelta(days=21)
"""So far beyond the last event lies its deadline, holidays included."""
_DAY_MS = 86_400_000
_OFFSET_MS = 7 * 3_600_000
_EPOCH = date(1970, 1, 1)
_EACH = 200
"""Offices read at once."""


@dataclass(frozen=True, slots=True)
class LoadedDays:
    """`minutes`: working minutes down from the day's beginning to its entries' deadline, of each office-day."""

    codes: tuple[str, ...]
    days: OfficeDays
    minutes: NDArray[np.int64]

    def of_office(self) -> dict[str, Days]:
        """The same, office by office."""
        share = self.days.late / self.days.entries
        found = {}
        for k, code in enumerate(self.codes):
            mine = self.days.office == k
            when = [_EPOCH + timedelta(days=int(x)) for x in self.days.day[mine]]
            found[code] = Days(when, share[mine], self.days.exposed[mine])
        return found


def load_office_days(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    calendar: Calendar,
    province: str = "",
) -> LoadedDays:
    """Every office-day in [start, end) that has judged entries (of a province, or of the country)."""
    query = sa.select(offices.c.code, offices.c.province).order_by(offices.c.code)
    if province:
        query = query.where(offices.c.province == province)
    provinces = {row.code: row.province for row in connection.execute(query)}
    codes, parts = list(provinces), []
    for first in range(0, len(codes), _EACH):
        some = codes[first : first + _EACH]
        counted = _counted(connection, some, start, end)
        down = _down(connection, some, start, end + AHEAD)
        for office, code in enumerate(some, first):
            if code in counted:
                clock = calendar.work_clock(provinces[code], code)
                columns = WorkColumns(clock, _s(start), _s(end + AHEAD))
                parts.append(_office(office, counted[code], down.get(code, []), columns))
    whole = np.concatenate(parts) if parts else np.zeros((0, 5), np.int64)
    office, day, late, count, minutes = whole.T
    return LoadedDays(
        tuple(codes),
        OfficeDays(
            late=late.astype(np.float64),
            entries=count.astype(np.float64),
            exposed=minutes >= EXPOSED_MINUTES,
            office=office,
            week=(day + 3) // 7,
            day=day,
        ),
        minutes,
    )


def _counted(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> dict[str, list[tuple[int, int, int, int]]]:
    """Office → (day, latest deadline in seconds, late entries, entries) of each local day of events."""
    event, due = (
        sa.type_coerce(x, sa.BigInteger) for x in (entries.c.event_at, explanations.c.due_at)
    )
    # Whole numbers: a division that both engines cut the same way.
    day = (event + _OFFSET_MS - (event + _OFFSET_MS) % _DAY_MS) / sa.literal(_DAY_MS)
    late = sa.func.sum(sa.case((explanations.c.verdict != "", 1), else_=0))
    query = (
        sa.select(
            explanations.c.office_code, day.label("day"), sa.func.max(due), late, sa.func.count()
        )
        .join(entries, entries.c.id == explanations.c.entry_id)
        .where(explanations.c.office_code.in_(codes))
        .where(entries.c.event_at >= start, entries.c.event_at < end)
        .group_by(explanations.c.office_code, sa.text("day"))
        .order_by(explanations.c.office_code, sa.text("day"))
    )
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for code, number, latest, some, count in connection.execute(query):
        row = (int(number), int(latest) // 1000, int(some), int(count))
        found.setdefault(code, []).append(row)
    return found


def _down(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> Mapping[str, list[tuple[int, int]]]:
    """Office → stretches (seconds) in which it was down."""
    x = state_runs.c
    times = [sa.type_coerce(c, sa.BigInteger) for c in (x.from_at, x.to_at)]
    query = (
        sa.select(x.office_code, *times)
        .where(x.office_code.in_(codes), x.state == "down")
        .where(x.from_at < end, x.to_at > start)
        .order_by(x.office_code, x.from_at)
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for code, since, until in connection.execute(query):
        found.setdefault(code, []).append((since // 1000, until // 1000))
    return found


def _office(
    office: int,
    counted: Sequence[tuple[int, int, int, int]],
    down: Sequence[tuple[int, int]],
    columns: WorkColumns,
) -> NDArray[np.int64]:
    """Rows (office, day, late, entries, minutes down)."""
    day, due, late, count = np.array(counted, np.int64).T
    begins = (day * _DAY_MS - _OFFSET_MS) // 1000
    minutes = np.zeros(len(day), np.int64)
    for since, until in down:
        a, b = np.maximum(begins, since), np.minimum(due, until)
        hit = a < b
        minutes[hit] += columns.working_minutes(a[hit], b[hit])
    return np.stack([np.full(len(day), office), day, late, count, minutes], axis=1)


def _s(at: datetime) -> int:
    return int(at.timestamp())
