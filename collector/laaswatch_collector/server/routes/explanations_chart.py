"""The picture of late entries: each from its event to its posting against its deadline, outages behind them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from markupsafe import Markup

from laaswatch_collector.server.routes.pages_shared import month_days, working_days
from laaswatch_collector.store.views.explanations import LateEntry
from laaswatch_collector.store.views.outages import OutageRow, StateRun
from laaswatch_collector.web.charts import Axis, Line, Stretch, axis_chart
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import local_date, local_midnight

DAYS_AFTER = 10
"""Working days that the axis may go on after the month's end; later postings point beyond the edge."""


def axis_days(clock: WorkClock, month: str, rows: Sequence[LateEntry]) -> list[date]:
    """Working days from the first event to the last posting shown, bounded after the month's end."""
    if not rows:
        return []
    first, after = month_days(month)
    last = max((local_date(x.recorded_to_at) for x in rows if x.recorded_to_at), default=first)
    last = max(last, *(local_date(x.due_at) for x in rows))
    start = min(local_date(x.event_at) for x in rows)
    days = working_days(clock, start, max(last, start) + timedelta(days=1))
    beyond = [day for day in days if day >= after]
    return [day for day in days if day < after] + beyond[:DAYS_AFTER]


def chart_of(
    t: Words,
    days: Sequence[date],
    rows: Sequence[LateEntry],
    outages: Sequence[OutageRow],
    runs: Sequence[StateRun],
    clock: WorkClock,
    now: datetime,
) -> Markup | None:
    """The picture over these days; None where there are none."""
    if not days:
        return None
    axis = Axis(days)
    bands = [
        Stretch(
            x.start_at,
            x.end_at or now,
            x.scope,
            inferred=x.grade == "inferred",
            title=f"{t.word('scope', x.scope)}: {t.span(x.start_at, x.end_at)}",
        )
        for x in outages
    ]
    bands += [Stretch(a, b, "unknown") for a, b in unmeasured(runs, days, clock, now)]
    lines = [_line(t, x) for x in rows]
    several = days[0].month != days[-1].month
    names = [
        f"{day.day}/{day.month}"
        if several and (n == 0 or day.month != days[n - 1].month)
        else str(day.day)
        for n, day in enumerate(days)
    ]
    return axis_chart(axis, bands, lines, t("explanations.chart"), names)


def _line(t: Words, x: LateEntry) -> Line:
    verdict = str(x.explanation.verdict)
    return Line(
        event=x.event_at,
        due=x.due_at,
        posted=x.recorded_to_at or x.recorded_from_at,
        verdict=verdict,
        title=f"{x.number}: {t.word('verdict', verdict)}",
    )


def unmeasured(
    runs: Sequence[StateRun], days: Sequence[date], clock: WorkClock, now: datetime
) -> list[tuple[datetime, datetime]]:
    """The stretches of working time in which the office was not observed."""
    known = [(x.from_at, x.to_at) for x in runs if x.state != "unknown"]
    found: list[tuple[datetime, datetime]] = []
    for day in days:
        start = local_midnight(day)
        for a, b in _working_periods(clock, start):
            if a >= now:
                continue
            at = a
            for low, high in known:
                if low >= b or high <= at:
                    continue
                if low > at:
                    found.append((at, low))
                at = max(at, high)
            if at < min(b, now):
                found.append((at, min(b, now)))
    return found


def _working_periods(clock: WorkClock, midnight: datetime) -> Iterable[tuple[datetime, datetime]]:
    for low, high in clock.periods(local_date(midnight)):
        yield midnight + timedelta(minutes=low), midnight + timedelta(minutes=high)
