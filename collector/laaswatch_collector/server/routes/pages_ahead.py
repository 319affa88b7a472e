"""What an office should know of the days ahead: expected slowness, and the end of the fiscal year."""

from datetime import datetime

from laaswatch_collector.server.routes.pages_shared import load_of
from laaswatch_collector.server.routing import Context
from laaswatch_collector.web.words import Words
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.load import expected_load, next_load, year_ends
from laaswatch_collector.worktime.thai import local_date


def days_ahead(t: Words, context: Context, clock: WorkClock, now: datetime) -> list[str]:
    """Sentences, most urgent first; none on most days."""
    windows, today = load_of(context), local_date(now)
    said: list[str] = []
    end = year_ends(today, clock)
    if end is not None:
        said.append(t("ahead.year_end", day=t.full_date(end)))
    here = expected_load(int(now.timestamp()), clock, windows)
    if here is not None:
        said.append(t("ahead.slow_now", what=_name(t, here.name_th, here.name_en)))
    elif (coming := next_load(today, clock, windows)) is not None:
        name = _name(t, coming.window.name_th, coming.window.name_en)
        said.append(t("ahead.slow_soon", what=name, day=t.full_date(coming.day)))
    return said


def _name(t: Words, thai: str, english: str) -> str:
    return thai if t.language == "th" else english
